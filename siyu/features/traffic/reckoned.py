"""Answers of pages that read the whole history, kept: the worker reckons, a page shows the last and when that was.

A small lake is read while somebody waits, so that its answers are of now. Of a large one the first question of its kind
waits for the worker; from then on it is answered at once, is reckoned anew by itself when the lake, the rules or the
day are others (after a pause ten times as long as it takes), and at once when somebody asks for that.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from siyu.core.eventlog import lakeside
from siyu.features.traffic import flow, reach, returns, ruling, twice
from siyu.features.traffic.attribution import lakeside as attribution
from siyu.features.traffic.models import Reckoning
from siyu.kit import clock
from siyu.kit.refusals import Refused

SMALL = 2_000_000
"""Events that are read while somebody waits."""
RESTS = timedelta(minutes=10)
LOOKED_AT = timedelta(days=14)
"""What nobody looked at for so long is not reckoned by itself any more; after twice that it is forgotten."""


class OnItsWay(Refused):
    code = "being_reckoned"
    status = 503


@dataclass(frozen=True)
class Asked:
    """Days as ISO; nothing: what is usual now."""

    what: str
    first: str = ""
    last: str = ""
    window: int = 0

    @property
    def filters(self) -> dict[str, str]:
        """As an address says it."""
        said = {"from": self.first, "until": self.last, "window": str(self.window or "")}
        return {name: value for name, value in said.items() if value}

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.what, self.first, self.last, self.window)).encode()).hexdigest()[:32]

    @property
    def period(self) -> attribution.Period:
        return attribution.period(*(date.fromisoformat(day) if day else None for day in (self.first, self.last)))


@dataclass(frozen=True)
class Told:
    asked: Asked
    said: dict[str, Any]
    made_at: datetime
    kept: bool
    """It may be older than the lake."""
    wanted: bool = False
    """It is about to be reckoned anew."""


def asked(what: str, *, first: date | None = None, last: date | None = None, window: int | None = None) -> Asked:
    return Asked(what, first.isoformat() if first else "", last.isoformat() if last else "", window or 0)


def share_out(one: Asked) -> dict[str, Any]:
    return attribution.told(attribution.share_out(one.period, window_days=one.window or None))


KINDS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "flow": lambda one: flow.flow(one.period, window_days=one.window or None),
    "twice": lambda one: twice.bought_twice(one.period, window_days=one.window or None),
    "reach": lambda one: reach.resilience(),
    "attribution": share_out,
}


def answer(one: Asked, *, at: datetime) -> Told:
    """Of now where the lake is small, else the last one; OnItsWay where there is none."""
    if small():
        return Told(one, KINDS[one.what](one), at, kept=False)
    row = Reckoning.objects.filter(digest=one.digest).first() or want(one, at=at)
    if row.body is None or row.made_at is None:
        raise OnItsWay("it is being worked out: ask again in a moment")
    if row.seen_at < at - timedelta(days=1):
        Reckoning.objects.filter(pk=row.pk).update(seen_at=at)
    if "refused" in row.body:
        raise attribution.BadPeriod(row.body["refused"])
    return Told(one, read(row.body), row.made_at, kept=True, wanted=row.wanted_at is not None)


def want(one: Asked, *, at: datetime) -> Reckoning:
    """Have it reckoned as soon as the worker can."""
    said = {"what": one.what, "first": one.first, "last": one.last, "window": one.window, "seen_at": at}
    row, new = Reckoning.objects.get_or_create(digest=one.digest, defaults=said | {"wanted_at": at})
    if not new and row.wanted_at is None:
        Reckoning.objects.filter(pk=row.pk).update(wanted_at=at, seen_at=at)
    return row


def small() -> bool:
    return sum(file.rows for file in lakeside.now().files) <= SMALL


def read(body: dict[str, Any]) -> dict[str, Any]:
    """Days are days again."""
    return body | {name: date.fromisoformat(body[name]) for name in ("from", "until") if name in body}


def work_off(at: datetime) -> int:
    """The worker's chore: one of them, whoever waits first."""
    if small():
        return 0
    row = next_one(at)
    if row is None:
        return 0
    reckon(row, at)
    return 1


def next_one(at: datetime) -> Reckoning | None:
    waiting = Reckoning.objects.filter(wanted_at__isnull=False).order_by("wanted_at", "pk").first()
    if waiting:
        return waiting
    for what in KINDS:
        if not Reckoning.objects.filter(digest=Asked(what).digest).exists():
            return want(Asked(what), at=at)
    state = basis(at)
    looked_at = Reckoning.objects.filter(seen_at__gt=at - LOOKED_AT).exclude(basis=state)
    for row in looked_at.order_by("made_at", "pk"):
        if row.made_at is None or row.made_at + max(RESTS, timedelta(milliseconds=10 * row.took)) <= at:
            return row
    return None


def reckon(row: Reckoning, at: datetime) -> None:
    """In the lake as it is; a wish that comes meanwhile stays."""
    began, state = time.monotonic(), basis(at)
    one = Asked(row.what, row.first, row.last, row.window)
    try:
        body = json.loads(json.dumps(KINDS[row.what](one), cls=DjangoJSONEncoder))
    except attribution.BadPeriod as no:
        body = {"refused": no.message}
    took = int(1000 * (time.monotonic() - began))
    with transaction.atomic():
        kept = Reckoning.objects.filter(pk=row.pk)
        kept.update(body=body, basis=state, made_at=at, took=took)
        kept.filter(wanted_at=row.wanted_at).update(wanted_at=None)


def basis(at: datetime) -> str:
    """What an answer rests on: lake, rules and tree, terms, and the day."""
    terms = ruling.terms()
    said = lakeside.now().version, returns.signature(), terms.window_days, clock.day_of(at, settings.SIYU.zone)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def forget(at: datetime) -> int:
    return Reckoning.objects.filter(seen_at__lt=at - 2 * LOOKED_AT).delete()[0]
