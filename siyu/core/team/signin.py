"""Guessing passwords is made slow: after a few failures an account waits for that address, and an address for all.

An attempt is paid for before the password is looked at, by one conditional UPDATE, so that a hundred guesses at once
are no faster than one.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from siyu.core.team.models import Knock
from siyu.kit.refusals import Refused

FORGET = timedelta(hours=1)
LONGEST = timedelta(minutes=15)
FIRST = timedelta(seconds=15)


class TooManyTries(Refused):
    code = "too_many_tries"
    status = 429

    def __init__(self, until: datetime) -> None:
        super().__init__("too many failed sign-ins")
        self.until = until


@dataclass(frozen=True)
class Door:
    """What is counted, and how many failures are free."""

    key: str
    free: int


def doors(username: str, address: str) -> list[Door]:
    """The account from this address, and the address with whatever account."""
    name = username.strip().casefold()
    return [Door(_digest(f"{address}\0{name}"), free=5), Door(_digest(address), free=30)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def knock(*, username: str, address: str, at: datetime) -> None:
    """Take one attempt, or refuse: the next one is not due yet."""
    for door in doors(username, address):
        take(door, at)


def take(door: Door, at: datetime) -> None:
    Knock.objects.get_or_create(key=door.key, defaults={"due_at": at, "last_at": at})
    Knock.objects.filter(key=door.key, last_at__lt=at - FORGET).update(tries=0)
    seen = Knock.objects.get(key=door.key)
    due = at + pause(seen.tries + 1 - door.free)
    taken = Knock.objects.filter(key=door.key, tries=seen.tries, due_at__lte=at)
    if not taken.update(tries=F("tries") + 1, due_at=due, last_at=at):
        raise TooManyTries(max(seen.due_at, at + timedelta(seconds=1)))


def pause(beyond: int) -> timedelta:
    """None while tries are free, then 15 s, doubled each time, a quarter of an hour at most."""
    return min(FIRST * 2 ** min(beyond, 10), LONGEST) if beyond >= 0 else timedelta()


def welcome(*, username: str, address: str) -> None:
    """It was the right password: forget this account's failures, and give the address its attempt back."""
    account, everybody = doors(username, address)
    Knock.objects.filter(key=account.key).delete()
    Knock.objects.filter(key=everybody.key, tries__gt=0).update(tries=F("tries") - 1)
