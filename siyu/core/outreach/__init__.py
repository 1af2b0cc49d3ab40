"""How the house speaks to people: through one gate, over channels, out of one outbox.

Nouns: Dispatch (one thing to say over one channel), Outgoing (a message to one person, in the outbox), Verdict (who
was let through, who was not, and why), Suppression (an address that nothing is sent to), Receipt (what became of a
message), Channel and Sender (a plug for interfaces), Decision (what a sender needs, and only the gate makes).

Announces message.sent, message.failed and what receipts say. Reacts to nothing: whoever has something to say calls.
"""
