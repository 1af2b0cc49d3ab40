"""A message is a signed POST. Its key goes with it, so that the house carries it once however often we ask."""

import logging
from datetime import datetime
from typing import Any

import httpx
import msgspec
from django.conf import settings

from siyu.core.outreach.channels import Message, NotSent, NotTaken, Receipt, Sent
from siyu.core.outreach.decision import Decision
from siyu.interfaces.connectors.hooks.account import House
from siyu.interfaces.connectors.hooks.signing import HEADER, signature

log = logging.getLogger("siyu.hooks")
PATIENCE = 10.0
LATER = (408, 409, 425, 429)
"""Statuses of the four hundreds that pass."""


class Hook:
    def __init__(self, house: House) -> None:
        self.house, self.name = house, f"hook {house.channel}"
        self.client = httpx.Client(timeout=PATIENCE, follow_redirects=False)

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        body = msgspec.json.encode(said(self.house.channel, message))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            HEADER: signature(self.house.secret, body, at),
        }
        try:
            answer = self.client.post(self.house.url, content=body, headers=headers)
        except httpx.HTTPError as broken:
            log.warning("%s did not answer: %s", self.name, type(broken).__name__)  # its words may name addresses
            raise NotSent("the house that carries it did not answer") from None
        return judged(self.name, answer, message, at)

    def latest(self, limit: int) -> list[Sent]:
        return []


def said(channel: str, message: Message) -> dict[str, Any]:
    parts = {
        "channel": channel, "key": message.key, "to": message.to, "kind": message.kind, "subject": message.subject,
        "text": message.text, "html": message.html, "language": message.language, "unsubscribe": message.unsubscribe,
        "picture": settings.SIYU.address.rstrip("/") + message.picture if message.picture else "",
    }  # fmt: skip
    return {name: value for name, value in parts.items() if value}


def judged(name: str, answer: httpx.Response, message: Message, at: datetime) -> Receipt:
    if answer.is_success:
        return Receipt(name, reference(answer) or message.key, at)
    if answer.is_client_error and answer.status_code not in LATER:
        raise NotTaken(f"the house that carries it refuses it: {answer.status_code}")
    raise NotSent(f"the house that carries it answered {answer.status_code}")


def reference(answer: httpx.Response) -> str:
    """What the house calls it: `{"id": "…"}`, where it says so."""
    try:
        found = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(found["id"])[:200] if isinstance(found, dict) and isinstance(found.get("id"), str | int) else ""
