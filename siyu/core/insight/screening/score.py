"""The score of every buyer, as one query over the facts.

A component's points depend only on how many buyers have less: no scale to set, no outlier that squeezes the others.
Two people with the same value get the same points, and whoever has most gets them all, alone or not.
"""

from contextlib import nullcontext
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from django.conf import settings

from siyu.core.insight import asof
from siyu.core.insight.facts import open_facts
from siyu.core.insight.screening.components import CURVE, SCORED, reason
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
    as_of = as_of or (asof.default_as_of(db) if db else asof.resolve(None))
    with nullcontext(db) if db else open_facts(as_of) as cursor:
        gather(cursor, as_of)
        score(cursor, category or "")
        return top(cursor, category or "", limit)


def last_day(as_of: datetime) -> date:
    """The brand day that ends at or holds `as_of`."""
    return clock.day_of(as_of - timedelta(microseconds=1), settings.SIYU.zone)


def gather(db: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Make the table `bought` on a cursor of that moment: a year's lines with their days of age; what came back, less.

    One gathering serves every category. Who was erased is in the sums of the house, and nobody to invite.
    """
    db.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE bought AS
        WITH lines AS (
            SELECT person, day, "order", product, amount FROM sales
            UNION ALL
            SELECT person, day, NULL, i.product, -i.amount FROM (SELECT person, day, unnest(items) AS i FROM refunds))
        SELECT person, "order", product, amount, ($today - day)::INT AS age, category, department
        FROM lines LEFT JOIN products USING (product)
        WHERE person IS NOT NULL AND day BETWEEN $today - {YEAR - 1} AND $today AND person NOT IN (
            SELECT person FROM events WHERE name = 'person.erased' AND person IS NOT NULL
            EXCEPT SELECT person FROM persons)""",
        {"today": last_day(as_of)},
    )


def score(db: duckdb.DuckDBPyConnection, category: str = "") -> int:
    """Make the table `scored` from `bought`, and say how many people it holds.

    Columns: person, score, and per component its value, `_below` (how many have less) and `_points`; orders and
    recency (days) for whoever compares.
    """
    asked = {"category": category} if category else {}
    db.execute(f"CREATE OR REPLACE TEMP TABLE measured AS {WITHIN if category else OVERALL}", asked)
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


MEASURES = f"""
    person, sum(amount)::BIGINT AS depth,
    coalesce(bit_count(bit_or(1::BIGINT << (age // 7)) FILTER ("order" IS NOT NULL AND age < {QUARTER})), 0)::INT
        AS regularity,
    count(DISTINCT product) FILTER ("order" IS NOT NULL) AS breadth,
    count(DISTINCT "order") FILTER (age < {MONTH}) AS activity,
    count(DISTINCT "order") AS orders,
    min(age) FILTER ("order" IS NOT NULL) AS recency"""

OVERALL = f"""
    -- affinity: in how many categories a person is among the top tenth of buyers. Grain: buyer
    WITH people AS (SELECT {MEASURES} FROM bought GROUP BY person HAVING depth > 0 AND orders > 0),
    places AS (
        SELECT person, rank() OVER (PARTITION BY category ORDER BY sum(amount) DESC)
            <= ceil(count(*) OVER (PARTITION BY category) / 10) AS led
        FROM (SELECT person, coalesce(category, department, '') AS category, amount FROM bought)
        WHERE category <> '' GROUP BY person, category HAVING sum(amount) > 0)
    SELECT people.*, coalesce(led, 0) AS affinity
    FROM people LEFT JOIN (SELECT person, count(*) FILTER (led) AS led FROM places GROUP BY person) USING (person)"""


WITHIN = f"""
    -- one category or department; affinity: of a hundred coins of theirs, how many go to it. Grain: its buyer
    WITH people AS (
        SELECT {MEASURES} FROM bought WHERE category = $category OR department = $category
        GROUP BY person HAVING depth > 0 AND orders > 0)
    SELECT people.*, 100 * depth // greatest(everything, 1) AS affinity
    FROM people JOIN (SELECT person, sum(amount)::BIGINT AS everything FROM bought GROUP BY person) USING (person)"""


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
