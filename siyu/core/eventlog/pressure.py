"""Does the lake keep up with what comes in? Senders are asked to slow down before the disk is full of what waits."""

import threading
import time
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length

from siyu.core.eventlog.drain import landed, reached

EVERY = 1.0
"""Seconds from one look to the next."""


class Gauge:
    def __init__(self) -> None:
        self.looking = threading.Lock()
        self.looked = float("-inf")
        self.high = False

    def behind(self) -> bool:
        """Whether more waits for the lake than the settings allow. One of the callers looks, once a second."""
        if time.monotonic() - self.looked > EVERY and self.looking.acquire(blocking=False):
            try:
                self.high = too_much(*waiting())
                self.looked = time.monotonic()
            finally:
                self.looking.release()
        return self.high


def waiting(source: str | None = None) -> tuple[int, int]:
    """Messages and compressed bytes that have landed and are not in the lake yet."""
    batches = undrained()
    told = (batches.filter(source=source) if source else batches).aggregate(
        messages=Sum("count"), size=Sum(Length("body"))
    )
    return told["messages"] or 0, told["size"] or 0


def undrained() -> Any:
    """Batches behind the last step that is done: one that is planned has not written anything yet."""
    _, batch_at = reached(done=True)
    return landed().after(*batch_at)


def too_much(messages: int, size: int) -> bool:
    return messages > settings.SIYU.backlog or size > settings.SIYU.backlog_mb * 2**20


gauge = Gauge()
