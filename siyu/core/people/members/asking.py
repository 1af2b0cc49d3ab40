"""A code for whoever has the phone or the e-mail. Nothing in the answer tells whether the house knows them."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from siyu.core.eventlog.directory import Claim
from siyu.core.people.members.contacts import claim, sealed
from siyu.core.people.models import SignInCode
from siyu.core.team.signin import Door, take

LIVES = timedelta(minutes=10)
DIGITS = 6
KEPT = timedelta(days=1)


class Asked(NamedTuple):
    """For whoever sends it, and for nobody else."""

    contact: Claim
    code: str
    key: str
    """Of this very code: a message that is sent twice under it goes out once."""


def ask_code(*, contact: str, address: str, at: datetime) -> Asked:
    """A new code, good for ten minutes; the one before it is good no longer. Too many are refused, per contact and per
    address of the caller, before anything else is looked at."""
    who = claim(contact)
    take(Door(sealed("ask", *who), free=3), at)
    take(Door(sealed("ask", address), free=30), at)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    fresh = {"digest": sealed(*who, code), "made_at": at, "expires_at": at + LIVES, "tries": 0, "used_at": None}
    row, _ = SignInCode.objects.update_or_create(contact=sealed(*who), defaults=fresh)
    return Asked(who, code, sealed(row.contact, at.isoformat()))


def forget(at: datetime) -> int:
    """The worker's chore: codes that are good no longer."""
    return SignInCode.objects.filter(expires_at__lt=at - KEPT).delete()[0]
