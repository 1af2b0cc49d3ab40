"""The append-only log: everything that happened, once, in one order.

Nouns: Entry (an event in the log), Batch (behaviour as it landed), Drain (one step into the lake), Cursor and Failure
(how far a reaction has come, and what held it up), ImportRun (a file on its way in).

`announce` writes in the caller's transaction; `react` moves reactions along; `land` keeps a batch of behaviour; `drain`
appends both to the lake exactly once. Announces nothing itself, reacts to nothing.
"""
