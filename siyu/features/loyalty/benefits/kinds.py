"""The registry, and what a kind of benefit answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

Terms = Mapping[str, Any]
"""What exactly is given, as an operator wrote it down: {"template": 7} of a coupon, {"amount": 200} of points."""


class Benefit(Protocol):
    """`grant` twice with one key gives once; `revoke` of what was never given, or twice, changes nothing."""

    kind: str

    def check(self, terms: Terms) -> None:
        """Refuse terms that could not be granted, when they are written down."""
        ...

    def words(self, terms: Terms) -> str:
        """What a member reads, in the language of the moment."""
        ...

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None: ...

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None: ...


KINDS: dict[str, Benefit] = {}


def add(benefit: Benefit) -> None:
    KINDS[benefit.kind] = benefit
