"""Double-entry books for every value that a brand owes or grants: points, growth, commission, budgets.

Nouns: Account (of an owner, or of the house by name), Transfer (an amount from one account to another, once per key),
Entry (what a transfer did to an account, with the balance that it left), Lot (points that were earned together: where
each of them is, and until when they live).

Everything moves by transfers, so every unit always sums to zero; no account goes below zero but those that were opened
for it. Written once: the database refuses to edit or delete, but for a memo that an erasure blanks.
It knows owners by their identity numbers and nothing else of them. It announces nothing: who posts says what it meant.
"""
