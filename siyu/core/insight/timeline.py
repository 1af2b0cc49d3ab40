"""What happened to somebody: what the log says of them, and what apps and pages sent, in one order.

The log knows a person by an index. Behaviour lies in the lake by month and kind of event, not by person, so that it has
to be looked through: from the newest file backwards, and no further than a page may cost.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.lakeside import File
from siyu.core.people import queries
from siyu.core.people.models import Identity
from siyu.core.people.queries import Happening
from siyu.events import BY_NAME
from siyu.kit.tables import literal
from siyu.kit.texts import read_json

AT_ONCE = 4_000_000
MOST = 24_000_000
"""Rows of the lake that one question reads, in steps: a few tenths of a second."""
LAST = 2**62

Place = tuple[datetime, int]


@dataclass(frozen=True)
class Stretch:
    """A piece of somebody's time, newest first. `next` is where the following begins; none: that was all.

    `looked_back_to`: behaviour before that moment was not looked for.
    """

    rows: list[Happening]
    next: Place | None
    looked_back_to: datetime | None = None


def timeline(number: int, *, before: Place | None = None, limit: int = 50, names: Collection[str] = ()) -> Stretch:
    """Everything, or with `names` only what the log says under these. Where behaviour lies too far back to be looked
    for along the way, the log's own goes on without it."""
    logged = queries.timeline(number, before, limit, names)
    if names:
        return Stretch(logged.rows, logged.next)
    sent = behaviour(number, before=before, limit=limit)
    rows = sorted([*logged.rows, *sent.rows], key=place, reverse=True)
    more = len(rows) > limit or logged.next is not None or (sent.next is not None and sent.looked_back_to is None)
    rows = rows[:limit]
    return Stretch(rows, place(rows[-1]) if rows and more else None, sent.looked_back_to)


def place(one: Happening) -> Place:
    """A row of the lake stands behind all of the log's: its position begins with the number of a step."""
    return one.at, one.position


def behaviour(number: int, *, before: Place | None = None, limit: int = 50) -> Stretch:
    """What apps and pages sent of the person, by whatever identity; also of one that does not count."""
    numbers = list(Identity.objects.filter(person__identities=number).order_by("pk").values_list("pk", flat=True))
    end = before or (lakeside.LAST, LAST)
    files = sorted((f for f in lakeside.now().files if f.first_at <= end[0]), key=lambda f: f.last_at, reverse=True)
    found: list[Happening] = []
    read = 0
    for some, horizon in steps(files):
        found = sorted([*found, *sent(some, numbers, end, limit)], key=place, reverse=True)
        sure = [one for one in found if horizon is None or one.at > horizon]
        if len(sure) > limit:
            return Stretch(sure[:limit], place(sure[limit - 1]))
        read += sum(file.rows for file in some)
        if horizon and read >= MOST:
            return Stretch(sure, (horizon, LAST), horizon)
    return Stretch(found[:limit], place(found[limit - 1]) if len(found) > limit else None)


def steps(files: list[File]) -> Iterator[tuple[list[File], datetime | None]]:
    """Some files at a time, those first that reach furthest, and the last moment in those that are left."""
    some: list[File] = []
    for n, file in enumerate(files, 1):
        some.append(file)
        following = files[n] if n < len(files) else None
        if following is None or sum(one.rows for one in some) + following.rows > AT_ONCE:
            yield some, following.last_at if following else None
            some = []


def sent(files: list[File], numbers: list[int], end: Place, limit: int) -> list[Happening]:
    paths = ", ".join(literal(file.uri) for file in files)
    ours = ", ".join(literal(name) for name in sorted(BY_NAME))
    with lake.connect() as db:
        rows = db.execute(
            f"""SELECT position, name, happened_at::TIMESTAMP, source, imported, properties
            FROM read_parquet([{paths}], hive_partitioning = false)
            WHERE identity IN (SELECT unnest($who::BIGINT[])) AND name NOT IN ({ours})
                AND (happened_at < $at::TIMESTAMPTZ OR (happened_at = $at::TIMESTAMPTZ AND position < $position))
            ORDER BY happened_at DESC, position DESC LIMIT {limit + 1}""",
            {"who": numbers, "at": end[0].isoformat(), "position": end[1]},
        ).fetchall()
    return [
        Happening(position, name, at.replace(tzinfo=UTC), source, imported, {"properties": read_json(text or "{}")})
        for position, name, at, source, imported, text in rows
    ]
