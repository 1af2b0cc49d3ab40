"""Our own form, for every channel: JSON with a signature and a key, so that the house carries it once however often
it is asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest

from siyu.core.outreach.channels import Message, NotSent, NotTaken
from siyu.core.outreach.receipts import ByReference
from siyu.interfaces.connectors.hooks import signing
from siyu.interfaces.connectors.hooks.account import House
from siyu.interfaces.connectors.hooks.forms import Asked, BadReceipts, told_in
from siyu.interfaces.connectors.hooks.signing import HEADER, signature

LATER = (408, 409, 425, 429)
"""Statuses of the four hundreds that pass."""


class Told(msgspec.Struct):
    """`reference`: what the house called the message when it took it, or our key."""

    reference: str
    kind: str
    at: datetime
    detail: str = ""


def asked(house: House, message: Message, at: datetime) -> Asked:
    body = msgspec.json.encode(said(house.channel, message))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        HEADER: signature(house.secret, body, at),
    }
    return Asked(house.url, headers, body)


def said(channel: str, message: Message) -> dict[str, Any]:
    parts = {
        "channel": channel, "key": message.key, "to": message.to, "kind": message.kind, "subject": message.subject,
        "text": message.text, "html": message.html, "language": message.language, "unsubscribe": message.unsubscribe,
        "picture": settings.SIYU.address.rstrip("/") + message.picture if message.picture else "",
    }  # fmt: skip
    return {name: value for name, value in parts.items() if value}


def taken(status: int, answer: bytes, message: Message) -> str:
    if 200 <= status < 300:
        return reference(answer) or message.key
    if 400 <= status < 500 and status not in LATER:
        raise NotTaken(f"the house that carries it refuses it: {status}")
    raise NotSent(f"the house that carries it answered {status}")


def reference(answer: bytes) -> str:
    """What the house calls it: `{"id": "…"}`, where it says so."""
    try:
        found = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(found["id"])[:200] if isinstance(found, dict) and isinstance(found.get("id"), str | int) else ""


def genuine(house: House, request: HttpRequest, body: bytes, at: datetime) -> None:
    signing.genuine(house.secret, request.headers.get(HEADER, ""), body, at)


def heard(body: bytes) -> list[ByReference]:
    told = told_in(body, Told)
    if any(one.at.tzinfo is None for one in told):
        raise BadReceipts("a moment has its offset")
    return [ByReference(one.reference, one.kind, one.at, one.detail) for one in told]


def thanks(words: Sequence[str]) -> dict[str, Any]:
    """{taken, known, unknown}: how many were news, how many were not, how many speak of no message of ours."""
    return {word: words.count(word) for word in ("taken", "known", "unknown")}
