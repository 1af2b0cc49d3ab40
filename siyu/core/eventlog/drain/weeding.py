"""Repetitions that the drain did not know for what they are, taken out of the lake when a day is over.

The drain asks its memory and the files of a message's time. This asks all of the lake, once a day, and is exact: of
several rows with one message the first stays. What goes is written down first, with all counts as if it had never
been; a process that dies after that leaves a list, and the next one clears the lake of it.
"""

from collections import Counter
from datetime import datetime

import duckdb
from django.conf import settings
from django.db import transaction
from django.db.models import F

from siyu.core.eventlog import lake
from siyu.core.eventlog.locks import only_one
from siyu.core.eventlog.models import Cursor, Drain, Repeat
from siyu.core.eventlog.plan import sighting
from siyu.kit import clock
from siyu.kit.rows import insert

CURSOR = "repeats"
IDS = 16_000_000
"""So many new messages are looked at in one go, by hash; of more, one bucket after another."""


def weed(at: datetime) -> int:
    """Look at what came before today, and clear the lake of what had come before that; how many rows went."""
    with only_one("weeding") as held:
        if not held:
            return 0
        gone = clear()
        since, upto = reached(), over(at)
        if upto > since:
            note(since, upto)
        return gone + clear()


def reached() -> int:
    """The last step that was looked at."""
    return Cursor.objects.filter(reaction=CURSOR).values_list("position", flat=True).first() or 0


def over(at: datetime) -> int:
    """The last step of yesterday, in the brand's zone; days that are not over are still written to."""
    today = clock.day_begins(clock.day_of(at, settings.SIYU.zone), settings.SIYU.zone)
    done = Drain.objects.filter(done_at__lt=today).order_by("-number").values_list("number", flat=True)
    return done.first() or 0


def note(since: int, upto: int) -> None:
    """Write down which rows of these steps repeat a message, and count as if they had never been."""
    with lake.connect() as db:
        find(db, since, upto)
        numbers = [position for (position,) in db.execute("SELECT position FROM doubled ORDER BY 1").fetchall()]
        with transaction.atomic():
            Cursor.objects.update_or_create(reaction=CURSOR, defaults={"position": upto})
            insert(Repeat, ("position",), [(number,) for number in numbers])
            for step, rows in sorted(Counter(number >> 32 for number in numbers).items()):
                Drain.objects.filter(pk=step).update(rows=F("rows") - rows, repeats=F("repeats") + rows)
            sighting.take_back(db, "SELECT *, position AS n FROM doubled")


def find(db: duckdb.DuckDBPyConnection, since: int, upto: int) -> None:
    """Make `doubled`: rows behind step `since`, up to step `upto`, whose message stands before them."""
    first, last = since + 1 << 32, upto + 1 << 32
    there = lake.stored(lake.table("events"))
    new = [one for one in there if one.last >= first and one.first < last]
    old = [one for one in there if one.first < first]
    buckets = 1 + sum(one.rows for one in new) // IDS
    db.execute(f"CREATE OR REPLACE TEMP TABLE doubled AS {rows_of(new)} LIMIT 0")
    for bucket in range(buckets):
        among = f"message % {buckets} = {bucket}"
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT message, position FROM ({rows_of(new)})
            WHERE {among} AND position >= {first} AND position < {last}""")
        db.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT DISTINCT message FROM fresh")
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE before AS
            SELECT DISTINCT message FROM ({rows_of(old)}) SEMI JOIN asked USING (message)
            WHERE {among} AND position < {first}""")
        db.execute(f"""
            INSERT INTO doubled SELECT * FROM ({rows_of(new)}) WHERE position IN (
                SELECT position FROM fresh
                QUALIFY row_number() OVER (PARTITION BY message ORDER BY position) > 1
                    OR message IN (FROM before))""")


def rows_of(files: list[lake.Stored]) -> str:
    uris = [f"{lake.root('events')}/{one.path}" for one in files]
    return f"SELECT source, name, happened_at, message, position, properties FROM {lake.read('events', uris)}"


def clear() -> int:
    """Take what is written down out of the lake, from both tables; how many rows that were."""
    numbers = list(Repeat.objects.order_by("position").values_list("position", flat=True))
    if not numbers:
        return 0
    with only_one(lake.REWRITING, wait=True), lake.connect() as db:
        db.execute("CREATE OR REPLACE TEMP TABLE gone AS SELECT unnest(?::BIGINT[]) AS position", [numbers])
        for name in ("payloads", "events"):

            def holding(there: list[lake.Stored], name: str = name) -> list[list[lake.Stored]]:
                return [[one] for one in there if holds(db, name, one)]

            lake.rewrite(db, name, holding, keep="position NOT IN (FROM gone)")
    Repeat.objects.filter(position__in=numbers).delete()
    return len(numbers)


def holds(db: duckdb.DuckDBPyConnection, name: str, one: lake.Stored) -> bool:
    """Whether any of `gone` is in the file."""
    near = f"position BETWEEN {one.first} AND {one.last}"
    if not db.execute(f"SELECT 1 FROM gone WHERE {near} LIMIT 1").fetchall():
        return False
    rows = f"SELECT 1 FROM {lake.read(name, [f'{lake.root(name)}/{one.path}'])} SEMI JOIN gone USING (position) LIMIT 1"
    return bool(db.execute(rows).fetchall())
