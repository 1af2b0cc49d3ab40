"""What can be given to a member: a registry of kinds, and who was given what.

Coupons, badges, points and rights register themselves with `add`; tasks, levels, memberships and the mall `give`, and
do not know what. Nouns: Benefit (a kind), Grant (one of them, of a member). Announces benefit.granted, used, returned,
expired, revoked.
"""

from siyu.features.loyalty.benefits.giving import (
    AlreadyUsed,
    BadBenefit,
    NoSuchGrant,
    expire_due,
    give,
    put_back,
    revoke,
    take_away,
    use,
)
from siyu.features.loyalty.benefits.kinds import KINDS, Benefit, Terms, add
from siyu.features.loyalty.benefits.queries import given_to, holds

__all__ = [
    "KINDS",
    "AlreadyUsed",
    "BadBenefit",
    "Benefit",
    "NoSuchGrant",
    "Terms",
    "add",
    "expire_due",
    "give",
    "given_to",
    "holds",
    "put_back",
    "revoke",
    "take_away",
    "use",
]
