"""Does the score find those who will buy? Held against RFM, past spend and chance, on what came after.

Everybody who had bought before `train_until` is ranked four ways; what the first k of each then did until `test_until`
is compared. Intervals are the 2.5th and 97.5th percentile of a seeded bootstrap over people, the rankings held fixed.
"""

from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings

from siyu.core.insight import rfm
from siyu.core.insight.facts import open_facts
from siyu.core.insight.screening.score import gather, score
from siyu.kit import clock, money
from siyu.kit.refusals import Refused

METRICS = ("spend_per_person", "active", "captured", "orders_per_person")
"""Minor units; share with an order; share of all that these people spent; number."""
Figures = dict[str, np.ndarray]


class NothingToJudge(Refused):
    code = "nothing_to_judge"


def judge(
    *,
    train_until: datetime,
    test_until: datetime,
    k: float = 0.1,
    category: str = "",
    resamples: int = 1_000,
    seed: int = 1,
) -> dict[str, Any]:
    """The first `k` (below 1: that share, else that many) by score, RFM sum, past spend and chance; ties by person.

    Each figure is [value, low, high]. `lead` holds how much the score is ahead of the others in the same resamples.
    """
    people = known(train_until, category)
    if not len(people["person"]):
        raise NothingToJudge("nobody had bought anything before that day")
    future = followed(people["person"], train_until, test_until, category)
    if not future["spend"].sum() > 0:
        raise NothingToJudge("nobody has bought anything between the two days")
    chosen = int(np.ceil(k * len(people["person"]))) if k < 1 else min(int(k), len(people["person"]))
    groups = {name: first(values, chosen) for name, values in rankings(people).items()}
    groups["chance"] = np.ones(len(people["person"]))
    drawn = resampled(groups, future, chosen / len(people["person"]), resamples, seed)
    return {
        "train_until": train_until,
        "test_until": test_until,
        "category": category,
        "people": len(people["person"]),
        "chosen": chosen,
        "future_spend": int(future["spend"].sum()),
        "by": {name: dict(zip(METRICS, interval(drawn[name]), strict=True)) for name in groups},
        "lead": {
            name: dict(zip(METRICS, interval(drawn["score"] - drawn[name]), strict=True))
            for name in groups
            if name != "score"
        },
    }


def known(train_until: datetime, category: str) -> Figures:
    """What was known of every buyer then, by person."""
    with open_facts(train_until) as db:
        gather(db, train_until)
        score(db, category)
        return db.execute("SELECT person, score, depth, orders, recency FROM scored ORDER BY person").fetchnumpy()


def followed(people: np.ndarray, since: datetime, until: datetime, category: str) -> Figures:
    """What these people then spent (what came back taken off) and how often they ordered."""
    wanted = "AND (p.category = $category OR p.department = $category)" if category else ""
    with open_facts(until) as db:
        found = db.execute(
            f"""
            WITH lines AS (
                SELECT person, happened_at, "order", product, amount FROM sales
                UNION ALL
                SELECT person, happened_at, NULL, i.product, -i.amount
                FROM (SELECT person, happened_at, unnest(items) AS i FROM refunds))
            SELECT person, sum(amount)::BIGINT AS spend, count(DISTINCT "order") AS orders
            FROM lines LEFT JOIN products p USING (product)
            WHERE happened_at >= $since::TIMESTAMPTZ::TIMESTAMP AND person IS NOT NULL {wanted} GROUP BY person""",
            {"since": since} | ({"category": category} if category else {}),
        ).fetchnumpy()
    came = np.isin(found["person"], people)
    place = np.searchsorted(people, found["person"][came])
    future = {"spend": np.zeros(len(people)), "orders": np.zeros(len(people))}
    for name, values in future.items():
        values[place] = found[name][came]
    return future


def rankings(people: Figures) -> Figures:
    whole = 10 ** money.exponent(settings.SIYU.currency)
    scores = -fifths(people["recency"]) + fifths(people["orders"]) + fifths(people["depth"], step=whole)
    return {"score": people["score"], "rfm": scores, "spend": people["depth"]}


def fifths(values: np.ndarray, step: int = 1) -> np.ndarray:
    """How many of the edges of RFM each value has passed."""
    return (rfm.FIFTHS * values[:, None] >= np.array(rfm.edges(values, step))).sum(axis=1)


def first(values: np.ndarray, chosen: int) -> np.ndarray:
    """1 for the highest `chosen`, the smaller number first where equal."""
    best = np.zeros(len(values))
    best[np.argsort(-values, kind="stable")[:chosen]] = 1
    return best


def resampled(groups: Figures, future: Figures, share: float, resamples: int, seed: int) -> Figures:
    """Metrics of every group, a row a draw; the first row is what was seen."""
    spend, orders = future["spend"], future["orders"]
    sums = np.stack([part * what for part in groups.values() for what in (1, spend, orders > 0, orders)], axis=1)
    chance = np.random.default_rng(seed)
    weights = np.ones(len(spend))
    drawn = np.empty((resamples + 1, sums.shape[1]))
    for n in range(resamples + 1):
        drawn[n] = weights @ sums
        weights = np.bincount(chance.integers(0, len(spend), len(spend)), minlength=len(spend)).astype(float)
    everything = drawn[:, list(groups).index("chance") * 4 + 1]
    found = {name: metrics(drawn[:, 4 * n : 4 * n + 4], everything) for n, name in enumerate(groups)}
    found["chance"][:, METRICS.index("captured")] = share
    return found


def metrics(sums: np.ndarray, everything: np.ndarray) -> np.ndarray:
    people, spend, active, orders = sums.T
    people = np.maximum(people, 1)
    return np.stack([spend / people, active / people, spend / np.maximum(everything, 1), orders / people], axis=1)


def interval(drawn: np.ndarray) -> list[list[float]]:
    low, high = np.quantile(drawn[1:], [0.025, 0.975], axis=0)
    return [[round(float(v), 4) for v in one] for one in zip(drawn[0], low, high, strict=True)]


def default_windows(as_of: datetime) -> tuple[datetime, datetime]:
    """The last two whole months before `as_of` against all before them."""
    end = clock.day_of(as_of, settings.SIYU.zone).replace(day=1)
    months = end.year * 12 + end.month - 1 - 2
    start = end.replace(year=months // 12, month=months % 12 + 1)
    return clock.day_begins(start, settings.SIYU.zone), clock.day_begins(end, settings.SIYU.zone)
