"""Screening and next product against what came after, on the packaged sample; prints one JSON document.

    .venv/bin/python -m bench.screening            what docs/screening.md reports
    .venv/bin/python -m bench.screening --tune     how the weights were chosen, on what came before May

The sample goes straight into a lake of its own, so that neither an import nor anybody's data folder is touched.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[1] / "siyu" / "sample"
SHARES = (0.05, 0.1)
EVENTS = """
    WITH said AS (
        SELECT 'product.listed' AS name, TIMESTAMPTZ '2017-01-01' AS happened_at, NULL AS identity,
            product_id AS subject, NULL AS amount, NULL AS items,
            json_object('title', title, 'category', product_category, 'department', department, 'brand', brand)::VARCHAR
                AS properties
        FROM '{sample}/products.parquet'
        UNION ALL
        SELECT 'order.placed', min(transaction_timestamp)::TIMESTAMPTZ, household_id, basket_id,
            sum(sales_value * 100)::BIGINT,
            list({{'product': product_id, 'quantity': quantity::BIGINT, 'amount': (sales_value * 100)::BIGINT,
                'discount': 0::BIGINT}} ORDER BY product_id, sales_value), '{{}}'
        FROM '{sample}/orders.parquet' GROUP BY household_id, basket_id)
    SELECT row_number() OVER (ORDER BY happened_at, name, subject, identity) AS position, name, happened_at,
        happened_at AS recorded_at, happened_at::DATE AS day, identity, 'bench' AS source, NULL AS message,
        true AS imported, subject, amount, 0 AS discount, items, properties,
        NULL::VARCHAR AS context, strftime(happened_at, '%Y-%m') AS month
    FROM said ORDER BY month, name, position"""


def load() -> None:
    from siyu.core.eventlog import lake

    with lake.connect() as db:
        rows = db.sql(EVENTS.format(sample=SAMPLE)).to_arrow_table().cast(lake.SCHEMAS["events"])
    lake.append("events", rows, app="bench", version=1)


def first_of(month: int) -> datetime:
    return datetime(2017, month, 1, tzinfo=UTC)


def departments(until: datetime) -> list[str]:
    from siyu.core.insight.facts import open_facts
    from siyu.core.insight.screening.rounds import largest_departments
    from siyu.core.insight.screening.score import gather

    with open_facts(until) as db:
        gather(db, until)
        return largest_departments(db)


def judged() -> list[dict[str, Any]]:
    from siyu.core.insight.screening import judge

    train, test = first_of(5), first_of(7)
    asked = itertools.product(["", *departments(train)], SHARES)
    return [judge(train_until=train, test_until=test, k=share, category=category) for category, share in asked]


def recommended() -> list[dict[str, Any]]:
    from siyu.core.insight.next_product import evaluate

    return [
        evaluate(train_until=first_of(4), test_until=first_of(5)),
        evaluate(train_until=first_of(5), test_until=first_of(7)),
    ]


def costs() -> dict[str, Any]:
    """Each in a process of its own: seconds (wall and CPU) and the largest it grew, in MB."""
    return {
        what: json.loads(subprocess.check_output([sys.executable, "-m", "bench.screening", "--cost", what]))
        for what in COSTS
    }


def of_candidates() -> None:
    from siyu.core.insight.screening import candidates

    candidates(as_of=first_of(7))


def of_fit() -> None:
    from siyu.core.insight.next_product import fit

    fit(first_of(7))


def of_nothing() -> None:
    from siyu.core.insight.facts import open_facts

    with open_facts(first_of(7)) as db:
        db.execute("SELECT count(*) FROM orders").fetchall()


COSTS: dict[str, Callable[[], None]] = {"counting": of_nothing, "candidates": of_candidates, "fit": of_fit}


def cost(what: str) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    COSTS[what]()
    return {
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": round(peak_kb() / 1024),
    }


def peak_kb() -> int:
    """Of this program alone; what `getrusage` says begins with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def tune() -> dict[str, Any]:
    """Future spend captured, as a multiple of what past spend alone captures: January–February judged on March and
    January–March on April, for all categories together (one half) and for the ten largest departments (the other)."""
    import numpy as np

    from siyu.core.insight.screening.components import SCORED

    folds = [fold(month, category) for month in (3, 4) for category in ("", *departments(first_of(4)))]
    grid = [w for w in itertools.product(range(0, 21, 2), repeat=len(SCORED)) if sum(w) == 20 and w[0] >= 8]
    found = []
    for curve in (1, 2, 3, 4, 6, 8):
        raised = [below**curve for _, below, _, _ in folds]
        for weights in [*grid, CHOSEN]:
            scores = [np.array(weights) @ points for points in raised]
            gains = [gain(values, one) for values, one in zip(scores, folds, strict=True)]
            halves = [
                np.mean([g for g, one in zip(gains, folds, strict=True) if bool(one[0]) is own])
                for own in (False, True)
            ]
            found.append((float(np.mean(halves)), curve, [50 * w for w in weights]))
    found.sort(key=lambda one: -one[0])
    codes = [component.code for component in SCORED]
    chosen = next(one for one in found if one[1] == 4 and one[2] == [50 * w for w in CHOSEN])
    return {"components": codes, "best": found[:10], "chosen": chosen, "tried": len(found)}


CHOSEN = (13, 2, 2, 1, 2)


def fold(month: int, category: str) -> tuple[str, Any, Any, Any]:
    """Category, share of buyers below by component, past and future spend; by person."""
    import numpy as np

    from siyu.core.insight.facts import open_facts
    from siyu.core.insight.screening.components import SCORED
    from siyu.core.insight.screening.judging import followed
    from siyu.core.insight.screening.score import gather, score

    until = first_of(month)
    with open_facts(until) as db:
        gather(db, until)
        score(db, category)
        known = db.execute("SELECT * FROM scored ORDER BY person").fetchnumpy()
    below = np.stack([known[f"{part.code}_below"] / max(known[f"{part.code}_below"].max(), 1) for part in SCORED])
    future = followed(np.asarray(known["person"]), until, first_of(month + 1), category)
    return category, below, np.asarray(known["depth"]), future["spend"]


def gain(scores: Any, one: tuple[str, Any, Any, Any]) -> float:
    import numpy as np

    _, _, depth, future = one

    def captured(values: Any, share: float) -> float:
        return float(future[np.argsort(-values, kind="stable")[: int(np.ceil(len(values) * share))]].sum())

    return float(np.mean([captured(scores, share) / captured(depth, share) for share in SHARES]))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--tune", action="store_true")
    options.add_argument("--cost", choices=COSTS)
    asked = options.parse_args()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "siyu.conf.settings", "SIYU_ZONE": "UTC", "SIYU_CURRENCY": "USD"}
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as home:
        os.environ["SIYU_HOME"] = os.environ.get("SIYU_BENCH_HOME", home)
        os.environ["SIYU_BENCH_HOME"] = os.environ["SIYU_HOME"]
        import django

        django.setup()
        if asked.cost:
            print(json.dumps(cost(asked.cost)))
            return
        load()
        found = tune() if asked.tune else {"costs": costs(), "screening": judged(), "next_product": recommended()}
        print(json.dumps(found, default=str, ensure_ascii=False))


if __name__ == "__main__":
    main()
