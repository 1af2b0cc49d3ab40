"""A registry: who chooses where a live code leads. Built in are staff and pages; groups plug in from above."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Spot(NamedTuple):
    """Where a scan is sent: to an address, or to a page that shows a picture (a QR code to scan) and a text."""

    number: int
    """The pool's own, by which it finds it again."""
    label: str
    url: str = ""
    picture: str = ""
    text: str = ""


class Pool(Protocol):
    name: str

    def take(self, code: int, *, order: str, at: datetime) -> Spot | None:
        """Take a seat in one that is open, in the caller's transaction and by ONE conditional UPDATE, so that its limit
        is never passed by however many at once; nothing: all are full, or none is on duty."""
        ...

    def again(self, code: int, number: int, *, at: datetime) -> Spot | None:
        """The one that a visitor was given before, where it still stands; that takes no seat."""
        ...


POOLS: dict[str, Pool] = {}


def register(pool: Pool) -> Pool:
    POOLS[pool.name] = pool
    return pool


def names() -> Sequence[str]:
    return sorted(POOLS)
