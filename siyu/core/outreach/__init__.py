"""How the house speaks to people: through one gate, over channels, out of one outbox.

Nouns: Dispatch (one thing to say over one channel), Outgoing (a message to one person, in the outbox), Verdict (who
was let through, who was not, and why), Suppression (an address that nothing is sent to), Receipt (what became of a
message), Channel and Sender (a plug for interfaces), Decision (what a sender needs, and only the gate makes), Template
and Version (words), Broadcast (words to many at a moment), InboxItem (a message that waits in the house).

Announces message.sent, message.failed, what receipts say, dispatch.* and broadcast.*; hears Link Clicked and Message
Opened. Reacts to nothing: whoever has something to say calls.
"""
