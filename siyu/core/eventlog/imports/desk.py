"""Where a file is judged: a DuckDB database of its own on disk; gigabytes spill, and a killed run finds its place.

The same file and options make the same tables again, so a desk that was left half-way is cleared and made anew.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from siyu.core.eventlog.imports import columns, macros
from siyu.core.eventlog.imports.columns import Preset
from siyu.kit.refusals import Refused
from siyu.kit.tables import File, read_into

Progress = Callable[[str, int, int], None]
"""What is being done, how far it is, of how much."""


class AlreadyRunning(Refused):
    code = "import_running"
    status = 409


@dataclass(frozen=True)
class Options:
    """What the operator said about a file."""

    source: str = "shop"
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zone: str = ""
    currency: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    namespace: str = ""
    encoding: str = ""
    preset: str = ""
    """Whose file it is, such as taobao-items; empty: found out, `none`: nobody's."""
    said_at: datetime | None = None
    """As of when the file speaks, where its rows do not say."""

    def as_dict(self) -> dict[str, Any]:
        rates = {currency: str(rate) for currency, rate in sorted(self.rates.items())}
        mapping = {name: list(cols) for name, cols in sorted(self.mapping.items())}
        said = {"zone": self.zone, "currency": self.currency, "namespace": self.namespace}
        said_at = self.said_at.isoformat() if self.said_at else ""
        said |= {"preset": self.preset} if self.preset else {}
        return {**said, "rates": rates, "mapping": mapping, "said_at": said_at}


EXTRA = ("row", "reason_code", "reason")
"""Columns that our own refusals add."""


@dataclass
class Desk:
    """A file that lies open. `found` says which of its columns mean what."""

    db: duckdb.DuckDBPyConnection
    file: File
    options: Options
    at: datetime
    progress: Progress
    columns: list[str] = field(default_factory=list)
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    preset: Preset | None = None

    def text(self, name: str) -> str:
        return columns.text_of(self.found.get(name))

    def amount(self, name: str) -> str:
        return columns.sum_of(self.found.get(name))

    def raw(self, name: str) -> str:
        return columns.raw_of(self.found.get(name))

    def has(self, name: str) -> bool:
        return name in self.found

    def unread(self) -> list[str]:
        """Columns that nobody asked for, and that are not of our own refusals."""
        read = {column for found in self.found.values() for column in found}
        return [column for column in self.columns if column not in read and column.lower() not in EXTRA]

    def fill(self, table: str, columns: str, rows: list[tuple]) -> None:
        """Make the table of rows that Python worked out."""
        self.db.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        if not rows:
            return
        names = [column.split()[0] for column in columns.split(", ")]
        values = zip(names, zip(*rows, strict=True), strict=True)
        incoming = pa.table({name: pa.array(cells) for name, cells in values})
        self.db.register("incoming", incoming)
        self.db.execute(f"INSERT INTO {table} SELECT * FROM incoming")
        self.db.unregister("incoming")

    @property
    def zone(self) -> str:
        return self.options.zone or settings.SIYU.zone

    def count(self, query: str) -> int:
        row = self.db.execute(f"SELECT count(*) FROM {query}").fetchone()
        assert row
        return row[0]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key(kind: str, digest: str, options: Options, *, preview: bool) -> str:
    """The folder of a file read in this way."""
    said = json.dumps([digest, options.source, options.as_dict(), options.encoding], sort_keys=True)
    return f"{kind}-{hashlib.sha256(said.encode()).hexdigest()[:24]}{'-preview' if preview else ''}"


def folder() -> Path:
    return Path(settings.SIYU.home) / "imports"


@contextmanager
def opened(key: str, file: File, options: Options, at: datetime, progress: Progress) -> Iterator[Desk]:
    """The desk of this file, to itself: a second process at the same file is refused."""
    place = folder() / key
    place.mkdir(parents=True, exist_ok=True)
    config = {
        "memory_limit": settings.SIYU.memory,
        "threads": settings.SIYU.threads,
        "temp_directory": str(place / "tmp"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with connect(place / "desk.duckdb", config, file) as db:
        db.execute("SET TimeZone = 'UTC'")
        desk = Desk(db, file, options, at, progress)
        macros.define(db, zone=desk.zone)
        yield desk


def connect(path: Path, config: dict[str, Any], file: File) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config=config)
    except duckdb.IOException as fault:
        if "lock" in str(fault).lower():
            raise AlreadyRunning(f"{file.path.name} is being imported by another process.") from fault
    except (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException):
        pass
    path.unlink(missing_ok=True)  # a kill left half a database; it can be made again
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    return duckdb.connect(str(path), config=config)


def put_away(key: str) -> None:
    shutil.rmtree(folder() / key, ignore_errors=True)


def lay_out(
    desk: Desk,
    fields: tuple[columns.Field, ...],
    judge: Callable[[Desk], None],
    presets: tuple[columns.Preset, ...] = (),
) -> None:
    """Read and judge the file, unless that was finished before."""
    ready = "SELECT columns, found FROM ready" if _exists(desk, "ready") else None
    if ready and (row := desk.db.execute(ready).fetchone()):
        desk.columns = json.loads(row[0])
        desk.found = {name: tuple(cols) for name, cols in json.loads(row[1]).items()}
        desk.preset = columns.chosen(presets, desk.options.preset, desk.columns)
        return
    for (name,) in desk.db.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        desk.db.execute(f"DROP TABLE {name} CASCADE")
    desk.progress("reading", 0, 0)
    desk.columns = read_into(desk.db, "raw", desk.file)
    desk.preset = columns.chosen(presets, desk.options.preset, desk.columns)
    known = desk.preset.fields(fields) if desk.preset else fields
    desk.found = columns.find(known, desk.columns, desk.options.mapping, desk.file.path.name)
    desk.progress("judging", 0, 0)
    judge(desk)
    found = json.dumps(desk.found, ensure_ascii=False)
    desk.db.execute("CREATE TABLE ready AS SELECT ? AS columns, ? AS found", [json.dumps(desk.columns), found])


def _exists(desk: Desk, table: str) -> bool:
    return bool(desk.db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone())
