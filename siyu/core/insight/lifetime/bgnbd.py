"""BG/NBD (Fader, Hardie and Lee 2005): buying at a rate of one's own until, after some purchase, one leaves unseen.

Rates differ by Gamma(r, alpha), the chance of leaving after a purchase by Beta(a, b).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from siyu.core.insight.lifetime.newton import Derivatives, maximise
from siyu.core.insight.lifetime.rows import places, unique_rows, whole
from siyu.core.insight.lifetime.summary import Floats, Ints

BLOCK = 8192
"""Rows worked on at a time, so that what lies between stays in the cache."""
SAMPLE = 20_000
"""Customers that show where to begin."""


@dataclass(frozen=True)
class BgNbd:
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    converged: bool
    covariance: Floats = field(repr=False, compare=False)
    """Of the logarithms of (r, alpha, a, b)."""

    @property
    def parameters(self) -> Floats:
        return np.array([self.r, self.alpha, self.a, self.b])


def fit_bgnbd(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BgNbd:
    """The parameters of greatest likelihood. A few thousand customers, evenly taken, say where to begin;
    two or three exact steps over all of them remain."""
    columns = [whole(x), np.asarray(t_x, float), np.asarray(T, float)]
    step = len(columns[0]) // SAMPLE
    start = _guess(*columns)
    if step > 1:
        sample = Likelihood(*(column[::step] for column in columns))
        start = maximise(sample, start, size=sample.customers).at
    rows = Likelihood(*columns)
    best = maximise(rows, start, size=rows.customers)
    r, alpha, a, b = (float(value) for value in best.at)
    return BgNbd(r, alpha, a, b, best.value, rows.customers, best.converged, best.covariance)


def _guess(x: Ints, _: Floats, T: Floats) -> Floats:
    pace = (float(x.mean()) + 0.1) / (float(T.mean()) + 1e-9)
    return np.array([0.5, 0.5 / pace, 0.5, 2.0])


class Likelihood:
    """The log-likelihood of (r, alpha, a, b) with gradient and Hessian, of customers given once.

    What depends on x alone is a sum of ln(r + k) over k < x, so it needs no more than how many customers have x > k;
    what depends on T alone needs the customers and purchases per T. Only people with a repeat purchase remain as rows.
    """

    def __init__(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> None:
        counts, t_x, T = whole(x), np.asarray(t_x, float), np.asarray(T, float)
        self.customers = len(counts)
        self.beyond = np.cumsum(np.bincount(counts, minlength=1)[::-1])[::-1][1:].astype(float)
        self.k = np.arange(len(self.beyond), dtype=float)
        (self.ages,), place = places(T)
        self.people = np.bincount(place).astype(float)
        self.purchases = np.bincount(place, weights=counts)
        again = np.flatnonzero(counts)
        (self.x, self.t_x, self.T), self.n = unique_rows(counts[again], t_x[again], T[again])
        self.x = self.x.astype(np.int64)

    def __call__(self, parameters: Floats) -> Derivatives:
        r, alpha, a, b = (float(parameter) for parameter in parameters)
        value, slope, bend = self._counts(r, a, b)
        parts = [self._ages(rows, r, alpha) for rows in _blocks(self.ages)]
        # By x: the derivative by b of the log odds of leaving, and those odds; nobody without a repeat purchase asks.
        by_b = -1 / (b + np.maximum(np.arange(len(self.k) + 1), 1) - 1)
        odds = np.log(-a * by_b)
        parts += [self._rows(rows, (r, alpha, a), odds, by_b) for rows in _blocks(self.x)]
        for part in parts:
            value, slope, bend = value + part[0], slope + part[1], bend + part[2]
        return value, slope, bend

    def _counts(self, r: float, a: float, b: float) -> Derivatives:
        """What depends on x alone."""
        beyond, by_r, by_b, by_ab = self.beyond, 1 / (r + self.k), 1 / (b + self.k), 1 / (a + b + self.k)
        value = beyond @ np.log(by_ab / (by_r * by_b))
        d_ab, dd_ab = beyond @ by_ab, beyond @ (by_ab * by_ab)
        slope = np.array([beyond @ by_r, 0, -d_ab, beyond @ by_b - d_ab])
        bend = np.zeros((4, 4))
        bend[0, 0] = -(beyond @ (by_r * by_r))
        bend[2:, 2:] = dd_ab
        bend[3, 3] -= beyond @ (by_b * by_b)
        return float(value), slope, bend

    def _ages(self, rows: slice, r: float, alpha: float) -> Derivatives:
        """The chance of no purchase from the last to T."""
        people, by_age = self.people[rows], 1 / (alpha + self.ages[rows])
        exponents, log_share = r * people + self.purchases[rows], np.log(alpha * by_age)
        many, bought = people.sum(), self.purchases[rows].sum()
        value = exponents @ log_share - bought * np.log(alpha)
        slope = np.array([people @ log_share, many * r / alpha - exponents @ by_age, 0, 0])
        bend = np.zeros((4, 4))
        bend[0, 1] = bend[1, 0] = many / alpha - people @ by_age
        bend[1, 1] = exponents @ (by_age * by_age) - many * r / alpha**2
        return float(value), slope, bend

    def _rows(self, rows: slice, parameters: tuple[float, ...], odds_of: Floats, by_b_of: Floats) -> Derivatives:
        """ln(1 + exp(odds)), exp(odds) being the odds that somebody left at the last purchase."""
        (r, alpha, a), x, n = parameters, self.x[rows], self.n[rows]
        here, last = 1 / (alpha + self.T[rows]), 1 / (alpha + self.t_x[rows])
        power = x + r
        jacobian = np.empty((4, len(x)))
        by_r, by_alpha, by_a, by_b = jacobian
        np.log(last / here, out=by_r)
        shorter = here - last
        np.multiply(power, shorter, out=by_alpha)
        by_a[:] = 1 / a
        np.take(by_b_of, x, out=by_b)
        odds = by_r * power
        odds += odds_of[x]
        # Never below ln(a / (b + x - 1)), so that its inverse cannot overflow.
        left = 1 / (1 + np.exp(-odds))
        odds -= np.log(left)
        weight = n * left
        slope = jacobian @ weight
        bend = (jacobian * (weight - weight * left)) @ jacobian.T
        bend[0, 1] += weight @ shorter
        bend[1, 0] = bend[0, 1]
        bend[1, 1] -= (weight * by_alpha) @ (here + last)
        bend[2, 2] -= slope[2] / a
        bend[3, 3] += (weight * by_b) @ by_b
        return float(n @ odds), slope, bend


def _blocks(column: Floats) -> Iterator[slice]:
    return (slice(first, first + BLOCK) for first in range(0, len(column), BLOCK))


def alive(model: BgNbd, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """The chance of still being a customer at T; without a repeat purchase the model knows no leaving: 1."""
    x, t_x, T = (np.asarray(column, float) for column in (x, t_x, T))
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (model.r + x) * np.log((model.alpha + T) / (model.alpha + t_x)) + np.log(model.a / (model.b + x - 1))
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(np.where(x > 0, odds, 0.0), 700))), 1.0)


def expected_if_alive(model: BgNbd, x: ArrayLike, T: ArrayLike, t: float) -> Floats:
    """Purchases expected in the next `t` of somebody who has not left, each (x, T) worked out once."""
    (counts, age), place = places(x, T)
    return np.concatenate([_if_alive(model, counts[rows], age[rows], t) for rows in _blocks(age)] or [age])[place]


def _if_alive(model: BgNbd, x: Floats, T: Floats, t: float) -> Floats:
    """(a+b+x-1)/(a-1) (1 - (1-z)^(a-1) 2F1(a+b-1-r, a-1; a+b+x-1; z)), z = t/(alpha+T+t), by Euler's transformation
    of the published form: what cancels at a = 1 is taken out of the bracket, and the series has no large parameter
    in its numerator."""
    a, b, r = model.a, model.b, model.r
    z = t / (model.alpha + T + t)
    log_rest = np.log1p(-z)
    power = a - 1
    head = -np.expm1(power * log_rest) / power if abs(power) > 1e-12 else -log_rest
    return (a + b + x - 1) * (head - np.exp(power * log_rest) * _tail(a + b - 1 - r, a, a + b + x - 1, z))


def _tail(A: float, a: float, C: Floats, z: Floats, tries: int = 200_000) -> Floats:
    """(2F1(A, a-1; C; z) - 1) / (a-1), by Gauss's series; finished rows leave the loop now and then."""
    total = np.zeros_like(z)
    term = A / C * z
    rows = np.arange(len(z))
    for n in range(1, tries):
        total[rows] += term
        term = term * ((A + n) * (a + n - 1) / ((C + n) * (n + 1)) * z)
        if n % 16 == 0:
            going = np.abs(term) > 1e-16 * (np.abs(total[rows]) + 1e-300) * (1 - z)
            rows, term, C, z = rows[going], term[going], C[going], z[going]
            if not len(rows):
                return total
    return total


def expected(model: BgNbd, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, t: float) -> Floats:
    """Purchases expected in the next `t`."""
    return alive(model, x, t_x, T) * expected_if_alive(model, x, T, t)
