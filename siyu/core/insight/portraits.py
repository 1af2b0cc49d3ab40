"""Portraits: one row a person, computed set-wise from the lake alone.

The orders are read once for what a person bought, and once more, line by line, for what they like. Every other column
follows from those two and from refunds. Amounts are minor units, windows are rolling days before `as_of`.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.insight import asof, lifecycle, lifetime, rfm
from siyu.core.insight.facts import open_facts
from siyu.core.insight.lifetime import Appraisal, NothingBought, Window, appraise
from siyu.events import BY_NAME
from siyu.kit import clock
from siyu.kit.refusals import Refused

FILE = "portraits.parquet"
WINDOWS = (30, 90, 365)
FAVOURITES = 3
CATEGORY_BITS = 20
"""Person and category travel as one number, so that ten million groups stay small: at most a million categories."""


class NotYet(Refused):
    code = "portraits_not_yet"
    status = 409


def compute(db: duckdb.DuckDBPyConnection, as_of: datetime, appraisal: Appraisal | None = None) -> int:
    """Make the temp table `portraits` on a cursor that was opened `as_of` the same moment; how many people it holds.

    `appraisal`: of the same moment, where there is one already.
    """
    value(db, appraisal or appraised(db, as_of))
    draw(db, as_of)
    return int(db.execute("SELECT count(*) FROM portraits").fetchall()[0][0])


def draw(db: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """All that follows from orders, refunds and behaviour; what people are worth stands in the table `valued`."""
    today = asof.today(as_of)
    parts = {
        "pulses": bought(as_of),
        "returned": RETURNED,
        "categories_by_name": CATEGORIES,
        "spent": SPENT,
        "liked": LIKED,
        "stirred": STIRRED,
        "more_days": MORE_DAYS,
        "drawn": together(today),
    }
    for name, query in parts.items():
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE portraits AS {finish(db, today)}")
    for name in (*parts, "valued"):
        db.execute(f"DROP TABLE {name}")


def bought(as_of: datetime) -> str:
    """What each person bought: orders, gmv (paid, after discounts, before refunds), discounts, first and last, and
    the same within windows. Grain: person. Leaves out cancelled orders and those of nobody known."""
    end = asof.moment(as_of)
    windows = ", ".join(
        f"""count(*) FILTER (happened_at >= {end} - INTERVAL {days} DAY) AS orders_{days}d,
        coalesce(sum(amount) FILTER (happened_at >= {end} - INTERVAL {days} DAY), 0)::BIGINT AS gmv_{days}d"""
        for days in WINDOWS
    )
    return f"""
        SELECT person, min(happened_at) AS first_order_at, max(happened_at) AS last_order_at, count(*) AS orders,
            sum(amount)::BIGINT AS gmv, sum(discount)::BIGINT AS discount, {windows},
            {lifecycle.pulse(asof.today(as_of))}
        FROM orders WHERE person IS NOT NULL GROUP BY person"""


RETURNED = """
    -- money that went back, by the day it went back. Grain: person
    SELECT person, sum(amount)::BIGINT AS refunded FROM refunds WHERE person IS NOT NULL GROUP BY person"""

CATEGORIES = """
    -- categories in the order of their names; a product without one is counted by its department
    SELECT category, row_number() OVER (ORDER BY category) AS number
    FROM (SELECT DISTINCT coalesce(category, department) AS category FROM products) WHERE category IS NOT NULL"""

SPENT = f"""
    -- gmv by category. Grain: person and category. Leaves out lines of products without one
    SELECT (s.person << {CATEGORY_BITS}) | c.number AS person_category, sum(s.amount)::BIGINT AS amount
    FROM sales s JOIN (
        SELECT product, number FROM products JOIN categories_by_name c
        ON coalesce(products.category, department) = c.category) c USING (product)
    WHERE s.person IS NOT NULL GROUP BY 1"""

LIKED = f"""
    -- the categories with most gmv, the share of the first, and how many there are. Grain: person.
    -- Amount and name are one number while they are compared: equal amounts go by name, in every engine alike
    SELECT person_category >> {CATEGORY_BITS} AS person, count(*)::INT AS categories,
        max(amount) / nullif(sum(amount), 0) AS favourite_share,
        max(amount * {1 << CATEGORY_BITS} + {(1 << CATEGORY_BITS) - 1} - (person_category & {(1 << CATEGORY_BITS) - 1}),
            {FAVOURITES}) AS top
    FROM spent GROUP BY 1"""

STIRRED = f"""
    -- days with behaviour: what apps and pages sent, no name of ours. Grain: person and day
    SELECT DISTINCT person, day FROM events WHERE name NOT IN {tuple(BY_NAME)} AND person IS NOT NULL"""

MORE_DAYS = """
    -- such days on which nothing was ordered. Grain: person
    SELECT person, count(*) AS more_days FROM stirred ANTI JOIN orders USING (person, day) GROUP BY person"""


def appraised(db: duckdb.DuckDBPyConnection, as_of: datetime) -> Appraisal | None:
    """What buyers are still going to buy; none where nobody has bought."""
    try:
        return appraise(db, Window(settings.SIYU.currency), until=asof.last_day(as_of))
    except NothingBought:
        return None


def value(db: duckdb.DuckDBPyConnection, appraisal: Appraisal | None) -> None:
    """Expected purchases and what they are worth, with a 95 % interval. Grain: buyer."""
    db.execute("""CREATE OR REPLACE TEMP TABLE valued (
        person BIGINT, alive DOUBLE, expected_orders DOUBLE, ltv BIGINT, ltv_low BIGINT, ltv_high BIGINT)""")
    if appraisal:
        db.register("appraised", lifetime.table(appraisal))
        db.execute("INSERT INTO valued FROM appraised")
        db.unregister("appraised")


def together(today: str) -> str:
    """All columns but those that compare a person with everybody."""
    windows = ", ".join(
        f"coalesce(orders_{days}d, 0)::INT AS orders_{days}d, coalesce(gmv_{days}d, 0) AS gmv_{days}d"
        for days in WINDOWS
    )
    return f"""
        SELECT person, least(since, first_order_at) AS since, first_order_at, last_order_at,
            ({today} - last_day)::INT AS recency_days, coalesce(orders, 0)::INT AS orders, {windows},
            coalesce(gmv, 0) AS gmv, coalesce(gmv, 0) - coalesce(refunded, 0) AS net,
            coalesce(refunded, 0) AS refunded, (2 * gmv + orders) // (2 * orders) AS average_basket,
            CASE WHEN order_days > 1 THEN (last_day - first_day) / (order_days - 1) END AS repurchase_interval_days,
            top, favourite_share, coalesce(categories, 0) AS categories,
            discount / nullif(gmv + discount, 0) AS discount_share,
            (coalesce(order_days, 0) + coalesce(more_days, 0))::INT AS active_days,
            first_day, last_day, order_days, back_day, before_day, back_days
        FROM persons FULL JOIN pulses USING (person) LEFT JOIN returned USING (person)
            LEFT JOIN liked USING (person) LEFT JOIN more_days USING (person)"""


def finish(db: duckdb.DuckDBPyConnection, today: str) -> str:
    """All columns of the contract, in its order."""
    return f"""
        SELECT person, since, first_order_at, last_order_at, recency_days, orders, orders_30d, orders_90d, orders_365d,
            gmv, net, refunded, gmv_30d, gmv_90d, gmv_365d, average_basket, repurchase_interval_days,
            list_transform(top, lambda x: names[{(1 << CATEGORY_BITS) - 1} - (x & {(1 << CATEGORY_BITS) - 1})])
                AS favourite_categories,
            favourite_share, categories, discount_share, active_days, stage, r, f, m, {rfm.segment()} AS segment,
            alive, expected_orders, ltv, ltv_low, ltv_high
        FROM (SELECT *, {lifecycle.stage(today, lifecycle.median_gap(db))} AS stage,
                {rfm.scores(db, "drawn")}
            FROM drawn) LEFT JOIN valued USING (person),
            (SELECT list(category ORDER BY number) AS names FROM categories_by_name)"""


def refresh(as_of: datetime) -> int:
    """Compute and keep them where everybody finds them; readers see the old file or the new one."""
    version = lake.table("events").version()
    with open_facts(as_of) as db:
        people = compute(db, as_of)
        keep(db, as_of, version)
    return people


def keep(db: duckdb.DuckDBPyConnection, as_of: datetime, version: int) -> None:
    """Write the temp table `portraits`; `version` is that of the lake, read before the cursor was opened."""
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    db.execute(f"""
        COPY (SELECT *, {asof.moment(as_of)} AS as_of FROM portraits ORDER BY person) TO '{quoted(fresh)}'
        (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{lake: '{version}', as_of: '{as_of.isoformat()}'}})""")
    fresh.replace(place)


def scan() -> str:
    """SQL for the kept portraits, with `as_of`, for a FROM clause."""
    if not path().exists():
        raise NotYet("No portraits yet: import orders, and the worker draws them.")
    return f"read_parquet('{quoted(path())}')"


def kept() -> tuple[int, datetime] | None:
    """The version of the lake that the kept portraits show, and the moment they are about."""
    if not path().exists():
        return None
    said = pq.read_metadata(path()).metadata
    return int(said[b"lake"]), datetime.fromisoformat(said[b"as_of"].decode())


def fresh(as_of: datetime) -> bool:
    """Whether the kept ones show today's lake and the brand day of `as_of`."""
    found = kept()
    if found is None or found[0] != lake.table("events").version():
        return False
    zone = settings.SIYU.zone
    return clock.day_of(found[1].astimezone(UTC), zone) == clock.day_of(as_of, zone)


def path() -> Path:
    return Path(settings.SIYU.home) / "derived" / FILE


def quoted(file: Path) -> str:
    return str(file).replace("'", "''")
