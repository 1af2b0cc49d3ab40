"""Which messages were here before: by source and message id, without a window.

A repetition says the time of what it repeats. So the ids of the newest steps are held in memory, and a message that
says to be older than those is looked for in the lake, in the files of its time.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from django.db.models import Window
from django.db.models.aggregates import Sum

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.models import Drain

GENERATION = 16_000_000
"""Ids held in memory at least, twice as many at most, eight bytes each: three minutes at 92,600 events a second, a
month of a brand with half a million a day."""
APART = timedelta(seconds=60)
"""How far a repetition's time may lie from that of what it repeats: a corrected clock brings in how long the sending
took. Must be less than what the memory holds."""
Ids = np.ndarray


@dataclass
class Generation:
    """Sorted runs of ids, from one step to another."""

    since: datetime | None = None
    """Everything that came before this is not among them; none: there was nothing before."""
    runs: list[Ids] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def add(self, ids: Ids) -> None:
        """Runs grow by halves, so that there are few of them and each id is moved seldom."""
        self.runs.append(np.sort(ids))
        while len(self.runs) > 1 and len(self.runs[-1]) * 2 > len(self.runs[-2]):
            last = self.runs.pop()
            self.runs[-1] = np.sort(np.concatenate([self.runs[-1], last]), kind="stable")

    def among(self, ids: Ids) -> np.ndarray:
        found = np.zeros(len(ids), dtype=bool)
        for run in self.runs:
            if len(run):
                places = np.minimum(np.searchsorted(run, ids), len(run) - 1)
                found |= run[places] == ids
        return found


@dataclass
class Memory:
    """Of one lake, up to a step. What it holds is what the lake holds, so it may be lost at any time."""

    table: str = ""
    upto: int = -1
    old: Generation = field(default_factory=Generation)
    young: Generation = field(default_factory=Generation)

    def add(self, ids: Ids, step: Drain) -> None:
        if len(self.young) >= GENERATION:
            self.old, self.young = self.young, Generation(since=step.planned_at)
        self.young.add(ids)
        self.upto = step.number

    def among(self, ids: Ids) -> np.ndarray:
        return self.old.among(ids) | self.young.among(ids)

    @property
    def since(self) -> datetime | None:
        return self.old.since


_memory = Memory()


def repeats(db: duckdb.DuckDBPyConnection, step: Drain) -> Ids:
    """Make `repeats`, the places in `raw` of messages that earlier steps or the step itself have already; which ids
    are new."""
    memory = recall(step)
    rows = db.execute("""
        SELECT n, message, epoch_us(happened_at) AS moment FROM raw WHERE message IS NOT NULL ORDER BY message, n
        """).fetchnumpy()
    n, ids, moments = (np.asarray(rows[name]) for name in ("n", "message", "moment"))
    known = memory.among(ids)
    known[1:] |= ids[1:] == ids[:-1]
    if memory.since is not None:
        late = ~known & (moments < microseconds(memory.since + APART))
        known[late] |= np.isin(ids[late], in_the_lake(db, ids[late], moments[late]))
    db.register("known_before", pa.table({"n": pa.array(n[known], pa.int64())}))
    db.execute("CREATE OR REPLACE TEMP TABLE repeats AS SELECT n FROM known_before")
    db.unregister("known_before")
    return ids[~known]


def recall(step: Drain) -> Memory:
    """The memory of all steps before this one, rebuilt from the lake where it is of another lake or not up to date."""
    global _memory  # noqa: PLW0603  one a process: it mirrors the lake, of which there is one
    table = lakeside.now().table
    before = Drain.objects.filter(number__lt=step.number).order_by("-number").values_list("number", flat=True).first()
    if _memory.table != table or _memory.upto != (before or 0):
        _memory = rebuilt(table, before or 0)
    return _memory


def remember(new: Ids, step: Drain) -> None:
    """Take in what the step has brought."""
    _memory.add(new, step)


def forget() -> None:
    """The memory may lack something; the next step rebuilds it."""
    _memory.table = ""


def rebuilt(table: str, upto: int) -> Memory:
    first = Drain.objects.filter(number__lte=upto).annotate(newer=Window(Sum("rows"), order_by="-number"))
    enough: Any = next((step for step in first.order_by("-number").iterator() if step.newer >= GENERATION), None)
    memory = Memory(table, upto, Generation(since=enough.planned_at if enough else None))
    with lake.connect() as db:
        rows = db.execute(f"""
            SELECT message FROM {lake.scan("events")}
            WHERE message IS NOT NULL AND position >= {(enough.number if enough else 0) << 32}
                AND position < {upto + 1 << 32}""").fetchnumpy()
    memory.old.add(np.asarray(rows["message"]).astype(np.int64))
    memory.young.since = memory.old.since
    return memory


def in_the_lake(db: duckdb.DuckDBPyConnection, ids: Ids, moments: np.ndarray) -> Ids:
    """Those of the ids that files of their time have."""
    if not len(ids):
        return ids
    files = near(np.sort(moments))
    if not files:
        return ids[:0]
    db.register("late", pa.table({"message": pa.array(ids)}))
    paths = ", ".join("'" + uri.replace("'", "''") + "'" for uri in files)
    first, last = (moment_of(int(end)).isoformat() for end in (moments.min(), moments.max()))
    apart = f"INTERVAL {int(APART.total_seconds())} SECOND"
    rows = db.execute(f"""
        SELECT message FROM read_parquet([{paths}], hive_partitioning = false) SEMI JOIN late USING (message)
        WHERE happened_at BETWEEN TIMESTAMPTZ '{first}' - {apart} AND TIMESTAMPTZ '{last}' + {apart}""").fetchnumpy()
    db.unregister("late")
    return np.asarray(rows["message"])


def near(moments: np.ndarray) -> list[str]:
    """Files of the lake that hold something of these times, which are sorted."""
    apart = int(APART.total_seconds() * 1_000_000)
    found = []
    for uri, first, last in lake.spans("events"):
        place = np.searchsorted(moments, microseconds(first) - apart)
        if place < len(moments) and moments[place] <= microseconds(last) + apart:
            found.append(uri)
    return found


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def moment_of(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
