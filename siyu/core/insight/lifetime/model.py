"""Which model may speak: BG/NBD with Gamma-Gamma where its assumptions hold, else what comparable people did."""

from dataclasses import dataclass

import numpy as np

from siyu.core.insight.lifetime.bgnbd import BgNbd, alive, expected_if_alive, fit_bgnbd
from siyu.core.insight.lifetime.empirical import Empirical, fit_empirical
from siyu.core.insight.lifetime.gamma_gamma import GammaGamma, expected_value, fit_gamma_gamma
from siyu.core.insight.lifetime.spread import spread, total_interval
from siyu.core.insight.lifetime.summary import Floats, Followup, Prediction, Summary
from siyu.kit.refusals import Refused

REPEAT_BUYERS = 200
CORRELATION = 0.3
EDGE = 1e6
"""From here on a + b says that all leave alike: the maximum lies at infinity, and predictions overflow."""
STEP_DAYS = 30
"""A discounted horizon is paid at the middle of steps of so many days."""


class NoModel(Refused):
    """The parametric models do not hold, and there is no earlier cut to learn from."""

    code = "no_model"
    status = 409


@dataclass(frozen=True)
class Parametric:
    counting: BgNbd
    spending: GammaGamma

    def predict(self, summary: Summary, *, horizon_days: float, discount: float = 0.0) -> Prediction:
        """What to expect of each person in the next `horizon_days`; `discount` is a yearly rate."""
        still = alive(self.counting, summary.x, summary.t_x, summary.T)
        t = horizon_days / summary.days
        orders = still * expected_if_alive(self.counting, summary.x, summary.T, t)
        each = expected_value(self.spending, summary.x, summary.value)
        around = spread(self.counting, self.spending, summary, still, t)
        kept = self._kept(summary, still, orders, horizon_days, discount)
        value = orders * each * kept
        chance = float((around.variance * np.square(kept)).sum())
        total = float(value.sum())
        low, high = total_interval(self.counting, self.spending, summary, t, total=total, variance=chance)
        return Prediction(still, orders, value, around.low * kept, around.high * kept, low, high)

    def _kept(self, summary: Summary, still: Floats, orders: Floats, days: float, discount: float) -> Floats | float:
        """The share of its value that discounting leaves to each person's orders."""
        if not discount:
            return 1.0
        worth, before, reached = np.zeros(len(summary)), np.zeros(len(summary)), 0.0
        while reached < days:
            end = min(reached + STEP_DAYS, days)
            by_then = still * expected_if_alive(self.counting, summary.x, summary.T, end / summary.days)
            worth += (by_then - before) * (1 + discount) ** (-(reached + end) / 2 / 365)
            before, reached = by_then, end
        return worth / np.maximum(orders, 1e-300)


Model = Parametric | Empirical


@dataclass(frozen=True)
class Fit:
    """Both fits as they came out, and why they may not speak, where they may not."""

    counting: BgNbd
    spending: GammaGamma
    repeat_buyers: int
    correlation: float
    """Of mean value and frequency, among repeat buyers."""
    refusal: tuple[str, str] | None

    def model(self, followup: Followup | None) -> Model:
        """The one that may speak; the empirical one learns from `followup`."""
        if self.refusal is None:
            return Parametric(self.counting, self.spending)
        if followup is None or not len(followup.then):
            raise NoModel(self.refusal[1] + " There is no earlier time to learn from instead.")
        code, message = self.refusal
        return fit_empirical(followup, code=code, message=message)


def fit(summary: Summary) -> Fit:
    """Fit both models and judge whether they may be used."""
    counting = fit_bgnbd(summary.x, summary.t_x, summary.T)
    spending = fit_gamma_gamma(summary.x, summary.value)
    again = (summary.x > 0) & (summary.value > 0)
    correlation = _correlation(summary.x[again].astype(float), summary.value[again])
    repeat_buyers = int((summary.x > 0).sum())
    refusal = _refusal(counting, spending, repeat_buyers, correlation)
    return Fit(counting, spending, repeat_buyers, correlation, refusal)


def _correlation(x: Floats, value: Floats) -> float:
    if len(x) < 2 or not x.std() or not value.std():
        return 0.0
    return float(np.corrcoef(x, value)[0, 1])


def _refusal(counting: BgNbd, spending: GammaGamma, repeat_buyers: int, correlation: float) -> tuple[str, str] | None:
    paid = min(repeat_buyers, spending.customers)
    if paid < REPEAT_BUYERS:
        return "few_repeat_buyers", f"{paid} people bought and paid again; under {REPEAT_BUYERS} the fit is chance."
    if not (counting.converged and spending.converged):
        which = "BG/NBD" if not counting.converged else "Gamma-Gamma"
        return "not_converged", f"{which} has no maximum on these customers."
    if counting.a + counting.b > EDGE:
        return "at_the_edge", "BG/NBD ran to its edge: all customers seem to leave alike, as after a long silence."
    if spending.q <= 1:
        return "no_mean", f"Gamma-Gamma's q is {spending.q:.2f}; at 1 or below the mean basket has no finite mean."
    if abs(correlation) > CORRELATION:
        return (
            "spend_follows_frequency",
            f"Mean basket and frequency correlate by {correlation:.2f}; Gamma-Gamma takes them to be independent.",
        )
    return None
