"""What may come instead of what is expected: intervals that hold 95 % of what the fitted models let happen.

Given that somebody is still a customer, their rate is Gamma(r + x, alpha + T), their chance of leaving after a purchase
Beta(a, b + x), and the spend of N purchases is (v + x value) times a ratio of gammas, Gamma(pN) / Gamma(px + q). So the
ratio is drawn once for all people with the same (x, T); each person's quantile is read from it at the level that their
chance of being alive leaves over, and scaled by their own spend.

For one person the parameters are taken as known: their own chance dwarfs the doubt about them. For the total it is the
other way round, and the doubt (the inverse Hessian of either fit) is added.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siyu.core.insight.lifetime.bgnbd import BgNbd, expected
from siyu.core.insight.lifetime.gamma_gamma import GammaGamma, expected_value
from siyu.core.insight.lifetime.summary import Floats, Ints, Summary

SEED = 20170701
DRAWS = 1000
OUTSIDE = 0.05
NEAR = 0.05
"""T + alpha, and x where it is large, are rounded to steps of 5 % for the draws, so that their number is bounded."""
FEW = 20
SAMPLE = 20_000


@dataclass(frozen=True)
class Spread:
    low: Floats
    high: Floats
    variance: Floats


def spread(counting: BgNbd, spending: GammaGamma, summary: Summary, alive: Floats, t: float) -> Spread:
    """The interval of each person's spend in the next `t`, and its variance."""
    x, T, place = _nodes(counting, summary)
    ratio = _draws(counting, spending, x, T, t)
    scale = spending.v + summary.x * summary.value
    low = _quantile(ratio, place, 1 - (1 - OUTSIDE / 2) / alive) * scale
    high = _quantile(ratio, place, 1 - OUTSIDE / 2 / alive) * scale
    mean, square = ratio.mean(axis=1)[place], (ratio**2).mean(axis=1)[place]
    return Spread(low, high, scale**2 * (alive * square - (alive * mean) ** 2))


def _nodes(model: BgNbd, summary: Summary) -> tuple[Floats, Floats, Ints]:
    step = np.log1p(NEAR)
    x = summary.x.astype(float)
    many = x > FEW
    x[many] = np.rint(np.exp(np.rint(np.log(x[many]) / step) * step))
    age = np.rint(np.log1p(summary.T / model.alpha) / step).astype(np.int64)
    key, place = np.unique(x.astype(np.int64) * (age.max(initial=0) + 1) + age, return_inverse=True)
    x, age = np.divmod(key, age.max(initial=0) + 1)
    return x.astype(float), model.alpha * np.expm1(age * step), place


def _draws(counting: BgNbd, spending: GammaGamma, x: Floats, T: Floats, t: float) -> Floats:
    """Spend over scale, given alive: a sorted row of draws for each (x, T). Equal input, equal draws."""
    random = np.random.default_rng(SEED)
    shape = (len(x), DRAWS)
    rate = random.standard_gamma(np.broadcast_to(counting.r + x[:, None], shape)) / (counting.alpha + T[:, None])
    leaving = random.beta(counting.a, np.broadcast_to(counting.b + x[:, None], shape))
    # The last purchase is the one after which one leaves, or the last before the horizon.
    orders = np.minimum(random.poisson(rate * t), random.geometric(np.maximum(leaving, 1e-12)))
    spent = random.standard_gamma(spending.p * orders)
    return np.sort(spent / random.standard_gamma(np.broadcast_to(spending.p * x[:, None] + spending.q, shape)), axis=1)


def _quantile(ratio: Floats, place: Ints, level: Floats) -> Floats:
    """The draw at the level, between two of them by proportion; a level at or below zero is the chance of nothing."""
    position = np.clip(level, 0, 1) * (DRAWS - 1)
    before = np.minimum(position.astype(np.int64), DRAWS - 2)
    share = position - before
    found = ratio[place, before] * (1 - share) + ratio[place, before + 1] * share
    return np.where(level > 0, found, 0.0)


def total_interval(
    counting: BgNbd, spending: GammaGamma, summary: Summary, t: float, *, total: float, variance: float
) -> tuple[float, float]:
    """Of everybody's spend together: each person's chance and the doubt about the seven parameters."""
    if not len(summary):
        return 0.0, 0.0
    sample = _every(summary, max(1, len(summary) // SAMPLE))
    counted = _elasticity(lambda p: _total(_counting(counting, p), spending, sample, t), counting.parameters)
    spent = _elasticity(lambda p: _total(counting, _spending(spending, p), sample, t), spending.parameters)
    doubt = float(counted @ counting.covariance @ counted + spent @ spending.covariance @ spent)
    deviation = np.sqrt(variance + total**2 * max(doubt, 0.0))
    return max(0.0, total - 1.96 * deviation), total + 1.96 * deviation


def _every(summary: Summary, step: int) -> Summary:
    names = ("person", "x", "t_x", "T", "value", "first")
    return replace(summary, **{name: getattr(summary, name)[::step] for name in names})


def _elasticity(total: Callable[[Floats], float], parameters: Floats) -> Floats:
    """By how much of itself the total grows when a parameter grows by as much of itself."""
    nudges = np.exp(np.eye(len(parameters)) * 1e-4)
    middle = total(parameters)
    return np.array([(total(parameters * n) - total(parameters / n)) / (2e-4 * middle) for n in nudges])


def _total(counting: BgNbd, spending: GammaGamma, people: Summary, t: float) -> float:
    value = expected_value(spending, people.x, people.value)
    return float(expected(counting, people.x, people.t_x, people.T, t) @ value)


def _counting(model: BgNbd, p: Floats) -> BgNbd:
    return replace(model, r=p[0], alpha=p[1], a=p[2], b=p[3])


def _spending(model: GammaGamma, p: Floats) -> GammaGamma:
    return replace(model, p=p[0], q=p[1], v=p[2])
