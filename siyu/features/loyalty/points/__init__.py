"""Points: earned by rules that are data, spent at the till and in the mall, taken back with what earned them.

The books and lots are `core.ledger`; here is what they mean. Nouns: EarnRule, Earning, PointsProgramme (what points are
worth), MallItem, Redemption. Reacts to whatever a rule names, to receipts, refunds and cancellations.
"""
