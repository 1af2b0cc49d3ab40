"""The cockpit over a long history: the page as it is asked warm, and what it rests on beside SQL written by hand.

    .venv/bin/python -m bench.cockpit [--events 1000000]

A synthetic brand of `bench.world`: a tenth of the events are orders, the rest page views of twelve UTM sources. Prints
one JSON document: the page warm (median of nine; limit that the project set itself: one second at 100 million events),
its first answer in a new process, drawing all that it shows anew from the lake, and the same figures by hand in one
cold DuckDB over the same files (limit: drawing takes at most twice as long). Drawing fits the models of lifetime value
too, which no SQL does: `models_s` is that part, and `sql_ratio` leaves it out. On a machine with other work the
processor seconds say more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

ORDERS_PART, PEOPLE_PART = 10, 40
END = "TIMESTAMP '2026-01-01'"
BY_HAND = {
    "months": """
        WITH m AS (SELECT identity, month, sum(amount) AS gmv, count(*) AS orders FROM {lake}
            WHERE name = 'order.placed' GROUP BY ALL),
        f AS (SELECT identity, min(month) AS first FROM m GROUP BY 1)
        SELECT first, month, count(*), sum(orders), sum(gmv) FROM m JOIN f USING (identity) GROUP BY ALL""",
    "changes": f"""
        SELECT i.product, sum(i.amount) FILTER (late), sum(i.amount) FILTER (NOT late)
        FROM (SELECT unnest(items) AS i, day >= DATE '2025-12-04' AS late FROM {{lake}}
            WHERE name = 'order.placed' AND day >= DATE '2025-11-06' AND happened_at < {END}) GROUP BY 1""",
    "came": """
        WITH firsts AS (
            SELECT identity, min(happened_at) AS bought_at FROM {lake} WHERE name = 'order.placed' GROUP BY 1),
        touches AS (SELECT identity, arg_min(context ->> '$.campaign.source', happened_at) AS source
            FROM {lake} SEMI JOIN firsts USING (identity) WHERE name = 'Page Viewed' GROUP BY 1)
        SELECT source, count(*), count(*) FILTER (bought_at IS NOT NULL) FROM firsts LEFT JOIN touches USING (identity)
        GROUP BY 1 ORDER BY 1""",
    "loop": f"""
        WITH came AS (SELECT identity FROM {{lake}} WHERE name = 'person.appeared'
            GROUP BY 1 HAVING min(happened_at) >= {END} - INTERVAL 90 DAY),
        touches AS (SELECT identity, arg_min(context ->> '$.campaign.source', happened_at) AS source
            FROM {{lake}} SEMI JOIN came USING (identity) WHERE name = 'Page Viewed' GROUP BY 1),
        bought AS (SELECT identity, count(*) AS orders FROM {{lake}} WHERE name = 'order.placed' GROUP BY 1)
        SELECT source, least(orders, 2), count(*)
        FROM came LEFT JOIN touches USING (identity) LEFT JOIN bought USING (identity) GROUP BY ALL""",
    "moves": """
        WITH days AS (SELECT identity, day FROM {lake} WHERE name = 'order.placed' AND day < DATE '2026-01-01'),
        before AS (
            SELECT identity, max(day) AS last, (max(day) - min(day)) / nullif(count(DISTINCT day) - 1, 0) AS usual
            FROM days WHERE day < DATE '2025-12-01' GROUP BY 1),
        now AS (SELECT identity, max(day) AS last, (max(day) - min(day)) / nullif(count(DISTINCT day) - 1, 0) AS usual
            FROM days GROUP BY 1)
        SELECT least((DATE '2025-12-01' - before.last) // greatest(coalesce(before.usual, 30), 7), 6),
            least((DATE '2026-01-01' - now.last) // greatest(coalesce(now.usual, 30), 7), 6), count(*)
        FROM now LEFT JOIN before USING (identity) GROUP BY ALL""",
    "candidates": """
        WITH bought AS (SELECT identity, day, "order", i.product AS product, i.amount AS amount, category,
                (DATE '2025-12-31' - day)::INT AS age
            FROM (SELECT identity, day, subject AS "order", unnest(items) AS i FROM {lake}
                WHERE name = 'order.placed' AND day >= DATE '2025-01-01')
            LEFT JOIN (SELECT subject AS product, any_value(properties ->> '$.category') AS category
                FROM {lake} WHERE name = 'product.listed' GROUP BY 1) ON product = i.product),
        people AS (SELECT identity, sum(amount) AS depth, count(DISTINCT product) AS breadth,
                bit_count(bit_or(1::BIGINT << (age // 7)) FILTER (age < 91)) AS regularity,
                count(DISTINCT "order") FILTER (age < 28) AS activity, count(DISTINCT "order") AS orders
            FROM bought GROUP BY 1),
        led AS (SELECT identity, count(*) FILTER (first) AS affinity FROM (
            SELECT identity, rank() OVER (PARTITION BY category ORDER BY sum(amount) DESC)
                <= ceil(count(*) OVER (PARTITION BY category) / 10) AS first
            FROM bought GROUP BY identity, category) GROUP BY 1)
        SELECT *, rank() OVER (ORDER BY depth) + rank() OVER (ORDER BY breadth) + rank() OVER (ORDER BY regularity)
            + rank() OVER (ORDER BY activity) + rank() OVER (ORDER BY affinity) AS score
        FROM people JOIN led USING (identity) ORDER BY score DESC LIMIT 20""",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--first-answer", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.first_answer:
        print(json.dumps(asked(1)))
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "SIYU_HOME": home, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings", "SIYU_ZONE": "UTC",
            "SIYU_HOSTS": "testserver",
        }  # fmt: skip
        os.environ.setdefault("SIYU_MEMORY", "4GB")
        print(json.dumps(measured(args.events), indent=1))


def measured(events: int) -> dict:
    import django

    os.makedirs(f"{os.environ['SIYU_HOME']}/imports/arriving", exist_ok=True)
    django.setup()
    import scipy.special  # loaded when first asked for, whatever the history  # noqa: F401
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(events)
    from siyu.core.insight.refresh import refresh_derived
    from siyu.features.traffic import returns, sightings
    from siyu.kit import clock

    condensed = timed(sightings.files)
    drawn = timed(lambda: (refresh_derived(clock.now()), returns.refresh(clock.now())))
    models = timed(appraised)
    hand = min(timed(lambda: [by_hand(sql) for sql in parts(portraits=True)]) for _ in range(2))
    first = json.loads(subprocess.check_output([sys.executable, "-m", "bench.cockpit", "--first-answer"]))
    warm = asked(10)[1:]
    return {
        "events": events, "warm_s": statistics.median(warm), "first_s": first[0], "condense_s": condensed.wall,
        "draw_s": drawn, "models_s": models, "by_hand_s": hand,
        "ratio": [round(a / b, 2) for a, b in zip(drawn, hand, strict=True)],
        "sql_ratio": [round((a - c) / b, 2) for a, b, c in zip(drawn, hand, models, strict=True)],
    }  # fmt: skip


def appraised() -> None:
    from siyu.core.insight import asof, portraits
    from siyu.core.insight.facts import open_facts

    as_of = asof.resolve(None)
    with open_facts(as_of) as db:
        portraits.appraised(db, as_of)


def fill(events: int) -> None:
    from bench import traffic

    orders = events // ORDERS_PART
    traffic.fill(argparse.Namespace(people=max(100, events // PEOPLE_PART), orders=orders, touches=events - orders))


def parts(*, portraits: bool) -> list[str]:
    from bench.portraits import PORTRAITS
    from siyu.core.insight import rfm

    drawn = f"SELECT stage, segment, count(*), sum(gmv), sum(net) FROM ({PORTRAITS}) GROUP BY ALL"
    return [*BY_HAND.values(), *([drawn.replace("{segment}", rfm.segment())] if portraits else [])]


def by_hand(query: str) -> list:
    """In an engine that knows nothing yet."""
    import duckdb

    from siyu.core.eventlog import lake

    with duckdb.connect() as db:
        db.execute(f"SET memory_limit = '{os.environ['SIYU_MEMORY']}'")
        return db.execute(query.replace("{lake}", lake.scan("events"))).fetchall()


def asked(times: int) -> list[float]:
    """Seconds of the page, as an operator is answered."""
    import django

    django.setup()
    from django.test import Client

    from siyu.core.team.models import Operator

    owner, _ = Operator.objects.get_or_create(username="bench", defaults={"is_superuser": True})
    client = Client()
    client.force_login(owner)
    found = []
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get("/cockpit")
        assert answer.status_code == 200 and len(answer.content) > 20_000, "the cockpit shows nothing"
        found.append(round(time.perf_counter() - began, 3))
    return found


class Took(NamedTuple):
    """Seconds, and those of processors."""

    wall: float
    cpu: float


def timed(do: Callable[[], object]) -> Took:
    began, worked = time.perf_counter(), time.process_time()
    do()
    return Took(round(time.perf_counter() - began, 2), round(time.process_time() - worked, 2))


if __name__ == "__main__":
    main()
