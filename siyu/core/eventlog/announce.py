"""Writing to the log, in the caller's transaction."""

from collections.abc import Iterable
from contextvars import ContextVar

from django.db import connection, transaction

from siyu.core.eventlog.models import Entry
from siyu.events import Event
from siyu.kit import clock
from siyu.kit.rows import insert

MAX_DEPTH = 8
depth: ContextVar[int] = ContextVar("depth", default=0)
"""How many reactions stand between this moment and something that happened outside."""

COLUMNS = ("name", "at", "recorded_at", "identity", "source", "message", "imported", "depth", "body")


class ChainTooLong(Exception):
    """Reactions that cause each other without end are a bug."""


def announce(*events: Event, source: str = "siyu", imported: bool = False) -> None:
    """Say what happened: one row each, in the caller's transaction and never outside one.

    Imported history is marked: it reaches log, lake and portraits, and wakes no reaction that did not ask for history.
    """
    record(((event.name, event.at, event.identity, event.body()) for event in events), source=source, imported=imported)


def record(events: Iterable[tuple], *, source: str, imported: bool) -> int:
    """The same for rows of (name, at, identity, body as `Event.body` writes it): the road of imports."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is announced in the transaction that makes it true")
    if depth.get() > MAX_DEPTH:
        raise ChainTooLong(f"more than {MAX_DEPTH} reactions in a row")
    now, level = clock.now(), depth.get()
    rows = [(name, at, now, identity, source, None, imported, level, body) for name, at, identity, body in events]
    insert(Entry, COLUMNS, rows)
    return len(rows)
