"""Cohorts: people by the month of their first order, and what became of them; and the months themselves.

One pass over the orders: a month is the sum of a diagonal of the cohort table, so the two agree by construction.
"""

from datetime import datetime
from typing import Any

import duckdb

from siyu.core.insight import asof

COHORTS = """
    -- per cohort (brand month of the first order) and months since: people who ordered, orders, gmv;
    -- grain: person and month; leaves out orders of nobody known and cancelled ones
    WITH monthly AS (
        SELECT person, (year(day) * 12 + month(day) - 1)::INT AS m, count(*) AS orders, sum(amount)::BIGINT AS gmv
        FROM orders WHERE person IS NOT NULL GROUP BY ALL),
    firsts AS (SELECT person, min(m) AS first FROM monthly GROUP BY person)
    SELECT first, m, count(*) AS people, sum(orders)::BIGINT, sum(gmv)::BIGINT
    FROM monthly JOIN firsts USING (person) GROUP BY ALL ORDER BY ALL"""

Cell = tuple[int, int, int, int, int]
"""First month, month, people, orders, gmv; months are counted from the year 0."""


def cells(db: duckdb.DuckDBPyConnection) -> list[Cell]:
    return db.execute(COHORTS).fetchall()


def cohorts(found: list[Cell], as_of: datetime) -> list[dict[str, Any]]:
    """[{month, size, retained, gmv}]: people who ordered, and their gmv, in month +0, +1, … up to that of `as_of`."""
    table: dict[int, dict[int, tuple[int, int]]] = {}
    for first, month, people, _orders, gmv in found:
        table.setdefault(first, {})[month - first] = people, gmv
    last = last_month(as_of)
    return [
        {
            "month": label(first),
            "size": row[0][0],
            "retained": [row.get(later, (0, 0))[0] for later in range(last - first + 1)],
            "gmv": [row.get(later, (0, 0))[1] for later in range(last - first + 1)],
        }
        for first, row in sorted(table.items())
    ]


def months(found: list[Cell], as_of: datetime) -> list[dict[str, Any]]:
    """[{month, gmv, orders, buyers, new}] from the first order's month to that of `as_of`, quiet ones too."""
    if not found:
        return []
    span = range(min(cell[0] for cell in found), last_month(as_of) + 1)
    totals = {month: {"month": label(month), "gmv": 0, "orders": 0, "buyers": 0, "new": 0} for month in span}
    for first, month, people, orders, gmv in found:
        total: dict[str, Any] = totals[month]
        total["gmv"] += gmv
        total["orders"] += orders
        total["buyers"] += people
        total["new"] += people if first == month else 0
    return list(totals.values())


def last_month(as_of: datetime) -> int:
    day = asof.last_day(as_of)
    return day.year * 12 + day.month - 1


def label(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"
