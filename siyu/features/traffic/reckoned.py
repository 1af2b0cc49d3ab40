"""Answers of pages that read the whole history, kept: the worker reckons, a page shows the last and when that was.

A small lake is read while somebody waits, so that its answers are of now. Of a large one the first question of its kind
waits for the worker; from then on it is answered at once, is reckoned anew by itself when the lake, the rules or the
day are others (after a pause ten times as long as it takes), and at once when somebody asks for that. The rows behind
an answer are kept with it, so that what a figure opens is what it counts.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Q

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
FOLDER = "behind-1"
"""Another number where what is kept changes."""


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


def share_out(one: Asked, keep: Path | None) -> dict[str, Any]:
    return attribution.told(attribution.share_out(one.period, window_days=one.window or None, keep=keep))


KINDS: dict[str, Callable[[Asked, Path | None], dict[str, Any]]] = {
    "flow": lambda one, keep: flow.flow(one.period, window_days=one.window or None, keep=keep),
    "twice": lambda one, keep: twice.bought_twice(one.period, window_days=one.window or None, keep=keep),
    "reach": lambda one, keep: reach.resilience(keep=keep),
    "attribution": share_out,
}


def answer(one: Asked, *, at: datetime) -> Told:
    """Of now where the lake is small, else the last one; OnItsWay where there is none."""
    if small():
        return Told(one, KINDS[one.what](one, None), at, kept=False)
    row = standing(one, at)
    assert row.made_at and row.body
    return Told(asked_by(row), read(row.body), row.made_at, kept=True, wanted=row.wanted_at is not None)


def rows(one: Asked, *, at: datetime) -> Path | None:
    """Where the rows behind an answer are kept; none: the lake is small, and is read. OnItsWay as with the answer."""
    if small():
        return None
    file = path(standing(one, at).digest)
    if not file.exists():
        want(one, at=at)
        raise OnItsWay("it is being worked out: ask again in a moment")
    return file


def standing(one: Asked, at: datetime) -> Reckoning:
    """The newest that was made of these days, by whichever words they were asked for."""
    same = Q(digest=one.digest)
    if one.first and one.last and one.window:
        same |= Q(what=one.what, body__from=one.first, body__until=one.last, body__window_days=one.window)
    row = Reckoning.objects.filter(same).order_by(F("made_at").desc(nulls_last=True)).first() or want(one, at=at)
    if row.body is None:
        raise OnItsWay("it is being worked out: ask again in a moment")
    if row.seen_at < at - timedelta(days=1):
        Reckoning.objects.filter(pk=row.pk).update(seen_at=at)
    if "refused" in row.body:
        raise attribution.BadPeriod(row.body["refused"])
    return row


def asked_by(row: Reckoning) -> Asked:
    return Asked(row.what, row.first, row.last, row.window)


def path(digest: str) -> Path:
    return lakeside.derived(FOLDER) / f"{digest}.parquet"


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
    try:
        said = KINDS[row.what](asked_by(row), path(row.digest))
        body = json.loads(json.dumps(said, cls=DjangoJSONEncoder))
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
    gone = Reckoning.objects.filter(seen_at__lt=at - 2 * LOOKED_AT).delete()[0]
    known = {path(digest) for digest in Reckoning.objects.values_list("digest", flat=True)}
    for file in set(lakeside.derived(FOLDER).glob("*.parquet")) - known:
        file.unlink(missing_ok=True)
    return gone
