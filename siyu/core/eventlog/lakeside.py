"""Which lake it is and how far it reaches, asked often and answered in a millisecond; and what is kept beside it."""

import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.kit.tables import literal

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
"""Of a file that does not say it."""
LEFT = 15 * 60
"""Seconds that what is kept beside a file stays when that has gone, for readers who know it still."""
_lock = threading.Lock()
_handles: dict[str, tuple[DeltaTable, tuple[int, int]]] = {}


@dataclass(frozen=True)
class File:
    uri: str
    month: str
    rows: int
    position: int
    """The highest in it."""
    first_at: datetime
    last_at: datetime
    """Between which moments it happened."""


@dataclass(frozen=True)
class Lake:
    """The events table at one version."""

    table: str
    version: int
    files: tuple[File, ...]
    pruned: int
    """The version that took rows out last: what was learnt from them before that has to be learnt anew."""

    @cached_property
    def position(self) -> int:
        return max((file.position for file in self.files), default=0)

    def after(self, position: int) -> list[File]:
        return [file for file in self.files if file.position > position]


_known: dict[tuple[str, int], Lake] = {}


def now() -> Lake:
    """The lake as it is. The handle is kept and only asked for news."""
    root = lake.root("events")
    with _lock:
        handle, stamp = _handles.get(root, (None, None))
        if handle is None or stamp != stamped(root, handle.version()):
            handle = lake.table("events")
        else:
            handle.update_incremental()
        _handles[root] = handle, stamped(root, handle.version())
        key = (str(handle.metadata().id), handle.version())
        if key not in _known:
            _known.clear()
            _known[key] = described(handle)
        return _known[key]


def stamped(root: str, version: int) -> tuple[int, int]:
    """The commit that the handle stands on; a table that was made anew has another."""
    try:
        return version, os.stat(Path(root) / "_delta_log" / f"{version:020d}.json").st_mtime_ns
    except FileNotFoundError:
        return version, 0


def at(version: int) -> Lake:
    """The lake as it was at a version."""
    return described(DeltaTable(lake.root("events"), version=version))


def described(handle: DeltaTable) -> Lake:
    adds = pa.table(handle.get_add_actions(flatten=True))
    uris = {os.path.basename(uri): uri for uri in handle.file_uris()}
    columns = (adds.column(name).to_pylist() if name in adds.column_names else [None] * adds.num_rows for name in (
        "path", "partition.month", "num_records", "max.position", "min.happened_at", "max.happened_at"))  # fmt: skip
    files = tuple(
        File(uris[os.path.basename(path)], month, rows or 0, position or 0, first or FIRST, last or LAST)
        for path, month, rows, position, first, last in zip(*columns, strict=True)
    )
    pruned = handle.transaction_version(lake.PRUNING) or 0
    return Lake(str(handle.metadata().id), handle.version(), files, pruned)


def beside(folder: str, file: File) -> Path:
    """Where in a folder of `derived` stands what was learnt from one file of the lake, which never changes."""
    return derived(folder) / Path(file.uri).stem


def derived(folder: str) -> Path:
    return Path(settings.SIYU.home) / "derived" / folder


def keep(db: duckdb.DuckDBPyConnection, query: str, file: Path, options: str = "") -> None:
    """Write the rows of a query as Parquet; readers see the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    db.execute(f"COPY ({query}) TO {literal(str(fresh))} (FORMAT parquet, COMPRESSION zstd{options})")
    fresh.replace(file)


def rows(file: Path) -> str:
    """SQL for what is kept, for a FROM clause."""
    return f"read_parquet({literal(str(file))})"


def sweep(folder: str) -> int:
    """Delete what is kept there of files that the lake no longer has; how many."""
    known = {beside(folder, one) for one in now().files}
    gone = [one for one in derived(folder).glob("*") if one not in known and one.stat().st_mtime < time.time() - LEFT]
    for one in gone:
        for file in one.iterdir():
            file.unlink(missing_ok=True)
        one.rmdir()
    return len(gone)
