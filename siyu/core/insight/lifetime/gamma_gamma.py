"""Gamma-Gamma (Fader and Hardie 2013): purchases vary around a mean of one's own, and means differ between people.

A purchase is Gamma(p, nu), nu differs by Gamma(q, v); how much does not depend on how often.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import ArrayLike

from siyu.core.insight.lifetime.newton import Derivatives, maximise
from siyu.core.insight.lifetime.rows import whole
from siyu.core.insight.lifetime.summary import Floats

SAMPLE = 20_000
"""Customers that show where to begin."""
BLOCK = 8192
"""Rows worked on at a time, so that what lies between stays in the cache."""


@dataclass(frozen=True)
class GammaGamma:
    p: float
    q: float
    v: float
    """In units of the values given."""
    log_likelihood: float
    customers: int
    converged: bool
    covariance: Floats = field(repr=False, compare=False)
    """Of the logarithms of (p, q, v)."""

    @property
    def parameters(self) -> Floats:
        return np.array([self.p, self.q, self.v])


def fit_gamma_gamma(x: ArrayLike, mean_value: ArrayLike) -> GammaGamma:
    """The parameters of greatest likelihood, over people with a repeat purchase of some value; others say nothing."""
    counts, mean = whole(x), np.asarray(mean_value, float)
    known = (counts > 0) & (mean > 0)
    counts, mean = counts[known], mean[known]
    if not len(counts):
        return GammaGamma(np.nan, np.nan, np.nan, 0.0, 0, False, np.full((3, 3), np.nan))
    start = np.array([2.0, 3.0, float(mean.mean())])
    step = len(counts) // SAMPLE
    if step > 1:
        start = maximise(Likelihood(counts[::step], mean[::step]), start, size=SAMPLE).at
    best = maximise(Likelihood(counts, mean), start, size=len(counts))
    p, q, v = (float(value) for value in best.at)
    return GammaGamma(p, q, v, best.value, len(counts), best.converged, best.covariance)


class Likelihood:
    """The log-likelihood of (p, q, v) with gradient and Hessian. Gamma functions are of the different x only, sums of
    logarithms are taken once, and one logarithm a customer remains."""

    def __init__(self, x: ArrayLike, mean_value: ArrayLike) -> None:
        counts, mean = whole(x), np.asarray(mean_value, float)
        self.x, self.spent = counts.astype(float), counts * mean
        per_x = np.bincount(counts)
        self.values = np.flatnonzero(per_x).astype(float)
        self.n = per_x[per_x > 0].astype(float)
        self.customers = len(counts)
        log_mean = np.log(mean)
        self.constant = -float(log_mean.sum())
        self.log_spent = float(self.x @ log_mean + (self.n * self.values) @ np.log(self.values))

    def __call__(self, parameters: Floats) -> Derivatives:
        special = scipy.special  # loaded when first asked for: most processes never do
        p, q, v = parameters
        n, x, customers = self.n, self.values, self.customers
        (log, x_log), (inverse, x_inverse), (square, x_square) = self._sums(v)
        both = p * x + q
        value = n @ (special.gammaln(both) - special.gammaln(p * x)) + customers * (q * np.log(v) - special.gammaln(q))
        value += self.constant + p * self.log_spent - p * x_log - q * log
        psi, psi1 = special.digamma(both), special.polygamma(1, both)
        d_p = n @ (x * (psi - special.digamma(p * x))) + self.log_spent - x_log
        d_q = n @ psi + customers * (np.log(v) - special.digamma(q)) - log
        d_v = customers * q / v - p * x_inverse - q * inverse
        bend = np.empty((3, 3))
        bend[0, 0] = n @ (x * x * (psi1 - special.polygamma(1, p * x)))
        bend[0, 1] = bend[1, 0] = n @ (x * psi1)
        bend[1, 1] = n @ psi1 - customers * special.polygamma(1, q)
        bend[0, 2] = bend[2, 0] = -x_inverse
        bend[1, 2] = bend[2, 1] = customers / v - inverse
        bend[2, 2] = -customers * q / v**2 + p * x_square + q * square
        return float(value), np.array([d_p, d_q, d_v]), bend

    def _sums(self, v: float) -> Floats:
        """Of ln(v + x mean), of its inverse and of that squared: plain, and times x."""
        sums = np.zeros((3, 2))
        for first in range(0, self.customers, BLOCK):
            rows = slice(first, first + BLOCK)
            inside, x = v + self.spent[rows], self.x[rows]
            inverse = 1 / inside
            for place, part in enumerate((np.log(inside), inverse, inverse * inverse)):
                sums[place] += part.sum(), part @ x
        return sums


def expected_value(model: GammaGamma, x: ArrayLike, mean_value: ArrayLike) -> Floats:
    """The mean value of somebody's next purchases: their own mean, drawn towards everybody's. Needs q > 1."""
    x, mean = np.asarray(x, float), np.asarray(mean_value, float)
    return model.p * (model.v + x * mean) / (model.p * x + model.q - 1)
