"""The summaries of people, from the lake's orders in one pass.

A purchase is a brand day with at least one order that stands; its amount is what was paid that day, net of nothing
(refunds are not taken off: the models describe buying). Orders of nobody known are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
from django.conf import settings

from siyu.core.insight.lifetime.summary import Followup, Summary
from siyu.kit.clock import day_of
from siyu.kit.money import exponent

UNITS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Window:
    """Whose purchases count: people whose first one is on or after `from_day` and, where `cohorts` names months
    (YYYY-MM), in one of them. Time is told in `unit`s, money in `currency`."""

    currency: str
    unit: str = "day"
    from_day: date | None = None
    cohorts: Sequence[str] = ()


def gather(db: duckdb.DuckDBPyConnection) -> None:
    """Make the temp table `purchases` (person, day, amount) that the questions below are asked of."""
    db.execute("""
        CREATE TEMP TABLE IF NOT EXISTS purchases AS
        SELECT person, day, sum(amount)::DOUBLE AS amount FROM orders WHERE person IS NOT NULL GROUP BY person, day""")


def span(db: duckdb.DuckDBPyConnection) -> tuple[date, date] | None:
    """The first and the last day of purchase."""
    first, last = _one(db, "SELECT min(day), max(day) FROM purchases")
    return (first, last) if first else None


def last_day(as_of: datetime) -> date:
    """The last brand day of which something had happened at that moment."""
    return day_of(as_of - timedelta(microseconds=1), settings.SIYU.zone)


def summaries(db: duckdb.DuckDBPyConnection, window: Window, *, until: date) -> Summary:
    """Each person as known at the end of the day `until`, in the order of their numbers."""
    found = db.execute(
        f"""
        SELECT person, count(*) - 1 AS x, max(day) - min(day) AS t_x, $until - min(day) AS T,
            sum(amount) AS spend, arg_min(amount, day) AS first
        FROM purchases WHERE day <= $until GROUP BY person HAVING {_chosen(window)} ORDER BY person""",
        _given(window, until=until),
    )
    rows = _columns(found)
    days, cents = UNITS[window.unit], 10 ** exponent(window.currency)
    x, first = rows["x"].astype(np.int64), rows["first"] / cents
    value = (rows["spend"] / cents - first) / np.maximum(x, 1)
    return Summary(
        person=rows["person"].astype(np.int64),
        x=x,
        t_x=rows["t_x"] / days,
        T=rows["T"] / days,
        value=np.where(x > 0, value, 0.0),
        first=first,
        days=days,
    )


def followup(db: duckdb.DuckDBPyConnection, window: Window, *, cut: date, until: date) -> Followup:
    """Each person as known at the end of the day `cut`, and what they did after it until the end of `until`."""
    then = summaries(db, window, until=cut)
    middle = cut + (until - cut) / 2
    found = db.execute(
        """
        SELECT person, count(*) AS orders, sum(amount) AS spend, count(*) FILTER (day > $middle) AS late
        FROM purchases WHERE day > $cut AND day <= $until GROUP BY person ORDER BY person""",
        {"cut": cut, "until": until, "middle": middle},
    )
    rows = _columns(found)
    place = np.searchsorted(then.person, rows["person"])
    known = np.isin(rows["person"], then.person)
    orders, spend = np.zeros(len(then), np.int64), np.zeros(len(then))
    orders[place[known]] = rows["orders"][known]
    spend[place[known]] = rows["spend"][known] / 10 ** exponent(window.currency)
    late = float(rows["late"][known].sum() / orders.sum()) if orders.sum() else 0.5
    return Followup(then, orders, spend, (until - cut) // timedelta(days=1), late)


def _chosen(window: Window) -> str:
    rules = ["true"]
    if window.from_day:
        rules.append("min(day) >= $from")
    if window.cohorts:
        rules.append("list_contains($cohorts, strftime(min(day), '%Y-%m'))")
    return " AND ".join(rules)


def _given(window: Window, **more: Any) -> dict[str, Any]:
    chosen = {"from": window.from_day, "cohorts": list(window.cohorts) or None}
    return more | {name: value for name, value in chosen.items() if value}


def _columns(result: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    return {name: np.asarray(column) for name, column in result.fetchnumpy().items()}


def _one(db: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = db.execute(query).fetchone()
    assert row
    return row
