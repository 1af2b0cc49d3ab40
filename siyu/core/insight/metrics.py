"""The figures of the report, each one named expression over one relation, and what stands behind it.

Every figure can be opened: `behind` lists the people, orders or refunds that it is made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from siyu.core.insight import asof, portraits
from siyu.core.insight.facts import open_facts
from siyu.kit.refusals import Refused


@dataclass(frozen=True)
class Metric:
    """`figure` is computed over portraits: people as of the moment, each with all they did before it."""

    name: str
    figure: str
    unit: Literal["people", "orders", "money", "share", "moment"]
    counts: str
    leaves_out: str
    rows: Literal["people", "orders", "refunds"]
    which: str = "true"
    """Of the rows, those that count."""


BUYERS = "orders > 0"
METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "people", "count(*)", "people",
            "known persons: whoever an identity was seen of, merged by today's map",
            "visitors that nobody can name, and excluded ones who never bought", "people",
        ),
        Metric(
            "buyers", "count(*) FILTER (orders > 0)", "people",
            "people with at least one order", "people whose every order was cancelled", "people", BUYERS,
        ),
        Metric(
            "orders", "coalesce(sum(orders), 0)::BIGINT", "orders",
            "paid orders of known people", "cancelled orders, gifts, orders of nobody known", "orders",
        ),
        Metric(
            "gmv", "coalesce(sum(gmv), 0)::BIGINT", "money",
            "what was paid for the orders, after discounts and before refunds",
            "cancelled orders, orders of nobody known", "orders",
        ),
        Metric(
            "refunds", "coalesce(sum(refunded), 0)::BIGINT", "money",
            "what went back to known people, on the day it went", "refunds to nobody known", "refunds",
        ),
        Metric(
            "net", "coalesce(sum(net), 0)::BIGINT", "money",
            "gmv less refunds, also of refunds whose sale is older than the log", "what gmv leaves out", "orders",
        ),
        Metric(
            "aov", "((2 * sum(gmv) + sum(orders)) // nullif(2 * sum(orders), 0))::BIGINT", "money",
            "average order value: gmv divided by orders, to the whole minor unit", "what gmv leaves out", "orders",
        ),
        Metric(
            "arpu",
            "round(sum(net) / nullif(count(*) FILTER (orders > 0), 0))::BIGINT", "money",
            "average revenue per user: net divided by buyers, to the whole minor unit",
            "prospects, who have bought nothing", "people", BUYERS,
        ),
        Metric(
            "repurchase_rate", "count(*) FILTER (orders > 1) / nullif(count(*) FILTER (orders > 0), 0)", "share",
            "buyers with two orders or more, divided by buyers; two orders on one day are two",
            "what buyers leaves out", "people", "orders > 1",
        ),
        Metric(
            "first_order_at", "min(first_order_at)", "moment",
            "the time of the first order", "what orders leaves out", "orders",
        ),
        Metric(
            "last_order_at", "max(last_order_at)", "moment",
            "the time of the last order", "what orders leaves out", "orders",
        ),
    )
}  # fmt: skip

LINES = """
    -- lines of orders of known people. Grain: line. Leaves out lines without a price: they are gifts, told as gift.sent
    SELECT coalesce(sum(len(items)), 0)::BIGINT FROM orders WHERE person IS NOT NULL"""

UNIDENTIFIED = """
    -- orders, gmv and refunds of nobody known: part of no other figure
    SELECT count(*) AS orders, coalesce(sum(amount), 0)::BIGINT AS gmv,
        (SELECT coalesce(sum(amount), 0)::BIGINT FROM refunds WHERE person IS NULL) AS refunds
    FROM orders WHERE person IS NULL"""


def headline(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Every metric, over the relation `portraits`."""
    figures = ", ".join(f"{metric.figure} AS {name}" for name, metric in METRICS.items())
    return one(db, f"SELECT {figures} FROM portraits")


def shares(db: duckdb.DuckDBPyConnection, column: str, names: tuple[str, ...]) -> dict[str, int]:
    """How many people of each name, those without any too."""
    found = dict(db.execute(f"SELECT {column}, count(*) FROM portraits GROUP BY ALL").fetchall())
    return {name: found.get(name, 0) for name in names}


class NoSuchMetric(Refused):
    code = "no_such_metric"
    status = 404


class NoSuchFilter(Refused):
    code = "no_such_filter"


ROWS = {
    "people": """
        SELECT person, since, first_order_at, last_order_at, orders, gmv, net, stage, segment
        FROM portraits WHERE {which} ORDER BY gmv DESC, person""",
    "orders": """
        SELECT "order", person, happened_at, day, amount, discount, len(items) AS lines
        FROM orders WHERE person IS NOT NULL AND {which} ORDER BY happened_at DESC, "order" DESC""",
    "refunds": """
        SELECT refund, "order", person, happened_at, day, amount
        FROM refunds WHERE person IS NOT NULL AND {which} ORDER BY happened_at DESC, refund DESC""",
}
OF_PEOPLE = ("stage", "segment", "r", "f", "m")
OF_DAYS = {
    "month": "strftime(day, '%Y-%m') = $month",
    "from": "day >= try_cast($from AS DATE)",
    "until": "day < try_cast($until AS DATE)",
}
OF_LINE = """"order" IN (SELECT "order" FROM sales JOIN products USING (product) WHERE {name} = ${name})"""
NEWCOMERS = """(
    SELECT person FROM orders WHERE person IS NOT NULL
    GROUP BY person HAVING min(day) >= try_cast($from AS DATE))"""
OF_ORDERS = {
    "department": OF_LINE.format(name="department"),
    "category": OF_LINE.format(name="category"),
    "buyer": f"(person IN {NEWCOMERS}) = ($buyer = 'new')",
}


def behind(
    metric: str, filters: Mapping[str, Any] | None = None, limit: int = 100, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    """The people, orders or refunds that a figure is made of, the first `limit` of them.

    Filters: `person`, `stage`, `segment`, `r`, `f`, `m`, `cohort` (YYYY-MM of the first order); for orders and refunds
    `month` (YYYY-MM), `from` and `until` (days, the second not counted); for orders `department` and `category` of a
    line, and with `from` `buyer`: new or returning. People are those of the kept portraits.
    """
    if metric not in METRICS:
        raise NoSuchMetric(f"There is no figure called {metric}.")
    asked = METRICS[metric]
    conditions, values = where(filters or {}, asked.rows)
    query = ROWS[asked.rows].format(which=" AND ".join([asked.which, *conditions])) + " LIMIT $limit"
    with open_facts(as_of or kept_at()) as db:
        db.execute(f"CREATE TEMP VIEW portraits AS FROM {portraits.scan()}")
        return table(db, query, values | {"limit": limit})


def kept_at() -> datetime | None:
    kept = portraits.kept()
    return kept[1] if kept else None


def where(filters: Mapping[str, Any], rows: str) -> tuple[list[str], dict[str, Any]]:
    conditions = []
    for name in filters:
        if name in OF_DAYS and rows != "people":
            conditions.append(OF_DAYS[name])
        elif name in OF_ORDERS and rows == "orders" and (name != "buyer" or "from" in filters):
            conditions.append(OF_ORDERS[name])
        elif name == "person":
            conditions.append("person = $person")
        elif name in (*OF_PEOPLE, "cohort"):
            own = f"strftime(timezone({asof.zone()}, timezone('UTC', first_order_at)), '%Y-%m')"
            match = f"{own if name == 'cohort' else name} = ${name}"
            conditions.append(match if rows == "people" else f"person IN (SELECT person FROM portraits WHERE {match})")
        else:
            raise NoSuchFilter(f"{rows} cannot be asked for by {name}.")
    return conditions, dict(filters)


def one(db: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    return table(db, query, {})[0]


def table(db: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = db.execute(query, dict(values))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
