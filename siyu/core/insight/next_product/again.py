"""Buy again: how likely a person takes a product they know once more within four weeks.

A logistic regression over a handful of figures anybody understands, learnt on the last four weeks of the brand's own
history. It starts from what the sample brand taught and moves away from it as far as the brand's own purchases say.
"""

import numpy as np

from siyu.core.insight.next_product.bought import Bought

HORIZON = 28
"""Days ahead."""
TRUST = 20.0
"""How firmly the prior is held: about as much as so many purchases."""
STEPS = 6
ENOUGH = 200_000
"""Pairs to learn from; of more, every n-th."""
PRIOR = {
    "constant": -2.2,
    "times": 2.8,
    "times squared": -0.1,
    "days since": 0.5,
    "times x days since": -0.3,
    "overdue": -0.5,
    "days since the first": -0.45,
    "once": -0.4,
    "share of its buyers who came back": 0.35,
    "buyers": 0.15,
    "times a buyer": 0.5,
    "days with a purchase": 0.25,
    "days since any purchase": 0.0,
}
"""What the sample brand taught, from January to March."""


def figures(known: Bought) -> np.ndarray:
    """What the regression sees of each person and product, in logarithms."""
    times, last, first = known.times, known.last, known.first
    every = (first - last) / np.maximum(times - 1, 1)
    overdue = np.where(times > 1, last / np.maximum(every, 1), last / HORIZON)
    return np.stack(
        [
            np.ones(len(known)),
            np.log(times),
            np.log(times) ** 2,
            np.log(last),
            np.log(times) * np.log(last),
            np.log1p(overdue),
            np.log(first),
            times == 1,
            np.log((known.buyers_again + 1) / (known.every_buyer + 10)),
            np.log(known.every_buyer),
            np.log(known.every_time / known.every_buyer),
            np.log(known.days),
            np.log(known.seen),
        ],
        axis=1,
    )


def learn(then: Bought) -> np.ndarray:
    """Coefficients from who took what after `then`; the prior where there is nothing to learn from."""
    prior = np.array(list(PRIOR.values()))
    if not len(then):
        return prior
    then = then.part(slice(None, None, -(-len(then) // ENOUGH)))
    seen, found = figures(then), prior.copy()
    for _ in range(STEPS):
        likely = logistic(seen @ found)
        slope = seen.T @ (then.taken - likely) - TRUST * (found - prior)
        bend = (seen * (likely * (1 - likely))[:, None]).T @ seen + TRUST * np.eye(len(found))
        found = found + np.linalg.solve(bend, slope)
    return found


def chances(known: Bought, learnt: np.ndarray) -> np.ndarray:
    return logistic(figures(known) @ learnt)


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))
