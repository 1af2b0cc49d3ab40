"""/healthz, /readyz, /metrics: for whoever keeps the house running. Public, and silent about the brand's data."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import landed, reached
from siyu.core.eventlog.models import Entry, Failure
from siyu.core.eventlog.routing import unapplied
from siyu.kit import clock

log = logging.getLogger("siyu.health")
SILENCE = 120
"""Seconds after which a worker that gives no sign counts as gone."""
known: dict[str, bool] = {}
COUNTED = 100_000
PATIENCE = 900
"""Seconds that something may wait for the lake before it counts as stuck."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """May requests be sent here? 503 with the reasons where not."""
    reasons = [message for check, message in CHECKS if not holds(check)]
    return JsonResponse({"ready": not reasons, "reasons": reasons, **vital()}, status=503 if reasons else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The same figures, as Prometheus reads them."""
    lines = [f"# TYPE siyu_{name} gauge\nsiyu_{name} {value}\n" for name, value in figures() if value is not None]
    return HttpResponse("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def figures() -> Iterator[tuple[str, float | None]]:
    told = vital()
    yield "up", 1
    yield "ready", int(all(holds(check) for check, _ in CHECKS))
    yield "drain_lag_entries", told["drain_lag_entries"]
    yield "drain_lag_seconds", told["drain_lag_seconds"]
    yield "worker_silent_seconds", told["worker_silent_seconds"]
    yield "reaction_failures", attempt(Failure.objects.count)


def vital() -> dict[str, Any]:
    waiting = attempt(lag)
    entries, seconds = waiting or (None, None)
    return {"drain_lag_entries": entries, "drain_lag_seconds": seconds, "worker_silent_seconds": silence()}


def attempt[T](ask: Callable[[], T]) -> T | None:
    """What cannot be asked is not known; why stands in the log, not in a public answer."""
    try:
        return ask()
    except Exception:
        log.exception("a check of health failed")
        return None


def holds(check: Callable[[], bool]) -> bool:
    return attempt(check) is True


def database() -> bool:
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    return True


def migrated() -> bool:
    """Tables that are today's once stay so while this process lives."""
    if not known:
        known.update({} if any(unapplied(alias) for alias in connections) else {"migrated": True})
    return bool(known)


def readable() -> bool:
    with lake.connect() as db:
        db.execute(f"SELECT name FROM {lake.scan('events')} LIMIT 1").fetchall()
    return True


def moving() -> bool:
    return lag()[1] < PATIENCE


def worked() -> bool:
    silent = silence()
    return silent is not None and silent < SILENCE


def lag() -> tuple[int, int]:
    """How many entries and messages wait for the lake, and how many seconds the oldest has.

    Entries are counted up to a limit: whoever asks every few seconds needs to know that it is many.
    """
    log_at, batch_at = reached(done=True)
    entries, batches = Entry.objects.after(*log_at), landed().after(*batch_at)
    waiting = [
        *entries.order_by("xid", "pk").values_list("recorded_at", flat=True)[:1],
        *batches.order_by("xid", "pk").values_list("received_at", flat=True)[:1],
    ]
    messages = batches.aggregate(n=Sum("count"))["n"] or 0
    return entries[:COUNTED].count() + messages, age(min(waiting)) if waiting else 0


def age(moment: datetime) -> int:
    return max(0, int((clock.now() - moment).total_seconds()))


def silence() -> int | None:
    """Seconds since the worker's last sign of life; None: never seen."""
    pulse = Path(settings.SIYU.home) / "worker.alive"
    return max(0, int(clock.now().timestamp() - pulse.stat().st_mtime)) if pulse.exists() else None


CHECKS: list[tuple[Callable[[], bool], str]] = [
    (database, "the database cannot be reached"),
    (migrated, "the database lacks today's tables; run `siyu init`"),
    (readable, "the lake cannot be read"),
    (moving, f"something has waited for the lake for more than {PATIENCE} seconds"),
    (worked, f"no worker was seen for {SILENCE} seconds; run `siyu worker` or `siyu serve`"),
]
