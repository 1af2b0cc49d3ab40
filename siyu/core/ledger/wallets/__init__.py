"""What an owner has of a unit that is earned in lots: points.

A wallet is the accounts pending, available, held, spent, expired, reversed and debt of one owner. Each unit of a lot is
in one of these places, so accounts and lots prove each other. Spending takes what expires first. What comes back comes
to the lot that it left, with the old time of expiry. An earning that is taken back is taken from its lot; what of it is
gone already is owed, and whatever is available pays at once. Whoever gave something back for it in the end gets what
others had paid for it: so refunds agree in every order.
"""

from siyu.core.ledger.wallets.handing import Handed, hand_back, hand_over
from siyu.core.ledger.wallets.queries import Balances, balances, balances_of
from siyu.core.ledger.wallets.verbs import (
    Grant,
    NotEnough,
    capture,
    claim_back,
    earn,
    earn_all,
    give_back,
    release,
    ripen,
    spend,
    sweep,
)

__all__ = [
    "Balances",
    "Grant",
    "Handed",
    "NotEnough",
    "balances",
    "balances_of",
    "capture",
    "claim_back",
    "earn",
    "earn_all",
    "give_back",
    "hand_back",
    "hand_over",
    "release",
    "ripen",
    "spend",
    "sweep",
]
