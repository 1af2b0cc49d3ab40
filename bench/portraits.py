"""Portraits, RFM and cohorts beside one hand-written query each, over the same Parquet files.

    python -m bench.portraits [--people 2000000] [--lines 20000000] [--rounds 3]

Fills a data folder of its own (kept where SIYU_HOME names one), asks in turns and prints one JSON document: seconds,
the best of each side, and their ratio. The hand-written queries know that this brand has one identity a person, no
corrections and no cancellations; ours do not. LTV columns have no counterpart in SQL and are timed apart.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
END, TODAY = "TIMESTAMP '2026-01-01'", "DATE '2026-01-01'"

ORDERS = f"""
    SELECT identity AS person, happened_at::TIMESTAMP AS happened_at, day, amount, discount, items
    FROM {{lake}} WHERE name = 'order.placed' AND identity IS NOT NULL AND happened_at < {END}::TIMESTAMPTZ"""

PULSES = f"""
    SELECT person, min(happened_at) AS first_order_at, max(happened_at) AS last_order_at, count(*) AS orders,
        sum(amount)::BIGINT AS gmv, sum(discount)::BIGINT AS discount,
        count(*) FILTER (happened_at >= {END} - INTERVAL 30 DAY) AS orders_30d,
        count(*) FILTER (happened_at >= {END} - INTERVAL 90 DAY) AS orders_90d,
        count(*) FILTER (happened_at >= {END} - INTERVAL 365 DAY) AS orders_365d,
        coalesce(sum(amount) FILTER (happened_at >= {END} - INTERVAL 30 DAY), 0)::BIGINT AS gmv_30d,
        coalesce(sum(amount) FILTER (happened_at >= {END} - INTERVAL 90 DAY), 0)::BIGINT AS gmv_90d,
        coalesce(sum(amount) FILTER (happened_at >= {END} - INTERVAL 365 DAY), 0)::BIGINT AS gmv_365d,
        min(day) AS first_day, max(day) AS last_day, count(DISTINCT day) AS order_days,
        min(day) FILTER (day >= {TODAY} - 30) AS back_day, max(day) FILTER (day < {TODAY} - 30) AS before_day,
        bit_count(bit_or(CASE WHEN day >= {TODAY} - 30 THEN 1::BIGINT << ({TODAY} - day) END)) AS back_days
    FROM orders GROUP BY person"""

SCORES = """
    CASE WHEN orders > 0 THEN 5 - ((recency_days >= e.r[1] + 1)::INT + (recency_days >= e.r[2] + 1)::INT
        + (recency_days >= e.r[3] + 1)::INT + (recency_days >= e.r[4] + 1)::INT) END AS r,
    CASE WHEN orders > 0 THEN 1 + (orders >= e.f[1] + 1)::INT + (orders >= e.f[2] + 1)::INT
        + (orders >= e.f[3] + 1)::INT + (orders >= e.f[4] + 1)::INT END AS f,
    CASE WHEN orders > 0 THEN 1 + (net >= e.m[1] + 100)::INT + (net >= e.m[2] + 100)::INT
        + (net >= e.m[3] + 100)::INT + (net >= e.m[4] + 100)::INT END AS m"""

EDGES = """
    SELECT quantile_cont(recency_days, [0.2, 0.4, 0.6, 0.8]) AS r, quantile_cont(orders, [0.2, 0.4, 0.6, 0.8]) AS f,
        quantile_cont(net, [0.2, 0.4, 0.6, 0.8]) AS m FROM drawn"""

PORTRAITS = f"""
    WITH orders AS ({ORDERS}),
    pulses AS ({PULSES}),
    gap AS (SELECT median((last_day - first_day) / (order_days - 1)) AS gap FROM pulses WHERE order_days > 1),
    returned AS (SELECT identity AS person, sum(amount)::BIGINT AS refunded FROM {{lake}}
        WHERE name = 'order.refunded' GROUP BY 1),
    catalogue AS (SELECT subject AS product,
            dense_rank() OVER (ORDER BY properties ->> '$.category') AS number, properties ->> '$.category' AS category
        FROM {{lake}} WHERE name = 'product.listed'),
    spent AS (
        SELECT (person << 20) | number AS k, sum(i.amount)::BIGINT AS amount
        FROM (SELECT person, unnest(items) AS i FROM orders) l JOIN catalogue ON catalogue.product = l.i.product
        GROUP BY 1),
    liked AS (
        SELECT k >> 20 AS person, count(*)::INT AS categories, max(amount) / sum(amount) AS favourite_share,
            max(amount * 1048576 + 1048575 - (k & 1048575), 3) AS top
        FROM spent GROUP BY 1),
    named AS (SELECT list(category ORDER BY number) AS names FROM (SELECT DISTINCT number, category FROM catalogue)),
    known AS (SELECT identity AS person, min(happened_at)::TIMESTAMP AS since FROM {{lake}}
        WHERE name = 'person.appeared' GROUP BY 1),
    stirred AS (SELECT identity AS person, count(DISTINCT day) AS more_days FROM {{lake}}
        WHERE name NOT LIKE 'order.%' AND name NOT LIKE 'person.%' AND name NOT LIKE 'product.%' GROUP BY 1),
    drawn AS (
        SELECT person, least(since, first_order_at) AS since, first_order_at, last_order_at,
            ({TODAY} - last_day)::INT AS recency_days, coalesce(orders, 0)::INT AS orders,
            coalesce(orders_30d, 0)::INT AS orders_30d, coalesce(orders_90d, 0)::INT AS orders_90d,
            coalesce(orders_365d, 0)::INT AS orders_365d,
            coalesce(gmv, 0) AS gmv, coalesce(gmv, 0) - coalesce(refunded, 0) AS net, coalesce(refunded, 0) AS refunded,
            coalesce(gmv_30d, 0) AS gmv_30d, coalesce(gmv_90d, 0) AS gmv_90d, coalesce(gmv_365d, 0) AS gmv_365d,
            (2 * gmv + orders) // (2 * orders) AS average_basket,
            CASE WHEN order_days > 1 THEN (last_day - first_day) / (order_days - 1) END AS repurchase_interval_days,
            list_transform(top, lambda x: names[1048575 - (x & 1048575)]) AS favourite_categories,
            favourite_share, coalesce(categories, 0) AS categories,
            discount / nullif(gmv + discount, 0) AS discount_share,
            (coalesce(order_days, 0) + coalesce(more_days, 0))::INT AS active_days,
            CASE WHEN last_day IS NULL THEN 'prospect' WHEN first_day >= {TODAY} - 30 THEN 'new'
                WHEN {TODAY} - last_day > 6 * greatest(7, CASE WHEN order_days >= 3
                    THEN (last_day - first_day) / (order_days - 1) ELSE gap END) THEN 'lapsed'
                WHEN {TODAY} - last_day > 3 * greatest(7, CASE WHEN order_days >= 3
                    THEN (last_day - first_day) / (order_days - 1) ELSE gap END) THEN 'at_risk'
                WHEN back_day - before_day > 6 * greatest(7, CASE WHEN order_days - back_days >= 3
                    THEN (before_day - first_day) / (order_days - back_days - 1) ELSE gap END) THEN 'won_back'
                WHEN order_days >= 4 AND greatest(7, (last_day - first_day) / (order_days - 1)) <= greatest(7, gap)
                    THEN 'loyal' ELSE 'active' END AS stage
        FROM known FULL JOIN pulses USING (person) LEFT JOIN returned USING (person) LEFT JOIN liked USING (person)
            LEFT JOIN stirred USING (person), gap, named),
    e AS ({EDGES} WHERE orders > 0)
    SELECT *, {{segment}} AS segment FROM (SELECT drawn.*, {SCORES} FROM drawn, e)"""

RFM = f"""
    WITH orders AS ({ORDERS}),
    drawn AS (SELECT person, ({TODAY} - max(day))::INT AS recency_days, count(*)::INT AS orders,
        sum(amount)::BIGINT AS net FROM orders GROUP BY person),
    e AS ({EDGES})
    SELECT *, {{segment}} AS segment FROM (SELECT drawn.*, {SCORES} FROM drawn, e)"""

COHORTS = f"""
    WITH orders AS ({ORDERS}),
    monthly AS (SELECT person, (year(day) * 12 + month(day) - 1)::INT AS m, count(*) AS orders,
        sum(amount)::BIGINT AS gmv FROM orders GROUP BY ALL),
    firsts AS (SELECT person, min(m) AS first FROM monthly GROUP BY person)
    SELECT first, m, count(*), sum(orders)::BIGINT, sum(gmv)::BIGINT FROM monthly JOIN firsts USING (person)
    GROUP BY ALL ORDER BY ALL"""


def main() -> None:
    given = arguments()
    os.environ.setdefault("SIYU_HOME", tempfile.mkdtemp(prefix="siyu-bench-"))
    os.environ.setdefault("SIYU_MEMORY", "4GB")
    os.environ |= {"SIYU_ZONE": "UTC", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    import django

    django.setup()
    if not (Path(os.environ["SIYU_HOME"]) / "lake" / "events").exists():
        from bench import world

        world.build(given.people, given.lines)
    results = {name: race(ours, theirs, given.rounds) for name, ours, theirs in contests()}
    results |= {"appraisal_seconds": appraisal(), "people": given.people, "lines": given.lines}
    results |= {
        "memory": os.environ["SIYU_MEMORY"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(results, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2_000_000)
    parser.add_argument("--lines", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def race(ours: Callable[[], list], theirs: Callable[[], list], rounds: int) -> dict:
    """Seconds of both, in turns; and whether they found the same."""
    seconds: dict[str, list[float]] = {"siyu": [], "hand_written": []}
    found = {}
    for _ in range(rounds):
        for name, ask in (("siyu", ours), ("hand_written", theirs)):
            began = time.perf_counter()
            found[name] = ask()
            seconds[name].append(round(time.perf_counter() - began, 2))
    best = {name: min(all_of_them) for name, all_of_them in seconds.items()}
    same = found["siyu"] == found["hand_written"]
    return {**seconds, "ratio": round(best["siyu"] / best["hand_written"], 2), "same": same}


def contests() -> list[tuple[str, Callable[[], list], Callable[[], list]]]:
    from siyu.core.eventlog import lake
    from siyu.core.insight import cohorts, portraits, rfm
    from siyu.core.insight.facts import open_facts

    CHECK = """SELECT count(*), sum(orders), sum(net), sum(r), sum(f), sum(m), count(DISTINCT segment) FROM portraits"""
    DEEP = """SELECT sum(hash(person, recency_days, orders, orders_30d, gmv_365d, net, average_basket, stage, segment,
        favourite_categories, categories::INT, active_days)) FROM portraits"""

    def by_hand(query: str, *checks: str) -> list:
        with lake.connect() as db:
            asked = query.format(lake=lake.scan("events"), segment=rfm.segment())
            db.execute(f"CREATE TEMP TABLE portraits AS {asked}")
            return [db.execute(check).fetchall() for check in checks]

    def our_portraits() -> list:
        with open_facts(AS_OF) as db:
            portraits.value(db, None)
            portraits.draw(db, AS_OF)
            return [db.execute(check).fetchall() for check in (CHECK, DEEP)]

    def our_rfm() -> list:
        with open_facts(AS_OF) as db:
            db.execute(f"""CREATE TEMP TABLE drawn AS SELECT person, ({TODAY} - max(day))::INT AS recency_days,
                count(*)::INT AS orders, sum(amount)::BIGINT AS net
                FROM orders WHERE person IS NOT NULL GROUP BY person""")
            db.execute(f"""CREATE TEMP TABLE portraits AS SELECT *, {rfm.segment()} AS segment
                FROM (SELECT *, {rfm.scores(db, "drawn")} FROM drawn)""")
            return [db.execute(CHECK).fetchall()]

    def our_cohorts() -> list:
        with open_facts(AS_OF) as db:
            return cohorts.cells(db)

    def cohorts_by_hand() -> list:
        with lake.connect() as db:
            return db.execute(COHORTS.format(lake=lake.scan("events"))).fetchall()

    return [
        ("portraits", our_portraits, lambda: by_hand(PORTRAITS, CHECK, DEEP)),
        ("rfm", our_rfm, lambda: by_hand(RFM, CHECK)),
        ("cohorts", our_cohorts, cohorts_by_hand),
    ]


def appraisal() -> float:
    """The LTV columns: reading, fitting, predicting, calibrating."""
    from siyu.core.insight import portraits
    from siyu.core.insight.facts import open_facts

    began = time.perf_counter()
    with open_facts(AS_OF) as db:
        portraits.appraised(db, AS_OF)
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
