"""Paid membership: plans that commerce sells, and who holds which until when.

A plan is a listing of the kind `membership`, so its money is an order's: it opens in the transaction in which that
order is paid, and is taken back when it is refunded. Nouns: MembershipPlan, Membership (of a member, one at a time),
MembershipTerm (a purchase of a plan and the time it covers), MembershipPurchase (an order that waits for its money).
Announces membership.bought, renewed, upgraded, refunded, lapsing, lapsed, expired.
"""
