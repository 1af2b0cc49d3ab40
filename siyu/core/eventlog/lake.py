"""The lake: Delta tables of Parquet, on disk or in an object store, readable by any engine.

`events` holds opaque identity numbers and what happened; `payloads` holds what says who somebody is, bucketed by
identity. Analysis reads these files and never the transactional database.
"""

import contextlib
import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction
from django.conf import settings

from siyu.core.eventlog.locks import only_one

BUCKETS = 16
TRIES = 5
WHOLE = 100 * 2**20
"""Bytes of a file that is large enough to be left alone."""
REWRITING, PRUNING = "rewriting", "pruning"
"""Steps of ours in the table's log: of two that write the same files anew one fails, and readers that keep something
learn that rows have gone."""
KEEP = "interval 15 minutes"
"""How long replaced files stay for running readers."""

ITEM = pa.struct([("product", pa.int64()), ("quantity", pa.int64()), ("amount", pa.int64()), ("discount", pa.int64())])
MOMENT = pa.timestamp("us", tz="UTC")
SCHEMAS = {
    "events": pa.schema(
        [
            ("position", pa.int64()),
            ("name", pa.string()),
            ("happened_at", MOMENT),
            ("recorded_at", MOMENT),
            ("day", pa.date32()),
            ("identity", pa.int64()),
            ("source", pa.string()),
            ("message", pa.int64()),
            ("imported", pa.bool_()),
            ("subject", pa.int64()),
            ("amount", pa.int64()),
            ("discount", pa.int64()),
            ("items", pa.list_(ITEM)),
            ("properties", pa.string()),
            ("context", pa.string()),
            ("month", pa.string()),
        ]
    ),
    "payloads": pa.schema(
        [
            ("position", pa.int64()),
            ("name", pa.string()),
            ("happened_at", MOMENT),
            ("identity", pa.int64()),
            ("personal", pa.string()),
            ("bucket", pa.int64()),
        ]
    ),
}
PARTITIONS = {"events": ["month"], "payloads": ["bucket"]}
# Statistics only here: a deleted phone would otherwise live on as a minimum in the table's own log.
STATISTICS = {
    "events": "position,name,happened_at,day,identity,message",
    "payloads": "position,name,happened_at,identity",
}
ORDER = {"events": "name, position", "payloads": "identity, position"}
"""Within a merged file: a question about one kind of event, or one person, reads a stretch. New ones lie as they came:
to sort them costs as much as to write them, and they are too small for it to help."""
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION V2"
WRITER = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=122_880)


def root(name: str) -> str:
    return str(Path(settings.SIYU.home) / "lake" / name)


def table(name: str) -> DeltaTable:
    """The table, made empty where there is none."""
    try:
        return DeltaTable(root(name))
    except TableNotFoundError:
        DeltaTable.create(
            root(name),
            schema=SCHEMAS[name],
            partition_by=PARTITIONS[name],
            mode="ignore",
            configuration={
                "delta.dataSkippingStatsColumns": STATISTICS[name],
                "delta.deletedFileRetentionDuration": KEEP,
            },
        )
        return DeltaTable(root(name))


def upgrade() -> list[str]:
    """Give tables of an earlier release the columns that they lack; their old rows say nothing in them."""
    added = []
    for name, schema in SCHEMAS.items():
        handle = table(name)
        there = {field.name for field in handle.schema().fields}
        lacking = [field for field in Schema.from_arrow(schema).fields if field.name not in there]
        if lacking:
            handle.alter.add_columns([Field(field.name, field.type) for field in lacking])
        added += [f"{name}.{field.name}" for field in lacking]
    return added


def append(
    name: str,
    rows: pa.Table | str,
    *,
    app: str,
    version: int,
    db: duckdb.DuckDBPyConnection | None = None,
    keys: Sequence[str] | None = None,
) -> bool:
    """Append the rows as step `version` of `app`, exactly once; False where the table has that step already.

    `rows` is an Arrow table, or the name of a relation on `db`; columns that it lacks stay empty. `keys` are the
    partitions that they lie in, for whoever knows them sooner than by a look at every row. Version and rows are
    one commit through the handle that was asked: a fresh handle would take the same step twice. A rival that commits
    the same step first makes ours fail, and the next look finds the step done.
    """
    added: list[AddAction | RemoveAction] | None = None
    for _ in range(TRIES):
        handle = table(name)
        if (handle.transaction_version(app) or 0) >= version:
            return False
        if added is None or not all((Path(root(name)) / file.path).exists() for file in added):
            added = written(name, rows, db, keys)
        step = CommitProperties(app_transactions=[Transaction(app, version)])
        with contextlib.suppress(CommitFailedError):
            handle.create_write_transaction(added, "append", handle.schema(), PARTITIONS[name], commit_properties=step)
            settle(Path(root(name)) / "_delta_log" / f"{handle.version():020d}.json")
            return True
    raise CommitFailedError(f"step {version} of {app} found no place in {TRIES} tries")


def has(name: str, *, app: str, version: int) -> bool:
    """Whether the step stands in the table."""
    return (table(name).transaction_version(app) or 0) >= version


def written(
    name: str,
    rows: pa.Table | str,
    db: duckdb.DuckDBPyConnection | None = None,
    keys: Sequence[str] | None = None,
) -> list[AddAction | RemoveAction]:
    """Files of the rows, one a partition, which belong to the table only once a commit says so.

    DuckDB writes them: in half the time and two thirds of the size of what the table's own writer makes.
    """
    with contextlib.ExitStack() as stack:
        db = db or stack.enter_context(connect())
        if isinstance(rows, pa.Table):
            db.register("rows_to_write", rows)
            rows = "rows_to_write"
        keys, [column] = partitions(db, name, rows) if keys is None else keys, PARTITIONS[name]
        some = f"(FROM {rows} WHERE {column}::VARCHAR = '{{}}')" if len(keys) > 1 else rows
        return [copied(db, name, some.format(key), key) for key in keys]


def partitions(db: duckdb.DuckDBPyConnection, name: str, rows: str) -> list[str]:
    [column] = PARTITIONS[name]
    return sorted(str(key) for (key,) in db.execute(f"SELECT DISTINCT {column} FROM {rows}").fetchall())


def copied(
    db: duckdb.DuckDBPyConnection, name: str, rows: str, key: str, *, new: bool = True, order: str = ""
) -> AddAction:
    """The rows, all of one partition, as a file; `new`: they stood nowhere before."""
    [partition] = PARTITIONS[name]
    there = {column for column, *_ in db.execute(f"DESCRIBE FROM {rows}").fetchall()}
    columns = ", ".join(
        f"{field.name if field.name in there else 'NULL'}::{_duckdb_type(field.type)} AS {field.name}"
        for field in SCHEMAS[name]
        if field.name != partition
    )
    file = Path(root(name)) / f"{partition}={key}" / f"{uuid.uuid4()}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    db.execute(f"COPY (SELECT {columns} FROM {rows} {order and 'ORDER BY'} {order}) TO '{file}' ({PARQUET})").fetchall()
    settle(file)
    ends = [as_logged(name, f"{end}({column})", column) for column in measured(name) for end in ("min", "max")]
    [(count, *said)] = db.execute(f"SELECT count(*), {', '.join(ends)} FROM read_parquet('{file}')").fetchall()
    path = str(file.relative_to(root(name)))
    size, now = file.stat().st_size, int(time.time() * 1000)
    return AddAction(path, size, {partition: key}, now, new, statistics(name, count, said))


def statistics(name: str, count: int, ends: list) -> str:
    """As the table's log keeps them, so that readers skip files."""
    columns = measured(name)
    least, most = ({c: v for c, v in zip(columns, ends[n::2], strict=True) if v is not None} for n in (0, 1))
    said = {"numRecords": count, "minValues": least, "maxValues": most, "nullCount": {}}
    return json.dumps(said)


def measured(name: str) -> list[str]:
    return STATISTICS[name].split(",")


def as_logged(name: str, value: str, column: str) -> str:
    kind = SCHEMAS[name].field(column).type
    if pa.types.is_timestamp(kind):
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"{value}::VARCHAR" if pa.types.is_date(kind) else value


def settle(file: Path) -> None:
    """See that a power cut does not take it: what stands in the lake is let go of elsewhere."""
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Stored(NamedTuple):
    """A file of the table as its log has it: where, how large, and what positions lie in it."""

    path: str
    partition: str
    size: int
    rows: int
    first: int
    last: int


def stored(handle: DeltaTable) -> list[Stored]:
    said = pa.table(handle.get_add_actions(flatten=True))
    if not said.num_rows:
        return []
    [key] = handle.metadata().partition_columns
    names = ("path", f"partition.{key}", "size_bytes", "num_records", "min.position", "max.position")
    return sorted(Stored(*row) for row in zip(*(said.column(name).to_pylist() for name in names), strict=True))


def compact(name: str) -> int:
    """Merge small files; how many went. One process at a time, and none while somebody is forgotten."""
    with only_one(REWRITING) as held, connect() as db:
        return rewrite(db, name, small_ones) if held else 0


def small_ones(there: list[Stored]) -> Iterator[list[Stored]]:
    """Small files of one partition, in the order of their rows, as many as make a whole one."""
    small = sorted((one for one in there if one.size < WHOLE), key=lambda one: (str(one.partition), one.first))
    for _, some in groupby(small, key=lambda one: one.partition):
        heap: list[Stored] = []
        for one in some:
            if sum(other.size for other in heap) + one.size > WHOLE:
                yield heap
                heap = []
            heap.append(one)
        yield heap


def rewrite(
    db: duckdb.DuckDBPyConnection,
    name: str,
    pick: Callable[[list[Stored]], Iterable[list[Stored]]],
    *,
    keep: str = "",
) -> int:
    """Write heaps of files anew, a file a heap; how many files went. Whoever calls holds the lock `REWRITING`.

    `keep` says which rows stay, as SQL on `db`; without it all do, and a heap of one has nothing to gain. Every heap is
    a commit through the handle that chose it; what loses to a rival is chosen anew from what that left.
    """
    gone, lost = 0, 0
    while lost < TRIES:
        handle = table(name)
        heap = next((heap for heap in pick(stored(handle)) if len(heap) > (not keep)), None)
        if heap is None:
            return gone
        if exchange(db, name, handle, heap, keep):
            gone += len(heap)
        else:
            lost += 1
    if keep:
        raise CommitFailedError(f"rows that have to leave {name} found no moment in {TRIES} tries")
    return gone


def exchange(db: duckdb.DuckDBPyConnection, name: str, handle: DeltaTable, heap: list[Stored], keep: str) -> bool:
    """One file for the heap, if nobody was faster. `handle` saw the heap, so that a change since then is noticed."""
    paths = [f"{root(name)}/{one.path}" for one in heap]
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW heap AS SELECT * FROM {read(name, paths, whole=True)} {keep and 'WHERE'} {keep}"
    )
    key = str(heap[0].partition)
    file = copied(db, name, "heap", key, new=bool(keep), order=ORDER[name])
    made = [file] if json.loads(file.stats)["numRecords"] else []
    now = int(time.time() * 1000)
    partition: dict[str, str | None] = {PARTITIONS[name][0]: key}
    left = [RemoveAction(one.path, bool(keep), now, one.size, partition) for one in heap]
    steps = [Transaction(app, handle.version() + 1) for app in (REWRITING, PRUNING)[: 1 + bool(keep)]]
    try:
        handle.create_write_transaction(
            [*made, *left], "append", handle.schema(), PARTITIONS[name],
            commit_properties=CommitProperties(app_transactions=steps),
        )  # fmt: skip
    except CommitFailedError:
        for one in made:
            (Path(root(name)) / one.path).unlink(missing_ok=True)
        return False
    settle(Path(root(name)) / "_delta_log" / f"{handle.version():020d}.json")
    return True


def sweep(name: str) -> int:
    """Delete replaced files that no running reader can still want, after the table's own `KEEP`; how many.

    Also those that a process wrote and died before it could say so.
    """
    return len(table(name).vacuum(dry_run=False, enforce_retention_duration=False, full=True))


def files(name: str) -> list[str]:
    """Where the table's rows are now. Read at once: four times faster than a dataset scan."""
    return table(name).file_uris()


def spans(name: str) -> list[tuple[str, datetime, datetime]]:
    """Of every file where it is, and the first and last moment in it."""
    handle = table(name)
    said = pa.table(handle.get_add_actions(flatten=True))
    if not said.num_rows:
        return []
    ends = (said.column(f"{end}.happened_at").to_pylist() for end in ("min", "max"))
    paths = (f"{root(name)}/{path}" for path in said.column("path").to_pylist())
    return list(zip(paths, *ends, strict=True))


def scan(name: str, *, whole: bool = False) -> str:
    """SQL for all rows of the table as they are now, for a FROM clause.

    `whole`: with the columns that files of an earlier release lack. Those cannot be asked for otherwise, and looking
    into every file for what it has takes time.
    """
    return read(name, files(name), whole=whole)


def read(name: str, uris: Sequence[str], *, whole: bool = False) -> str:
    """SQL for the rows of some of its files; of none there are none."""
    if not uris:
        columns = ", ".join(f"NULL::{_duckdb_type(field.type)} AS {field.name}" for field in SCHEMAS[name])
        return f"(SELECT {columns} WHERE false)"
    paths = ", ".join("'" + uri.replace("'", "''") + "'" for uri in uris)
    also = ", union_by_name = true" if whole else ""
    return f"read_parquet([{paths}], hive_partitioning = true, hive_types = {{{_partition_types(name)}}}{also})"


def _partition_types(name: str) -> str:
    return ", ".join(f"'{key}': {_duckdb_type(SCHEMAS[name].field(key).type)}" for key in PARTITIONS[name])


def _duckdb_type(kind: pa.DataType) -> str:
    plain = {"int64": "BIGINT", "string": "VARCHAR", "bool": "BOOLEAN", "date32[day]": "DATE"}
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    if pa.types.is_list(kind):
        return "STRUCT(product BIGINT, quantity BIGINT, amount BIGINT, discount BIGINT)[]"
    return plain[str(kind)]


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    scratch = Path(settings.SIYU.home) / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        config={
            "memory_limit": settings.SIYU.memory,
            "threads": settings.SIYU.threads,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def connect() -> duckdb.DuckDBPyConnection:
    """A cursor of its own for every call: one connection shared by threads gives wrong answers silently."""
    cursor = _database().cursor()
    cursor.execute("SET TimeZone = 'UTC'")
    return cursor
