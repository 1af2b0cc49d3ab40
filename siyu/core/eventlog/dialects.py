"""A registry: how the world writes its behaviour down, turned into one shape."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import msgspec

Claim = tuple[str, str]
"""(namespace, value): who a message says it is from, before anybody gave that a number."""


class Message(msgspec.Struct):
    """One thing that somebody did, in our shape."""

    name: str
    at: datetime
    id: str
    """Unique within its source, so that a repetition is known."""
    claim: Claim | None = None
    properties: dict[str, Any] = {}
    personal: dict[str, Any] = {}


class Dialect(Protocol):
    def __call__(self, body: bytes, received_at: datetime) -> Iterable[Message]: ...


class Numbering(Protocol):
    """Gives claims their identity numbers, making new ones where needed; idempotent."""

    def __call__(self, claims: dict[Claim, datetime], *, source: str, imported: bool) -> dict[Claim, int]: ...


DIALECTS: dict[str, Dialect] = {}
_numbering: list[Numbering] = []


def dialect(name: str) -> Callable[[Dialect], Dialect]:
    def register(function: Dialect) -> Dialect:
        DIALECTS[name] = function
        return function

    return register


def numbered_by(function: Numbering) -> Numbering:
    """Whoever keeps identities (people) says so here; the log itself knows numbers only."""
    _numbering[:] = [function]
    return function


def number(claims: dict[Claim, datetime], *, source: str, imported: bool) -> dict[Claim, int]:
    return _numbering[0](claims, source=source, imported=imported) if claims else {}


_decoder = msgspec.json.Decoder(Message)


@dialect("siyu")
def siyu(body: bytes, received_at: datetime) -> Iterable[Message]:
    """Our own: one JSON message a line, already in our shape."""
    return _decoder.decode_lines(body)
