"""Links as the redirect knows them: a process remembers them, and asks once a second whether any was changed.

What an operator changes or switches off is so everywhere after that second.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from siyu.core.links.models import Edition, Link
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
    """What was found of a code, as of a moment ago; also that there is nothing, for that moment.

    What was found holds as long as the `edition` does, which is asked for once a second; without one, for a second.
    """

    def __init__(self, look_up: Callable[[str], T | None], edition: Callable[[], int] | None = None) -> None:
        self.look_up, self.ask = look_up, edition or count().__next__
        self.alone = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self.found: dict[str, tuple[tuple[int, float], T | None]] = {}
        self.edition, self.until = -1, 0.0

    def get(self, code: str) -> T | None:
        now = time.monotonic()
        if self.until < now:
            self.until = now + FRESH  # while one asks, the others go on with what was known
            self.edition = self.ask()
        (edition, until), known = self.found.get(code, ((-1, 0.0), None))
        return known if edition == self.edition and (known or now < until) else self.learned(code, known, now)

    def learned(self, code: str, before: T | None, now: float) -> T | None:
        as_of = self.edition, now + FRESH  # before it is looked for: what is changed meanwhile is looked for again
        if before:
            self.found[code] = as_of, before
        with self.alone:  # many threads that ask SQLite at once take each other's breath: four times the work
            known = self.look_up(code)
        if len(self.found) >= MOST:
            self.found.clear()
        self.found[code] = as_of, known
        return known


@asks
def with_code(code: str) -> QuerySet[Link, tuple[Any, ...]]:
    return Link.objects.filter(code=code).values_list(*COLUMNS)


def look_up(code: str) -> Known | None:
    return next((led(Known(*row)) for row in with_code(code)), None)


def led(link: Known) -> Known:
    """With UTM in its addresses: a link is looked up once a second, and may be clicked a thousand times."""
    return link._replace(targets=[one | {"url": with_utm(one["url"], link.utm)} for one in link.targets])


@asks
def editions() -> QuerySet[Edition, int]:
    return Edition.objects.values_list("number", flat=True)


def edition() -> int:
    return next(iter(editions()), 0)


def changed() -> None:
    """Said in the transaction that changes a link, as its last word: the row is locked until that ends."""
    Edition.objects.update_or_create(pk=1, defaults={"number": F("number") + 1}, create_defaults={"number": 1})


links = Memory(look_up, edition)


def standing(code: str) -> Known | None:
    """The link with these letters, however they were typed; inside a transaction as it is there."""
    code = code.lower()
    return look_up(code) if connection.in_atomic_block else links.get(code)
