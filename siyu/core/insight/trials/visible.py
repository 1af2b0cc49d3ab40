"""What a holdout of this size could see, before anything is sent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import scipy

from siyu.core.insight.asof import moment
from siyu.core.insight.facts import open_facts
from siyu.core.insight.trials.effect import POWER, freedom
from siyu.core.insight.trials.lot import CIRCLE


class Visible(NamedTuple):
    """`mean` per person of the last period; `lift` the smallest that is seen with a chance of 80 %, and `relative` to
    the mean. None: with nobody kept out or nobody reached nothing is ever seen."""

    mean: float
    lift: float | None
    relative: float | None


def visible(people: int, *, holdout: int, mean: float, variance: float) -> Visible:
    """`holdout`: basis points that are kept out. Without CUPED, which only makes it better."""
    out = people * holdout / CIRCLE
    if out < 2 or people - out < 2:
        return Visible(mean, None, None)
    sides = out, people - out
    lift = sure(sides) * sqrt(sum(variance / side for side in sides))
    return Visible(mean, lift, lift / mean if mean else None)


def sure(sides: Sequence[float]) -> float:
    """Standard errors between nothing and a lift that is found in 80 of 100 trials, at 5 %: more where few are kept
    out."""
    free = freedom([1 / side for side in sides], sides)
    return float(scipy.stats.t.ppf(0.975, free) + scipy.stats.t.ppf(POWER, free))


def foreseen(people: np.ndarray, *, holdout: int, window: int, at: datetime, times: float = 1.0) -> dict[str, Visible]:
    """For orders, buyers and GMV, from what these people did in the `window` days before `at`. There are so many times
    as many as these, who were drawn from them."""
    since = at - timedelta(days=window)
    with open_facts(at) as db:
        db.register("asked", pa.table({"identity": np.unique(people)}))
        rows = db.execute(f"""
            WITH those AS (SELECT DISTINCT coalesce(l.person, a.identity) AS person
                FROM asked a LEFT JOIN links l ON l.identity = a.identity),
            did AS (SELECT person, count(*) AS orders, 1 AS buyers, sum(amount)::DOUBLE AS gmv
                FROM orders WHERE happened_at >= {moment(since.astimezone(UTC))} AND person IN (FROM those) GROUP BY person)
            SELECT (SELECT count(*) FROM those), {", ".join(f"sum({o})::DOUBLE, sum({o} * {o})::DOUBLE" for o in SEEN)}
            FROM did""").fetchall()  # noqa: E501
        db.unregister("asked")
    [[many, *sums]] = rows
    return {
        name: visible(round(many * times), holdout=holdout, **spread(many, sums[2 * n] or 0.0, sums[2 * n + 1] or 0.0))
        for n, name in enumerate(SEEN)
    }


SEEN = ("orders", "buyers", "gmv")


def spread(many: int, total: float, squares: float) -> dict[str, float]:
    mean = total / many if many else 0.0
    return {"mean": mean, "variance": max(0.0, (squares - many * mean**2) / (many - 1)) if many > 1 else 0.0}
