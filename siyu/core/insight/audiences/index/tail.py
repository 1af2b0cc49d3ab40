"""What the lake says beyond a position, in the shape of the index."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import numpy as np
from pyroaring import BitMap, BitMap64

from siyu.core.eventlog import lake
from siyu.core.eventlog.lakeside import File
from siyu.core.insight.audiences import bitmaps
from siyu.core.insight.audiences.vocabulary import ORDER
from siyu.core.insight.facts import open_facts


@dataclass
class Day:
    """Who did it that day, between which moments."""

    people: BitMap
    first_at: int
    last_at: int


@dataclass
class Tail:
    """Rows of the lake, gathered: what is to be added to days, and which days of orders are to be replaced."""

    position: int
    added: dict[str, dict[int, Day]] = field(default_factory=dict)
    replaced: dict[int, Day | None] = field(default_factory=dict)
    """Days of orders as they are now; none: no order is left."""
    newest: dict[str, tuple[int, int]] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)
    corrected: BitMap64 = field(default_factory=BitMap64)
    excluded: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """Visitors of whom something was said last at a position, and whether they are out since."""


def read(files: list[File], after: int, corrected: BitMap64) -> Tail:
    """Everything above position `after` in the files. `corrected`: orders that were corrected before that."""
    position = max((file.position for file in files), default=after)
    where = f"position > {after} AND position <= {position}"
    with lake.connect() as db:
        name_rows(db, files, where)
        tail = gathered(db, position)
    if tail.newest.keys() & {ORDER, "order.corrected", "order.cancelled"}:
        with open_facts() as db:  # the facts read all files, which most tails need not wait for
            name_rows(db, files, where)
            orders(db, tail, corrected)
    return tail


def name_rows(db: duckdb.DuckDBPyConnection, files: list[File], where: str) -> None:
    """Call these rows of the lake `fresh`."""
    paths = ", ".join("'" + file.uri.replace("'", "''") + "'" for file in files)
    source = f"read_parquet([{paths}], hive_partitioning = false)" if files else lake.scan("events")
    db.execute(f"""
        CREATE OR REPLACE TEMP VIEW fresh AS
        SELECT position, name, epoch_us(happened_at) AS moment, day - DATE '1970-01-01' AS day, identity, subject
        FROM {source} WHERE {where}""")


def gathered(db: duckdb.DuckDBPyConnection, position: int) -> Tail:
    """All that needs no look at earlier rows."""
    tail = Tail(position)
    newest = db.execute("SELECT name, max(moment), max(day) FROM fresh GROUP BY name").fetchall()
    tail.newest = {name: (moment, day) for name, moment, day in newest}
    for name, day, found in plain(db, sorted(set(tail.newest) - {ORDER})):
        tail.added.setdefault(name, {})[day] = found
    if "identity.linked" in tail.newest:
        tail.links = dict(
            db.execute("""SELECT identity, arg_max(subject, position) FROM fresh
                WHERE name = 'identity.linked' GROUP BY identity""").fetchall()
        )
    if "order.corrected" in tail.newest:
        rows = db.execute("SELECT DISTINCT subject FROM fresh WHERE name = 'order.corrected'").fetchall()
        tail.corrected = BitMap64(subject for (subject,) in rows)
    if {"visitor.excluded", "visitor.readmitted"} & tail.newest.keys():
        said = db.execute("""
            SELECT identity, max(position), arg_max(name, position) = 'visitor.excluded' FROM fresh
            WHERE name IN ('visitor.excluded', 'visitor.readmitted') AND identity IS NOT NULL GROUP BY identity""")
        tail.excluded = {identity: (position, out) for identity, position, out in said.fetchall()}
    return tail


def plain(db: duckdb.DuckDBPyConnection, names: list[str]) -> Iterator[tuple[str, int, Day]]:
    """Events that only ever add: (name, day, who)."""
    if not names:
        return
    db.execute(
        "CREATE OR REPLACE TEMP TABLE names AS SELECT unnest(?::VARCHAR[]) AS name, unnest(range(?)) AS code",
        [names, len(names)],
    )
    for code, day, found in days_of(
        db, "SELECT code, day, identity, moment FROM fresh JOIN names USING (name) WHERE identity IS NOT NULL"
    ):
        yield names[code], day, found


def days_of(db: duckdb.DuckDBPyConnection, rows: str) -> Iterator[tuple[int, int, Day]]:
    """(code, day, who) from rows of code, day, identity, moment. Bitmaps need no order: rows are only put in heaps."""
    columns = db.execute(f"SELECT code, day, identity, moment FROM ({rows})").fetchnumpy()
    code, day = np.asarray(columns["code"]), np.asarray(columns["day"])
    if not len(code):
        return
    first_day, days = int(day.min()), int(day.max() - day.min()) + 1
    heap = code * days + (day - first_day)
    order = np.argsort(heap.astype(np.int16) if heap.max() < 2**15 else heap, kind="stable")  # 16 bits: a radix sort
    heap, identity = heap[order], np.asarray(columns["identity"])[order]
    moment = np.asarray(columns["moment"])[order]
    starts = np.flatnonzero(np.r_[True, heap[1:] != heap[:-1]])
    firsts, lasts = np.minimum.reduceat(moment, starts), np.maximum.reduceat(moment, starts)
    for i, (start, end) in enumerate(zip(starts, [*starts[1:], len(heap)], strict=True)):
        found = Day(bitmaps.of_numbers(identity[start:end]), int(firsts[i]), int(lasts[i]))
        its_code, its_day = divmod(int(heap[start]), days)
        yield its_code, first_day + its_day, found


def orders(db: duckdb.DuckDBPyConnection, tail: Tail, corrected: BitMap64) -> None:
    """New orders are added; days that a correction or a cancellation may have changed are made anew."""
    placed = [] if ORDER not in tail.newest else db.execute(
        f"SELECT DISTINCT subject FROM fresh WHERE name = '{ORDER}'").fetchall()  # fmt: skip
    known = corrected | tail.corrected
    again = {subject for (subject,) in placed if subject is not None and subject in known}
    if {"order.corrected", "order.cancelled"} & tail.newest.keys():
        changed = "SELECT DISTINCT subject FROM fresh WHERE name IN ('order.corrected', 'order.cancelled')"
        again |= {subject for (subject,) in db.execute(changed).fetchall()}
    db.execute("CREATE OR REPLACE TEMP TABLE again AS SELECT unnest(?::BIGINT[]) AS subject", [sorted(again)])
    if placed:
        rows = f"""SELECT 0 AS code, day, identity, moment FROM fresh
            WHERE name = '{ORDER}' AND identity IS NOT NULL AND subject NOT IN (FROM again)"""
        tail.added[ORDER] = {day: found for _, day, found in days_of(db, rows)}
    if again:
        touched = db.execute("""
            SELECT DISTINCT day - DATE '1970-01-01' FROM ever
            WHERE name IN ('order.placed', 'order.corrected') AND subject IN (FROM again)""").fetchall()
        replace(db, tail, [day for (day,) in touched])


def replace(db: duckdb.DuckDBPyConnection, tail: Tail, days: list[int]) -> None:
    """These days of orders as the whole log has them now."""
    if not days:
        return
    db.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest(?::BIGINT[]) AS n", [days])
    tail.replaced = dict.fromkeys(days)
    rows = f"""
        SELECT 0 AS code, day - DATE '1970-01-01' AS day, identity, epoch_us(happened_at) AS moment FROM orders
        WHERE identity IS NOT NULL AND day IN (SELECT DATE '1970-01-01' + n::INT FROM touched)
            AND day BETWEEN DATE '1970-01-01' + {min(days)} AND DATE '1970-01-01' + {max(days)}"""
    tail.replaced |= {day: found for _, day, found in days_of(db, rows)}
