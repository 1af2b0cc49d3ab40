"""What a sentence about an event may use, and what several of them say alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from siyu.kit import formats

LONGEST = 160


class Line(NamedTuple):
    """A line of an order."""

    title: str
    quantity: str
    amount: int


@dataclass(frozen=True)
class Told:
    """What a sentence about an event may use."""

    at: datetime
    source: str
    body: dict[str, Any]
    more: dict[str, Any]
    """The event's own properties."""
    order: str
    lines: list[Line]
    name: str = ""
    """Of the badge, coupon, task, store or thing that it is about."""

    @property
    def amount(self) -> str:
        return formats.money(self.body.get("amount"))

    @property
    def points(self) -> str:
        return formats.number(self.more.get("points") or 0)


Sentence = tuple[str, str, Callable[[Told], tuple[str, str]]]
"""An icon, a mark, and what is said: a title and a line."""


def text(e: Told, *names: str) -> str:
    """The first of these that was said, and who says so."""
    said = next((str(e.more[name]) for name in names if e.more.get(name) not in (None, "")), "")
    return " · ".join(part for part in (said[:LONGEST], e.source) if part)


def by(e: Told) -> str:
    return _("by %(who)s") % {"who": e.more["by"]} if e.more.get("by") else ""
