"""Stands in for `insight.asof` until that lands."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from siyu.kit import clock


def default_as_of(db: duckdb.DuckDBPyConnection) -> datetime:
    row = db.execute("SELECT max(happened_at), max(day) FILTER (name = 'order.placed') FROM log").fetchone()
    newest, day = row or (None, None)
    if newest is None or day is None or clock.now() - newest.replace(tzinfo=UTC) < timedelta(days=30):
        return clock.now()
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(settings.SIYU.zone)).astimezone(UTC)


def resolve(as_of: datetime | None) -> datetime:
    from siyu.core.insight.facts import open_facts

    if as_of:
        return as_of
    with open_facts() as db:
        return default_as_of(db)
