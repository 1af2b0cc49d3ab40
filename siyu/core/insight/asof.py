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
    if happened_since(db, at - HISTORY):
        return at
    last = db.execute("SELECT max(day) FROM log WHERE name IN ('order.placed', 'order.corrected')").fetchall()[0][0]
    return clock.day_begins(last + timedelta(days=1), settings.SIYU.zone) if last else at


def happened_since(db: duckdb.DuckDBPyConnection, since: datetime) -> bool:
    """Asked by day too, which a file is skipped by: in a house at work nothing but the last month is read."""
    found = db.execute(
        """SELECT 1 FROM log WHERE day >= $day AND happened_at >= $since AND NOT list_contains($bookkeeping, name)
        LIMIT 1""",
        {
            "day": clock.day_of(since, settings.SIYU.zone),
            "since": since.astimezone(UTC).replace(tzinfo=None),
            "bookkeeping": BOOKKEEPING,
        },
    )
    return bool(found.fetchall())


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
