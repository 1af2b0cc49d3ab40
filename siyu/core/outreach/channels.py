"""A registry: channels, as data, and who carries them. The plugs stand in interfaces/connectors.

A sender is called when what the message speaks of is committed, never inside a transaction: what went out cannot be
rolled back. Of two messages under one key it carries one, as well as its network lets it.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import numpy as np

from siyu.core.outreach.decision import Decision
from siyu.kit.refusals import Refused

Kind = Literal["transactional", "service", "social", "marketing"]
Reach = Callable[[np.ndarray], Mapping[int, tuple[int | None, str]]]
"""Of these persons: {person: (identity number or none, address)}."""


@dataclass(frozen=True)
class Channel:
    """How people are reached over it. Limits are its provider's."""

    code: str
    consent: str
    """The word in `people.consent` that is asked for."""
    namespaces: tuple[str, ...] = ()
    """Identities that are addresses on it."""
    reach: Reach | None = None
    """Where addresses are no identities: who says what they are."""
    per_second: int = 100
    batch: int = 100
    """Messages that are claimed and given to the sender together."""
    idempotent: bool = True
    """A message under the same key is carried once, so that it may be sent again after a crash."""


@dataclass(frozen=True)
class Message:
    """To one address. `kind` decides what binds it: consent, caps and quiet hours bind no transaction."""

    to: str
    text: str
    key: str
    """The same message again has the same one."""
    subject: str = ""
    kind: str = "transactional"
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    unsubscribe: str = ""
    """An address where whoever gets it says no with one press."""
    language: str = ""
    picture: str = ""
    """One that goes with it, as `/media/…`."""


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


class NotTaken(NotSent):
    """It did not go out and never will: the address or the message is refused for good."""

    code = "not_taken"
    status = 422


class Doubtful(NotSent):
    """Nobody knows whether it went out: the line broke after it was handed over."""

    code = "doubtful"


class NotAllowed(Refused):
    """The gate said no, or not now."""

    code = "not_allowed"
    status = 409


class NoSuchChannel(Refused):
    code = "no_such_channel"
    status = 422


class Sender(Protocol):
    """May also have `send_many(pairs, *, at) -> list[Receipt | NotSent]`, of (decision, message), in their order."""

    name: str

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        """Carry it, or raise NotSent with a sentence that names neither the address nor the text."""
        ...

    def latest(self, limit: int) -> list[Sent]:
        """What it kept of what it carried, newest first; most keep nothing."""
        ...


_senders: dict[str, Sender] = {}
_channels: dict[str, Channel] = {}


def open_channel(channel: Channel) -> None:
    """There is this channel from now on; whoever says so last says how."""
    _channels[channel.code] = channel


def channel(code: str) -> Channel:
    if code not in _channels:
        raise NoSuchChannel(f"{code[:40]!r} is no channel; there are {', '.join(sorted(_channels))}")
    return _channels[code]


def all_channels() -> list[Channel]:
    return sorted(_channels.values(), key=lambda one: one.code)


def serve(channel: str, sender: Sender) -> None:
    """Carry this channel from now on; whoever says so last does."""
    _senders[channel] = sender


def sender(channel: str) -> Sender:
    if channel not in _senders:
        raise NotSent(f"nobody here carries {channel}")
    return _senders[channel]


def send(decision: Decision, message: Message, *, at: datetime) -> Receipt:
    permitted(decision)
    return sender(decision.channel).send(decision, message, at=at)


def send_many(pairs: Sequence[tuple[Decision, Message]], *, at: datetime) -> list[Receipt | NotSent]:
    """All of one channel, in their order; a sender that takes one at a time is told one at a time."""
    for decision, _ in pairs:
        permitted(decision)
    carrier = sender(pairs[0][0].channel)
    if many := getattr(carrier, "send_many", None):
        return many(pairs, at=at)
    return [tried(carrier, decision, message, at) for decision, message in pairs]


def tried(carrier: Sender, decision: Decision, message: Message, at: datetime) -> Receipt | NotSent:
    try:
        return carrier.send(decision, message, at=at)
    except NotSent as no:
        return no


def permitted(decision: Decision) -> None:
    if not decision.allowed:
        raise NotAllowed(f"the gate said no: {decision.reason}")
    if not decision.now:
        raise NotAllowed("it waits in the outbox, and is sent from there")


def serving() -> dict[str, str]:
    """{channel: name of its sender}"""
    return {channel: sender.name for channel, sender in sorted(_senders.items())}


def latest(limit: int = 50) -> list[Sent]:
    """What went out and was kept, newest first."""
    senders = {id(sender): sender for sender in _senders.values()}.values()
    return heapq.nlargest(limit, (sent for sender in senders for sent in sender.latest(limit)))


def nobody(people: np.ndarray) -> Mapping[int, tuple[int | None, str]]:
    """Until a connector says who has a subscription, or an owner."""
    return {}


for each in (
    Channel("inapp", consent="inapp", namespaces=("member",), per_second=20_000, batch=1_000),
    Channel("email", consent="email", namespaces=("email",), per_second=50, batch=50, idempotent=False),
    Channel("sms", consent="sms", namespaces=("phone",), per_second=100, batch=100),
    Channel("web_push", consent="web_push", reach=nobody, per_second=200, batch=100),
    Channel("webhook", consent="app_push", reach=nobody, per_second=50, batch=50),
    Channel("by_hand", consent="wechat", namespaces=("external_userid", "phone"), per_second=1_000, batch=500),
):
    open_channel(each)
