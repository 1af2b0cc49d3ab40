"""The cheap road in: a batch of behaviour is compressed and committed as one row before anyone is answered.

What lands at the same time is committed together: one thread of the process takes whatever waits, writes it in one
transaction and tells each caller how it went. While the disk is busy with one group, the next one gathers. What is
small in a group is one row: a click that is a row of its own would cost the drain as much as a batch.
"""

import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import msgspec
import zstandard
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction

from siyu.core.eventlog.forgetting import without_the_erased
from siyu.core.eventlog.models import Batch, FailedMessage
from siyu.kit.refusals import Refused

GROUP = 256
"""Landings in one transaction, at most."""
SMALL = 16 * 1024
"""Bytes below which a body waits to be compressed with those that land beside it."""
UNSTORED = (OperationalError, InterfaceError)
PATIENCE = 5_000
"""Milliseconds that a locked SQLite file is waited for: a sender is better told to come again than kept."""


class NotStored(Refused):
    """The disk is full or the database is locked: nothing of it was kept, and the sender should come again."""

    code = "not_stored"
    status = 503


@dataclass(frozen=True)
class Fault:
    """A message that the door itself cannot take; it is kept beside the batch that it came in."""

    ordinal: int
    code: str
    reason: str
    body: str


def land(
    body: bytes,
    *,
    count: int,
    source: str,
    dialect: str,
    received_at: datetime,
    imported: bool = False,
    retries: int = 0,
    head: Mapping[str, Any] | None = None,
    faults: Sequence[Fault] = (),
) -> None:
    """Keep the batch and what could not be taken of it; when this returns both are durable.

    What the messages say is read by the drain, not here. Inside a transaction of the caller it is part of that.
    """
    said = msgspec.json.encode(head or {}).decode()
    landing = Landing()
    if count:
        row = Row(source, dialect, received_at, imported, count, retries, said, body)
        if len(body) < SMALL:
            landing.small.append(row)
        else:
            landing.batches.append(compressed(row))
    if faults:
        landing.failed += without_the_erased(
            [
                (source, dialect, one.ordinal, received_at, one.code, one.reason, said, one.body.replace("\0", "�"))
                for one in faults
            ]
        )
    if connections[settings.LANDING].in_atomic_block:
        write([landing])
    else:
        committer.commit(landing)


def unpack(batch: Batch) -> bytes:
    return zstandard.decompress(bytes(batch.body))


class Row(NamedTuple):
    """Of `Batch`, in the order of `BATCH`."""

    source: str
    dialect: str
    received_at: datetime
    imported: bool
    messages: int
    retries: int
    head: str
    body: bytes

    @property
    def kind(self) -> tuple:
        """Equal where rows say the same of themselves and came within the same second."""
        return (*self[:2], self.received_at.replace(microsecond=0), self.imported, self.retries, self.head)


@dataclass(eq=False)
class Landing:
    """What one caller wants kept, and how that ended."""

    batches: list[Row] = field(default_factory=list)
    small: list[Row] = field(default_factory=list)
    """Not compressed yet."""
    failed: list[tuple] = field(default_factory=list)
    gate: threading.Lock = field(default_factory=threading.Lock)
    error: Exception | None = None


class Committer:
    """One thread with one connection; it begins with the first landing of the process."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """As if nothing had been; also in a forked child, where the thread has stayed behind."""
        self.waiting: SimpleQueue[Landing | None] = SimpleQueue()
        self.beginning = threading.Lock()
        self.thread: threading.Thread | None = None

    def commit(self, landing: Landing) -> None:
        """Wait until it is durable; raises what kept it from being so."""
        landing.gate.acquire()
        self.waiting.put(landing)
        if self.thread is None:
            self.begin()
        landing.gate.acquire()
        if isinstance(landing.error, UNSTORED):
            raise NotStored("nothing was kept: the database is locked or the disk is full") from landing.error
        if landing.error:
            raise landing.error

    def begin(self) -> None:
        with self.beginning:
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="landing", daemon=True)
                self.thread.start()

    def run(self) -> None:
        going = True
        while going:
            group = self.gathered()
            going = group[-1] is not None
            keep([one for one in group if one])
        connections[settings.LANDING].close()

    def gathered(self) -> list[Landing | None]:
        """All that waits, at least one; None as the last: it is over."""
        group = [self.waiting.get()]
        with suppress(Empty):
            while group[-1] and len(group) < GROUP:
                group.append(self.waiting.get_nowait())
        return group

    def stop(self) -> None:
        """Give the connection back, after whatever waits; the next landing begins anew."""
        with self.beginning:
            if self.thread:
                self.waiting.put(None)
                self.thread.join()
                self.thread = None


def keep(group: list[Landing]) -> None:
    """Commit the group. What is wrong with one of it alone reaches that one alone."""
    error = fault_of(group)
    if error is None or isinstance(error, UNSTORED) or len(group) == 1:
        release(group, error)
        return
    for one in group:
        release([one], fault_of([one]))


def fault_of(group: list[Landing]) -> Exception | None:
    """Commit it at once; what went wrong, whatever it was: the thread must live on for the next."""
    connection = connections[settings.LANDING]
    try:
        patient(connection)
        write(group)
    except Exception as error:  # noqa: BLE001  it is raised where the caller waits
        with suppress(Exception):
            connection.close()
        return error
    return None


def release(group: list[Landing], error: Exception | None) -> None:
    for one in group:
        one.error = error
        one.gate.release()


def patient(connection: Any) -> None:
    if connection.vendor == "sqlite" and connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")


BATCH = ("source", "dialect", "received_at", "imported", "count", "retries", "head", "body")
FAILED = ("source", "dialect", "ordinal", "received_at", "code", "reason", "head", "body")


def write(group: list[Landing]) -> None:
    """All rows of a group by plain SQL: the ORM would take longer than the disk. A single statement needs no
    transaction around it."""
    connection = connections[settings.LANDING]
    adapt = connection.ops.adapt_datetimefield_value
    rows = [row for one in group for row in one.batches]
    rows += joined(row for one in group for row in one.small)
    batches = [value for row in rows for value in (*row[:2], adapt(row[2]), *row[3:])]
    failed = [(*row[:3], adapt(row[3]), *row[4:]) for one in group for row in one.failed]
    with transaction.atomic(using=settings.LANDING) if failed else nullcontext():
        if rows:
            execute(connection, insert(Batch, BATCH, len(rows)), batches)
        if failed:
            with connection.cursor() as cursor:
                cursor.executemany(insert(FailedMessage, FAILED), failed)


def execute(connection: Any, statement: str, values: Sequence[Any]) -> None:
    """Django's own cursor looks for the marks of every statement, and all who wait for the commit wait for that."""
    if connection.vendor != "sqlite" or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.execute(statement.replace("%s", "?"), values)


def joined(small: Iterable[Row]) -> Iterator[Row]:
    """Rows of one kind as one."""
    alike = defaultdict(list)
    for row in small:
        alike[row.kind].append(row)
    for some in alike.values():
        body, messages = b"\n".join(row.body for row in some), sum(row.messages for row in some)
        yield compressed(some[-1]._replace(messages=messages, body=body))


class Press(threading.local):
    """A compressor for each thread: to make one takes longer than to press a small body with it."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdCompressor(level=1)


press = Press()


def compressed(row: Row) -> Row:
    return row._replace(body=press.zstd.compress(row.body))


@cache
def insert(model: Any, names: tuple[str, ...], rows: int = 1) -> str:
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join(["%s"] * len(names))
    return f"INSERT INTO {model._meta.db_table} ({columns}) VALUES {', '.join([f'({marks})'] * rows)}"


committer = Committer()
os.register_at_fork(after_in_child=committer.begin_anew)
