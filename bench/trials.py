"""What a trial costs: drawing and entering a million people, and its effect against the bare aggregation it needs.

    SIYU_HOME=/tmp/bench-trials .venv/bin/python -m bench.trials [--people 1000000] [--json]

Each figure is the best of three, the yardstick in the same run: a scan of orders and refunds joined to (person, arm),
summed per person and then per arm, in DuckDB and with nothing else.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
HOME = os.environ.setdefault("SIYU_HOME", tempfile.mkdtemp(prefix="bench-trials-"))

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
BARE = """
    WITH did AS (
        SELECT o.person, e.arm,
            count(*) FILTER (o.happened_at >= $noon) AS y, sum(o.amount) FILTER (o.happened_at >= $noon) AS g,
            count(*) FILTER (o.happened_at < $noon) AS x, sum(o.amount) FILTER (o.happened_at < $noon) AS p
        FROM orders o JOIN bare e ON e.person = o.person
        WHERE o.happened_at >= $noon::TIMESTAMP - INTERVAL 90 DAY AND o.happened_at < $noon::TIMESTAMP + INTERVAL 30 DAY
        GROUP BY ALL)
    SELECT arm, sum(y), sum(y * y), sum(x), sum(x * x), sum(x * y), sum(g), sum(g * g), sum(p), sum(p * p), sum(p * g)
    FROM did GROUP BY arm"""


def best(do: Callable[[], Any]) -> float:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=1_000_000)
    asked.add_argument("--json", action="store_true")
    said = asked.parse_args()
    prepare()
    figures = run(said.people)
    print(json.dumps(figures) if said.json else "\n".join(f"{name:<28} {value}" for name, value in figures.items()))
    if HOME.startswith(tempfile.gettempdir() + "/bench-trials-"):
        shutil.rmtree(HOME)


def prepare() -> None:
    from pathlib import Path

    (Path(HOME) / "imports" / "arriving").mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    from django.core.management import call_command

    for name in ("default", "landing"):
        call_command("migrate", database=name, verbosity=0)


def run(people: int) -> dict[str, Any]:
    import numpy as np

    from siyu.core.insight import trials
    from siyu.core.insight.facts import open_facts
    from siyu.core.insight.trials import measuring

    everybody = np.arange(1, people + 1)
    trial = trials.open_trial(key=f"bench {time.time()}", arms={"A": 4500, "B": 4500}, window=30, by="bench", at=NOON,
        marketing=False)  # fmt: skip
    drawn = best(lambda: trials.arms_of(trial, everybody))
    began = time.perf_counter()
    trials.enter(trial, everybody, at=NOON)
    entered = time.perf_counter() - began
    orders(people)
    at = NOON + timedelta(days=30)
    with open_facts(at) as db:
        import pyarrow as pa

        db.register("bare", pa.table({"person": everybody, "arm": trials.arms_of(trial, everybody)}))
        noon = {"noon": NOON.replace(tzinfo=None)}
        bare = best(lambda: db.execute(BARE, noon).fetchall())

        def effect() -> None:
            measuring.gather(db, trial, at)
            measuring.reckon(db, trial, at)

        took = best(effect)
    return {
        "people": people, "draw_s": round(drawn, 4), "enter_s": round(entered, 3), "bare_s": round(bare, 3),
        "effect_s": round(took, 3), "times_bare": round(took / bare, 2),
    }  # fmt: skip


def orders(people: int) -> None:
    """As many orders as people over four months, straight into the lake."""
    from siyu.core.eventlog import lake

    with lake.connect() as db:
        db.execute(f"""
            CREATE TEMP TABLE made AS
            SELECT *, happened_at::DATE AS day, strftime(happened_at, '%Y-%m') AS month FROM (
                SELECT i AS position, 'order.placed' AS name, i AS subject, (hash(i * 3) % 5000)::BIGINT AS amount,
                    TIMESTAMPTZ '{NOON.isoformat()}' - INTERVAL 90 DAY
                        + to_seconds((hash(i) % (120 * 86400))::BIGINT) AS happened_at,
                    (hash(i * 7) % {people})::BIGINT + 1 AS identity, false AS imported, 'bench' AS source,
                    NULL::BIGINT AS message
                FROM range(1, {people + 1}) r(i))""")
        lake.append("events", "made", app="bench", version=1, db=db)


if __name__ == "__main__":
    main()
