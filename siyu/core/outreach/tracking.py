"""What comes back of a message: clicks and openings are heard from the log, and the way out is taken at once.

Who clicked has opened it. What programs and looks ahead of a browser do is no click of anybody's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.hearing import Heard, hears
from siyu.core.links.clicking import CLICKED, OPENED
from siyu.core.outreach import channels, receipts, tokens
from siyu.core.outreach.models import Outgoing
from siyu.core.outreach.tokens import Sign, read, token
from siyu.core.people import consent
from siyu.core.people.models import Consent, Identity
from siyu.kit.refusals import Refused

__all__ = ["NoSuchSign", "Sign", "Subscription", "read", "subscription", "token", "undo", "unsubscribe"]


class NoSuchSign(Refused):
    """Nobody was sent that."""

    code = "no_such_sign"
    status = 404


class Subscription(NamedTuple):
    """What a message's way out is about. `stopped`: that holds already; `channels`: over which they are reached."""

    brand: str
    channel: str
    purpose: str
    stopped: bool
    channels: Sequence[str]


def subscription(sign: str) -> Subscription:
    message = signed(sign)
    channel, purpose = about(message)
    granted = [one.channel for one in standing(message) if one.purpose == purpose and one.granted]
    return Subscription(settings.SIYU.brand, channel, purpose, channel not in granted, granted)


@transaction.atomic
def unsubscribe(*, sign: str, everything: bool, at: datetime) -> Subscription:
    """No more of that kind over this channel, or over any. Said twice, it was said once."""
    message = signed(sign)
    channel, purpose = about(message)
    who = message.person
    granted = {one.channel for one in standing(message) if one.purpose == purpose and one.granted}
    for one in sorted(granted | {channel} if everything else {channel}):
        consent.withdraw(person=who, channel=one, purpose=purpose, source=source(message), at=at)
    receipts.take(message=message.pk, kind="unsubscribed", at=at, detail="all" if everything else channel)
    return subscription(sign)


@transaction.atomic
def undo(*, sign: str, at: datetime) -> Subscription:
    """What this message's way out took away comes back, and nothing else does."""
    message = signed(sign)
    who = message.person
    taken = Consent.objects.filter(identity__person__identities=who, source=source(message), granted=False)
    for channel, purpose in sorted(set(taken.values_list("channel", "purpose"))):
        consent.give(person=who, channel=channel, purpose=purpose, source=source(message), at=at)
    return subscription(sign)


def signed(sign: str) -> Outgoing:
    found = tokens.read(sign)
    if found:
        message = Outgoing.objects.select_related("dispatch").filter(pk=found.message).first()
        if message and Identity.objects.filter(pk=found.person, person__isnull=False).exists():
            return message
    raise NoSuchSign("this address is none that we sent, or all about it was forgotten")


def about(message: Outgoing) -> tuple[str, str]:
    """The channel's word for consent, and the purpose: what a transaction needs has none, and is about offers."""
    kind = message.dispatch.kind
    return channels.channel(message.channel).consent, kind if kind in consent.PURPOSES else "marketing"


def standing(message: Outgoing) -> list[consent.Standing]:
    return consent.standing(message.person)


def source(message: Outgoing) -> str:
    return f"message:{message.pk}"


@hears(CLICKED, OPENED)
def comes_back(heard: Sequence[Heard]) -> None:
    """A message that nobody knows any more is left alone."""
    came: list[receipts.Came] = []
    for one in heard:
        if number := message_of(one):
            came.append(receipts.Came(number, "opened", one.at))
            if one.name == CLICKED:
                came.append(receipts.Came(number, "clicked", one.at, str(one.properties.get("link", ""))))
    receipts.take_many(came)


def message_of(one: Heard) -> int | None:
    """Whose message it was; of programs and of what was loaded ahead, nobody's."""
    said: dict[str, Any] = one.properties
    number = said.get("message")
    counts = said.get("known") != "hash" and not said.get("ahead")
    return number if counts and isinstance(number, int) and one.source == "links" else None
