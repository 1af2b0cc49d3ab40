"""The moment that figures are about."""

from datetime import UTC, date, datetime, timedelta

import duckdb
from django.conf import settings

from siyu.core.insight.facts import open_log
from siyu.events import BY_NAME
from siyu.kit import clock

HISTORY = timedelta(days=30)
"""A log in which nothing happened for so long is a past that was imported, and is judged as of its own end."""

SALES = {"order.placed", "order.corrected", "order.cancelled", "order.refunded"}
BOOKKEEPING = sorted(BY_NAME.keys() - SALES)
"""What operators, imports and members' own pages note down happens at any time; it does not make a past into a present.
What other senders tell does."""


def default_as_of(db: duckdb.DuckDBPyConnection, at: datetime | None = None) -> datetime:
    """`at`, or now; over imported history the end of the brand day of the newest order.

    `db` is a cursor of `facts` without an end.
    """
    at = at or clock.now()
    newest, last_order = db.execute(
        """SELECT max(happened_at), max(day) FILTER (name IN ('order.placed', 'order.corrected'))
        FROM log WHERE NOT list_contains($bookkeeping, name)""",
        {"bookkeeping": BOOKKEEPING},
    ).fetchall()[0]
    if last_order is None or newest.replace(tzinfo=UTC) >= at - HISTORY:
        return at
    return clock.day_begins(last_order + timedelta(days=1), settings.SIYU.zone)


def resolve(as_of: datetime | None, at: datetime | None = None) -> datetime:
    """The moment asked for, or the default one."""
    if as_of:
        return as_of
    with open_log() as db:
        return default_as_of(db, at)


def last_day(as_of: datetime) -> date:
    """The last brand day of which anything counts."""
    return clock.day_of(as_of - timedelta(microseconds=1), settings.SIYU.zone)


def zone() -> str:
    """The brand's zone as a SQL text."""
    return "'" + settings.SIYU.zone.replace("'", "''") + "'"


def today(as_of: datetime) -> str:
    """The brand day that `as_of` falls in, as a SQL date. At the first moment of a day nothing of it has happened."""
    return f"DATE '{clock.day_of(as_of, settings.SIYU.zone)}'"


def moment(as_of: datetime) -> str:
    """The moment as the SQL timestamp that the views use: UTC, without a zone."""
    return f"TIMESTAMP '{as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
