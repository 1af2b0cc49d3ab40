"""Questions about sources: how much comes from each, and what came last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import zstandard
from django.conf import settings
from django.db import connections
from django.db.models import Count

from siyu.core.eventlog.failed import failed
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch, Sighting, Source

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
    """All sources, those that are open first. What it costs grows with how many there are, not with what they sent."""
    sources = sorted(Source.objects.order_by("name"), key=lambda one: one.closed_at is not None)
    heard = landed([source.name for source in sources])
    wrong = dict(failed().filter(replayed_at=None).values_list("source").annotate(n=Count("pk")))
    kept = volumes()
    return [
        Standing(source, at, kept.get(source.name, 0), wrong.get(source.name, 0), retries)
        for source, (at, retries) in ((source, heard[source.name]) for source in sources)
    ]


def landed(names: list[str]) -> dict[str, tuple[datetime | None, int]]:
    """By source when its last batch came, and how often its senders tried again."""
    if not names:
        return {}
    said = "SELECT {} FROM eventlog_batch b WHERE b.source = s.column1"
    connection = connections[settings.LANDING]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.column1, ({said.format("max(b.id)")}), ({said.format("sum(b.retries)")} AND b.retries > 0)
            FROM (VALUES {", ".join(["(%s)"] * len(names))}) s""",
            names,
        )
        found = cursor.fetchall()
    last = {last for _, last, _ in found if last}
    at = dict(Batch.objects.using(settings.LANDING).filter(pk__in=last).values_list("pk", "received_at"))
    return {name: (at.get(last), int(retries or 0)) for name, last, retries in found}


def volumes() -> dict[str, int]:
    """Events in the lake by source, as the drain and the weeding have counted them: what was sent, not what we
    concluded."""
    return dict(Sighting.objects.filter(event="", property="").values_list("source", "volume"))


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
