"""A registry: how the world writes its behaviour down, turned into one shape."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from siyu.core.eventlog.directory import Claim


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


DIALECTS: dict[str, Dialect] = {}


def dialect(name: str) -> Callable[[Dialect], Dialect]:
    def register(function: Dialect) -> Dialect:
        DIALECTS[name] = function
        return function

    return register


_decoder = msgspec.json.Decoder(Message)


@dialect("siyu")
def siyu(body: bytes, received_at: datetime) -> Iterable[Message]:
    """Our own: one JSON message a line, already in our shape."""
    return _decoder.decode_lines(body)
