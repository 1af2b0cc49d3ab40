"""What is known of each person at the end of a day: how often, how recently, for how long, how much."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Summary:
    """One row a person who has bought; a purchase is a brand day with at least one order.

    x          purchases after the first
    t_x        from the first purchase to the last, in units of `days`
    T          from the first purchase to the end of the window
    value      mean amount of the purchases after the first, in currency units; 0 where there are none
    first      amount of the first purchase
    days       days in a unit of time: 1 or 7
    """

    person: Ints
    x: Ints
    t_x: Floats
    T: Floats
    value: Floats
    first: Floats
    days: int = 1

    def __len__(self) -> int:
        return len(self.x)

    @property
    def spend(self) -> Floats:
        return self.first + self.x * self.value


@dataclass(frozen=True)
class Followup:
    """People as known at a cut, and what they did in the `days` after it."""

    then: Summary
    orders: Ints
    spend: Floats
    days: int
    late: float = 0.5
    """Share of the purchases that fell into the second half."""


@dataclass(frozen=True)
class Prediction:
    """For each person: what to expect within the horizon. Money in currency units; `low` and `high` hold 95 %."""

    alive: Floats
    orders: Floats
    value: Floats
    low: Floats
    high: Floats
    total_low: float
    total_high: float

    @property
    def total(self) -> float:
        return float(self.value.sum())
