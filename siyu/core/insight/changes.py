"""What changed between the last four weeks and the four before them, and how much of it came from where.

Four whole weeks have the same weekdays. A change of gmv is shared out twice, exactly: over its factors (how many
bought, how often, how much at a time) by logarithmic means (LMDI I: Ang 2005, Energy Policy 33), and over groups of
what was bought and of who bought it, whose own changes add up to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from django.conf import settings

from siyu.kit import clock

DAYS = 28
SHOWN = 5
FACTORS = ("buyers", "orders_per_buyer", "aov")


@dataclass(frozen=True)
class Weeks:
    """Brand days `[start, middle)` are compared with `[middle, end)`."""

    start: date
    middle: date
    end: date


def weeks(as_of: datetime) -> Weeks:
    """The whole days before `as_of`."""
    end = clock.day_of(as_of, settings.SIYU.zone)
    return Weeks(end - timedelta(days=2 * DAYS), end - timedelta(days=DAYS), end)


def changes(db: duckdb.DuckDBPyConnection, as_of: datetime, two: Weeks | None = None) -> dict[str, Any]:
    """On a cursor opened `as_of`; of other two stretches of days, where they are said. Money in minor units; groups
    largest change first, the rest of each partition last, without a name."""
    two = two or weeks(as_of)
    db.execute(f"CREATE OR REPLACE TEMP TABLE lately AS {lately(two)}")
    before, now = (dict(zip(COLUMNS, row, strict=True)) for row in db.execute(TOTALS).fetchall())
    whole = now["gmv"] - before["gmv"]
    groups = {name: grouped(db.execute(query).fetchall(), whole) for name, query in GROUPS.items()}
    db.execute("DROP TABLE lately")
    return {
        "from": two.middle.isoformat(),
        "until": two.end.isoformat(),
        "before_from": two.start.isoformat(),
        "before": before,
        "now": now,
        "gmv": whole,
        "factors": factors(before, now),
        "groups": groups,
    }


def lately(two: Weeks) -> str:
    """Orders of known people in either four weeks. Grain: order."""
    return f"""
        SELECT "order", o.person, amount, items, day >= DATE '{two.middle}' AS late,
            day_of_first >= CASE WHEN late THEN DATE '{two.middle}' ELSE DATE '{two.start}' END AS newcomer
        FROM orders o JOIN (SELECT person, min(day) AS day_of_first FROM orders GROUP BY person) f USING (person)
        WHERE day >= DATE '{two.start}' AND day < DATE '{two.end}'"""


COLUMNS = ("buyers", "newcomers", "orders", "gmv")
TOTALS = """
    SELECT count(DISTINCT person), count(DISTINCT person) FILTER (newcomer), count("order"),
        coalesce(sum(amount), 0)::BIGINT
    FROM (VALUES (false), (true)) side(late) LEFT JOIN lately USING (late) GROUP BY late ORDER BY late"""
SPLIT = """coalesce(sum(amount) FILTER (NOT late), 0)::BIGINT AS before,
    coalesce(sum(amount) FILTER (late), 0)::BIGINT AS now"""
LINES = f"""
    SELECT {{column}}, {SPLIT}
    FROM (SELECT late, unnest(items, recursive := true) FROM lately) JOIN products USING (product)
    WHERE {{column}} <> '' GROUP BY ALL ORDER BY abs(now - before) DESC, 1 LIMIT {SHOWN}"""
GROUPS = {
    "department": LINES.format(column="department"),
    "category": LINES.format(column="category"),
    "buyer": f"SELECT CASE WHEN newcomer THEN 'new' ELSE 'returning' END, {SPLIT} FROM lately GROUP BY 1 ORDER BY 1",
}


def grouped(rows: Sequence[tuple[str, int, int]], whole: int) -> list[dict[str, Any]]:
    """`whole` is the change of all; what no named group explains is the rest."""
    named: list[dict[str, Any]] = [
        {"name": name, "before": before, "now": now, "change": now - before} for name, before, now in rows
    ]
    rest = whole - sum(one["change"] for one in named)
    return [*named, *([{"name": "", "before": None, "now": None, "change": rest}] if rest and named else [])]


def factors(before: dict[str, int], now: dict[str, int]) -> list[dict[str, Any]]:
    """gmv = buyers x orders a buyer x value of an order: what each brought of the change. None where one side sold
    nothing."""
    if not (before["gmv"] > 0 and now["gmv"] > 0):
        return []
    sides = [(one["buyers"], one["orders"] / one["buyers"], one["gmv"] / one["orders"]) for one in (before, now)]
    whole = now["gmv"] - before["gmv"]
    mean = whole / math.log(now["gmv"] / before["gmv"]) if whole else before["gmv"]
    shares = [round(mean * math.log(b / a)) for a, b in zip(*sides, strict=True)]
    largest = max(range(len(shares)), key=lambda n: abs(shares[n]))
    shares[largest] += whole - sum(shares)  # rounding: to the whole minor unit they are exact
    return [
        {"name": name, "before": a, "now": b, "change": share}
        for name, a, b, share in zip(FACTORS, *sides, shares, strict=True)
    ]
