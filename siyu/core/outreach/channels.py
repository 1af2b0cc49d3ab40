"""A registry: who carries a message to an address, per channel. The plugs stand in interfaces/connectors.

A sender is called when what the message speaks of is committed, never inside a transaction: what went out cannot be
rolled back. Of two messages under one key it carries one, as well as its network lets it.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from siyu.kit.refusals import Refused

Kind = Literal["transactional", "service", "social", "marketing"]


@dataclass(frozen=True)
class Message:
    """To one address. `kind` decides what binds it: consent, caps and quiet hours bind no transaction."""

    to: str
    text: str
    key: str
    """The same message again has the same one."""
    subject: str = ""
    kind: Kind = "transactional"


class Receipt(NamedTuple):
    """Somebody took the message on."""

    sender: str
    reference: str
    """What the sender calls it."""
    at: datetime


class Sent(NamedTuple):
    """A message as a sender has kept it, to be looked at."""

    at: datetime
    channel: str
    to: str
    subject: str
    text: str
    kind: str


class NotSent(Refused):
    """It did not go out, and may be sent again under the same key."""

    code = "not_sent"
    status = 503


class Sender(Protocol):
    name: str

    def send(self, channel: str, message: Message, *, at: datetime) -> Receipt:
        """Carry it, or raise NotSent with a sentence that names neither the address nor the text."""
        ...

    def latest(self, limit: int) -> list[Sent]:
        """What it kept of what it carried, newest first; most keep nothing."""
        ...


_senders: dict[str, Sender] = {}


def serve(channel: str, sender: Sender) -> None:
    """Carry this channel from now on; whoever says so last does."""
    _senders[channel] = sender


def send(*, channel: str, message: Message, at: datetime) -> Receipt:
    if channel not in _senders:
        raise NotSent(f"nobody here carries {channel}")
    return _senders[channel].send(channel, message, at=at)


def serving() -> dict[str, str]:
    """{channel: name of its sender}"""
    return {channel: sender.name for channel, sender in sorted(_senders.items())}


def latest(limit: int = 50) -> list[Sent]:
    """What went out and was kept, newest first."""
    senders = {id(sender): sender for sender in _senders.values()}.values()
    return heapq.nlargest(limit, (sent for sender in senders for sent in sender.latest(limit)))
