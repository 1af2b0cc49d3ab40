"""Questions about sources: how much comes from each, and what came last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import zstandard
from django.conf import settings
from django.db.models import Count, Max, Sum

from siyu.core.eventlog import lake
from siyu.core.eventlog.failed import failed
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch, Source
from siyu.events import BY_NAME

BATCHES = 10
SHOWN = 30


@dataclass(frozen=True)
class Standing:
    """A source and how it goes: `events` stand in the lake, `retries` is how often its senders had to try again."""

    source: Source
    last_at: datetime | None
    events: int
    failed: int
    retries: int


@dataclass(frozen=True)
class Arrival:
    """A message as it landed."""

    received_at: datetime
    name: str
    who: str
    id: str
    retries: int
    text: str


def standings() -> list[Standing]:
    """All sources, those that are open first."""
    batches = Batch.objects.using(settings.LANDING).values("source")
    landed: dict[str, Any] = {r["source"]: r for r in batches.annotate(last=Max("received_at"), retries=Sum("retries"))}
    wrong = dict(failed().filter(replayed_at=None).values_list("source").annotate(n=Count("pk")))
    kept = volumes()
    return [
        Standing(
            source,
            landed.get(source.name, {}).get("last"),
            kept.get(source.name, 0),
            wrong.get(source.name, 0),
            landed.get(source.name, {}).get("retries", 0),
        )
        for source in sorted(Source.objects.order_by("name"), key=lambda one: one.closed_at is not None)
    ]


def volumes() -> dict[str, int]:
    """Events in the lake by source: what was sent, not what we concluded."""
    with lake.connect() as db:
        sql = f"""SELECT source, count(*) FROM {lake.scan("events")} WHERE name NOT IN (SELECT unnest(?)) GROUP BY 1"""
        return dict(db.execute(sql, [list(BY_NAME)]).fetchall())


def arrivals(source: str) -> list[Arrival]:
    """The last messages of a source as they landed, newest first."""
    batches = Batch.objects.using(settings.LANDING).filter(source=source).order_by("-pk")[:BATCHES]
    found: list[Arrival] = []
    for batch in batches:
        found += [arrival(batch, line) for line in lines(batch)]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def lines(batch: Batch) -> list[bytes]:
    try:
        return [line for line in unpack(batch).split(b"\n") if line][: -SHOWN - 1 : -1]
    except zstandard.ZstdError:
        return []


def arrival(batch: Batch, line: bytes) -> Arrival:
    try:
        said: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = {}
    said = said if isinstance(said, dict) else {}

    def text(*names: str) -> str:
        return next((str(said[name])[:200] for name in names if said.get(name) not in (None, "")), "")

    return Arrival(
        batch.received_at,
        text("event", "name", "type"),
        text("userId", "distinct_id", "anonymousId", "claim"),
        text("messageId", "_track_id", "id"),
        batch.retries,
        line.decode(errors="replace")[:4000],
    )
