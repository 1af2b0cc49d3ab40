"""The score of every buyer, as one query over the facts.

A component's points depend only on how many buyers have less: no scale to set, no outlier that squeezes the others.
Two people with the same value get the same points, and whoever has most gets them all, alone or not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from django.conf import settings

from siyu.core.insight.asof import default_as_of
from siyu.core.insight.facts import open_facts
from siyu.core.insight.screening.components import COMPONENTS, CURVE, SCORED, reason
from siyu.kit import clock

YEAR, QUARTER, MONTH = 365, 91, 28
"""Days that depth and breadth, regularity, and activity look back on."""


def candidates(
    as_of: datetime | None = None,
    category: str | None = None,
    limit: int = 20,
    db: duckdb.DuckDBPyConnection | None = None,
) -> list[dict[str, Any]]:
    """The best candidates, first first: person (number), score and reasons, largest first, that sum to the score.

    `category` is a category or a department. `db` is a cursor of `open_facts(as_of)`, where there is one already.
    """
    with facts(as_of, db) as (cursor, moment):
        score(cursor, moment, category or "")
        return top(cursor, category or "", limit)


@contextmanager
def facts(
    as_of: datetime | None, db: duckdb.DuckDBPyConnection | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, datetime]]:
    """A cursor over the facts as of a moment, and that moment."""
    if db is not None:
        yield db, as_of or default_as_of(db)
        return
    if as_of is None:
        with open_facts() as now:
            as_of = default_as_of(now)
    with open_facts(as_of) as cursor:
        yield cursor, as_of


def last_day(as_of: datetime) -> date:
    """The brand day that ends at or holds `as_of`."""
    return clock.day_of(as_of - timedelta(microseconds=1), settings.SIYU.zone)


def score(db: duckdb.DuckDBPyConnection, as_of: datetime, category: str = "") -> int:
    """Make the table `scored`, and say how many people it holds.

    Columns: person, score, and per component its value, `_below` (how many have less) and `_points`; orders and
    recency (days) for whoever compares.
    """
    db.execute(f"CREATE OR REPLACE TEMP TABLE measured AS {measured(category)}", measured_params(as_of, category))
    below = ", ".join(f"rank() OVER (ORDER BY {c.code}) - 1 AS {c.code}_below" for c in SCORED)
    points = ", ".join(
        f"floor({c.weight} * power({c.code}_below / greatest(max({c.code}_below) OVER (), 1), {CURVE}) + 1e-9)::INT"
        f" AS {c.code}_points"
        for c in SCORED
    )
    total = " + ".join(f"{c.code}_points" for c in SCORED)
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE scored AS
        SELECT *, {total} AS score FROM (
            SELECT *, {points} FROM (SELECT *, count(*) OVER () AS people, {below} FROM measured))""")
    row = db.execute("SELECT count(*) FROM scored").fetchone()
    assert row
    return row[0]


def measured(category: str) -> str:
    """One row a buyer with the value of every component. What came back is taken off what was spent."""
    wanted = "coalesce(p.category = $category OR p.department = $category, false)" if category else "true"
    affinity = "(100 * max(m.depth) // max(m.everything))" if category else "count(*) FILTER (led)"
    return f"""
        WITH lines AS (
            SELECT person, day, "order", product, amount FROM sales
            UNION ALL
            SELECT person, day, NULL, i.product, -i.amount FROM (SELECT person, day, unnest(items) AS i FROM refunds)),
        bought AS (
            SELECT l.person, l."order", l.product, l.amount, $today::DATE - l.day AS age,
                coalesce(p.category, p.department, '') AS category, {wanted} AS wanted
            FROM lines l LEFT JOIN products p USING (product)
            WHERE l.person IS NOT NULL AND l.day BETWEEN $today::DATE - {YEAR - 1} AND $today::DATE),
        people AS (
            SELECT person, sum(amount)::BIGINT AS everything,
                coalesce(sum(amount) FILTER (wanted), 0)::BIGINT AS depth,
                coalesce(bit_count(bit_or(1::BIGINT << (age // 7)) FILTER (
                    wanted AND "order" IS NOT NULL AND age < {QUARTER})), 0)::INT AS regularity,
                count(DISTINCT product) FILTER (wanted AND "order" IS NOT NULL) AS breadth,
                count(DISTINCT "order") FILTER (wanted AND age < {MONTH}) AS activity,
                count(DISTINCT "order") FILTER (wanted) AS orders,
                min(age) FILTER (wanted AND "order" IS NOT NULL) AS recency
            FROM bought GROUP BY person HAVING depth > 0),
        places AS (
            SELECT person, rank() OVER (PARTITION BY category ORDER BY sum(amount) DESC)
                <= ceil(count(*) OVER (PARTITION BY category) / 10) AS led
            FROM bought WHERE category <> '' GROUP BY person, category HAVING sum(amount) > 0)
        SELECT m.person, m.depth, m.regularity, m.breadth, m.activity, m.orders, m.recency, {affinity} AS affinity
        FROM people m LEFT JOIN places USING (person) GROUP BY ALL"""


def measured_params(as_of: datetime, category: str) -> dict[str, Any]:
    return {"today": last_day(as_of)} | ({"category": category} if category else {})


def top(db: duckdb.DuckDBPyConnection, category: str, limit: int) -> list[dict[str, Any]]:
    """The first of `scored` with their reasons; the same score: the smaller number first."""
    columns = ", ".join(f"{c.code}, 100 * {c.code}_below // people, {c.code}_points" for c in SCORED)
    rows = db.execute(f"SELECT person, score, {columns} FROM scored ORDER BY score DESC, person LIMIT ?", [limit])
    return [
        {"person": person, "score": points, "reasons": reasons(figures, category)}
        for person, points, *figures in rows.fetchall()
    ]


def reasons(figures: list[int], category: str) -> list[dict[str, Any]]:
    """From (value, percent of buyers below, points) per component; largest first, in their order where equal."""
    triples = zip(SCORED, figures[0::3], figures[1::3], figures[2::3], strict=True)
    said = [
        reason(part, points=points, value=value, above=above, category=category, currency=settings.SIYU.currency)
        for part, value, above, points in triples
    ]
    return sorted(said, key=lambda one: -one["points"])


__all__ = ["COMPONENTS", "candidates", "facts", "last_day", "score", "top"]
