"""What comparable people did next, for brands whose customers BG/NBD and Gamma-Gamma do not describe.

Everybody goes on at their own pace and basket, each drawn towards everybody's; people as frequent and as silent as they
are, at an earlier cut, tell which share of that really came. A cell with few people leans on its row, a row on all.
"""

from dataclasses import dataclass

import numpy as np

from siyu.core.insight.lifetime.summary import Floats, Followup, Ints, Prediction, Summary

FREQUENCY = np.array([1, 2, 3, 5, 8, 13, 21, 34])
WEIGHT = 20.0
"""People's worth of its row in a cell, and of all in a row."""
BASKETS = 2.0
"""Purchases' worth of everybody's basket in one's own."""
EDGES = (0.025, 0.975)
ENOUGH = 100
"""People who show by themselves where 95 % lie."""


@dataclass(frozen=True)
class Pace:
    """How people go on if nothing changes."""

    pace: float
    """Purchases per unit of time, of everybody."""
    patience: float
    """How long one must watch somebody until their own pace counts as much as everybody's."""
    basket: float
    days: int
    """Of the follow-up that this was learnt from."""
    fading: float
    """Per day, of the pace of all together within the follow-up; never below 0: growth is not promised to go on."""

    def orders(self, people: Summary) -> Floats:
        """Per day."""
        return (people.x + self.pace * self.patience) / (people.T + self.patience) / people.days

    def basket_of(self, people: Summary) -> Floats:
        return (people.spend + BASKETS * self.basket) / (people.x + 1 + BASKETS)

    def length(self, days: float, rate: float = 0.0) -> float:
        """How many days of the follow-up's pace the horizon is worth, fading and discounted at a daily rate."""
        return _worth(self.fading + rate, days) / _worth(self.fading, self.days) * self.days


def _worth(rate: float, days: float) -> float:
    return float(-np.expm1(-rate * days) / rate) if rate > 0 else float(days)


@dataclass(frozen=True)
class Empirical:
    """By row of frequency and column of silence: the share of the pace that came, of its spend, who bought at all, and
    between which shares 95 % of the people lay."""

    code: str
    message: str
    """Why the models were refused."""
    pace: Pace
    silence: Floats
    """Edges of days since the last purchase."""
    orders: Floats
    spend: Floats
    again: Floats
    low: Floats
    high: Floats
    doubt: float
    """Relative standard error of the total."""

    def predict(self, summary: Summary, *, horizon_days: float, discount: float = 0.0) -> Prediction:
        cell = _cell(summary, self.silence)
        orders = self.pace.orders(summary)
        value = orders * self.pace.basket_of(summary) * self.pace.length(horizon_days, np.log1p(discount) / 365)
        spend = value * self.spend.ravel()[cell]
        total, doubt = float(spend.sum()), 1.96 * self.doubt
        return Prediction(
            alive=self.again.ravel()[cell],
            orders=orders * self.orders.ravel()[cell] * self.pace.length(horizon_days),
            value=spend,
            low=value * self.low.ravel()[cell],
            high=value * self.high.ravel()[cell],
            total_low=total * max(0.0, 1 - doubt),
            total_high=total * (1 + doubt),
        )


def fit_empirical(followup: Followup, *, code: str, message: str) -> Empirical:
    then, came = followup.then, followup.spend
    pace = _pace(followup)
    silence = np.unique(np.quantile((then.T - then.t_x) * then.days, [0.2, 0.4, 0.6, 0.8]))
    cell, shape = _cell(then, silence), (len(FREQUENCY) + 1, len(silence) + 1)
    orders = pace.orders(then) * followup.days
    value = orders * pace.basket_of(then)
    spend = _shares(cell, shape, came, value)
    low, high = _limits(cell, shape, came / np.maximum(value, 1e-9))
    missed = came - value * spend.ravel()[cell]
    return Empirical(
        code=code,
        message=message,
        pace=pace,
        silence=silence,
        orders=_shares(cell, shape, followup.orders, orders),
        spend=spend,
        again=_shares(cell, shape, (followup.orders > 0).astype(float), np.ones(len(then))),
        low=low,
        high=high,
        # Twice: the same chance works in what was learnt from and in what is to come.
        doubt=float(np.sqrt(2 * (missed**2).sum()) / max(came.sum(), 1e-9)),
    )


def _pace(followup: Followup) -> Pace:
    then = followup.then
    pace = float(then.x.sum() / max(float(then.T.sum()), 1e-9))
    basket = float(then.spend.sum() / (then.x + 1).sum())
    late = min(max(followup.late, 0.01), 0.5)
    fading = float(np.log((1 - late) / late) / (followup.days / 2))
    return Pace(pace, _patience(then, pace), basket, followup.days, fading)


def _patience(then: Summary, pace: float) -> float:
    """From how far people's purchases lie from everybody's pace, beyond what chance does (a gamma's moments)."""
    common = pace * then.T
    excess = float(((then.x - common) ** 2 - common).sum())
    return pace * float((then.T**2).sum()) / excess if excess > 0 else 100 * float(then.T.mean()) + 1


def _cell(people: Summary, silence: Floats) -> Ints:
    row = np.searchsorted(FREQUENCY, people.x, side="right")
    column = np.searchsorted(silence, (people.T - people.t_x) * people.days, side="right")
    return row * (len(silence) + 1) + column


def _shares(cell: Ints, shape: tuple[int, int], came: Floats | Ints, base: Floats) -> Floats:
    """What came over what the pace would bring, by cell, leaning on its row, and that on all."""
    size = shape[0] * shape[1]
    came_in = np.bincount(cell, came, size).reshape(shape)
    base_in = np.bincount(cell, base, size).reshape(shape)
    everywhere = came.sum() / max(base.sum(), 1e-9)
    lean = WEIGHT * max(float(base.mean()), 1e-9)
    rows = (came_in.sum(1) + lean * everywhere) / (base_in.sum(1) + lean)
    return (came_in + lean * rows[:, None]) / (base_in + lean)


def _limits(cell: Ints, shape: tuple[int, int], share: Floats) -> tuple[Floats, Floats]:
    """Where 95 % of the people of a cell lay; of its row or of all, where too few stand there."""
    limits = np.empty((2, *shape))
    limits[:] = np.quantile(share, EDGES)[:, None, None]
    for row in range(shape[0]):
        columns = [share[cell == row * shape[1] + column] for column in range(shape[1])]
        together = np.concatenate(columns)
        if len(together) >= ENOUGH:
            limits[:, row, :] = np.quantile(together, EDGES)[:, None]
        for column, here in enumerate(columns):
            if len(here) >= ENOUGH:
                limits[:, row, column] = np.quantile(here, EDGES)
    return limits[0], limits[1]
