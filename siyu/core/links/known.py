"""Links as the redirect knows them: a process remembers each for a second, so that a busy one asks nobody.

What an operator changes or switches off is so everywhere after that second.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from siyu.core.links.models import Link
from siyu.core.links.targets import with_utm
from siyu.kit.prepared import asks

FRESH = 1.0
"""Seconds."""
MOST = 50_000
"""Links that a process remembers; unknown codes are among them, and strangers guess."""


class Known(NamedTuple):
    number: int
    code: str
    targets: Sequence[dict[str, Any]]
    apps: Mapping[str, str]
    utm: Mapping[str, str]
    channel: str
    campaign: str
    creator: str
    identity: int | None
    expires_at: datetime | None
    fallback: str
    password: str
    routed: bool
    off_at: datetime | None

    def over(self, at: datetime) -> bool:
        return self.off_at is not None or (self.expires_at is not None and self.expires_at <= at)


COLUMNS = (
    "pk", "code", "targets", "apps", "utm", "channel", "campaign", "creator", "identity", "expires_at", "fallback",
    "password", "routed", "off_at",
)  # fmt: skip


class Memory[T]:
    """What was found of a code, as of a moment ago; also that there is nothing."""

    def __init__(self, look_up: Callable[[str], T | None]) -> None:
        self.look_up = look_up
        self.found: dict[str, tuple[float, T | None]] = {}

    def get(self, code: str) -> T | None:
        now = time.monotonic()
        until, known = self.found.get(code, (0.0, None))
        if until < now:
            if known:  # while one asks again, the others go on with what was known
                self.found[code] = (now + FRESH, known)
            known = self.look_up(code)
            if len(self.found) >= MOST:
                self.found.clear()
            self.found[code] = (now + FRESH, known)
        return known

    def forget(self) -> None:
        self.found.clear()


@asks
def with_code(code: str) -> QuerySet[Link, tuple[Any, ...]]:
    return Link.objects.filter(code=code).values_list(*COLUMNS)


def look_up(code: str) -> Known | None:
    return next((led(Known(*row)) for row in with_code(code)), None)


def led(link: Known) -> Known:
    """With UTM in its addresses: a link is looked up once a second, and may be clicked a thousand times."""
    return link._replace(targets=[one | {"url": with_utm(one["url"], link.utm)} for one in link.targets])


links = Memory(look_up)


def standing(code: str) -> Known | None:
    """The link with these letters, however they were typed; inside a transaction as it is there."""
    code = code.lower()
    return look_up(code) if connection.in_atomic_block else links.get(code)
