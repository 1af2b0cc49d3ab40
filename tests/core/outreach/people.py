"""People to talk to: with a phone, an e-mail, and what they allow."""

import zlib
from datetime import UTC, datetime
from typing import Any

from siyu.core.outreach import dispatches
from siyu.core.outreach.models import Dispatch
from siyu.core.people import consent
from siyu.core.people.numbers import number

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
"""In Shanghai; a Friday."""


def somebody(name: str, *, says: bool | None = True, channel: str = "sms", purpose: str = "marketing") -> int:
    """By phone; `says`: what they say to marketing."""
    who = known("phone", f"138{zlib.crc32(name.encode()) % 10**8:08}" if not name.isdigit() else name)
    if says is not None:
        (consent.give if says else consent.withdraw)(
            person=who, channel=channel, purpose=purpose, source="test", at=NOON
        )
    return who


def known(namespace: str, value: str) -> int:
    return number({(namespace, value): NOON}, source="test")[namespace, value]


def crowd(n: int, **more: Any) -> list[int]:
    return [somebody(f"1390000{i:04}", **more) for i in range(n)]


def dispatch(key: str = "hello", **more: Any) -> Dispatch:
    said: dict[str, Any] = {"channel": "sms", "kind": "marketing", "variants": [{"text": "Hello"}]} | more
    return dispatches.make(key=key, by="lin", at=NOON, **said)
