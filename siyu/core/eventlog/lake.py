"""The lake: Delta tables of Parquet, on disk or in an object store, readable by any engine.

`events` holds opaque identity numbers and what happened; `payloads` holds what says who somebody is, bucketed by
identity. Analysis reads these files and never the transactional database.
"""

import contextlib
import functools
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from django.conf import settings

BUCKETS = 16
TRIES = 5
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


def append(name: str, rows: pa.Table, *, app: str, version: int) -> bool:
    """Append the rows as step `version` of `app`, exactly once; False where the table has that step already.

    Version and rows are one commit through the handle that was asked: a fresh handle would take the same step twice.
    A rival that commits the same step first makes ours fail, and the next look finds the step done.
    """
    for _ in range(TRIES):
        handle = table(name)
        if (handle.transaction_version(app) or 0) >= version:
            return False
        step = CommitProperties(app_transactions=[Transaction(app, version)])
        try:
            write_deltalake(handle, rows, mode="append", writer_properties=WRITER, commit_properties=step)
        except CommitFailedError:
            continue
        return True
    raise CommitFailedError(f"step {version} of {app} found no place in {TRIES} tries")


def compact(name: str) -> int:
    """Merge small files; how many went. Loses to a concurrent append and then begins anew from what it left."""
    for _ in range(TRIES):
        with contextlib.suppress(CommitFailedError):
            return table(name).optimize.compact(writer_properties=WRITER)["numFilesRemoved"]
    return 0


def sweep(name: str) -> int:
    """Delete replaced files that no running reader can still want, after the table's own `KEEP`; how many."""
    return len(table(name).vacuum(dry_run=False, enforce_retention_duration=False))


def files(name: str) -> list[str]:
    """Where the table's rows are now. Read at once: four times faster than a dataset scan."""
    return table(name).file_uris()


def scan(name: str) -> str:
    """SQL for all rows of the table as they are now, for a FROM clause."""
    found = files(name)
    if not found:
        columns = ", ".join(f"NULL::{_duckdb_type(field.type)} AS {field.name}" for field in SCHEMAS[name])
        return f"(SELECT {columns} WHERE false)"
    paths = ", ".join("'" + uri.replace("'", "''") + "'" for uri in found)
    return f"read_parquet([{paths}], hive_partitioning = true, hive_types = {{{_partition_types(name)}}})"


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
