"""BG/NBD and Gamma-Gamma of a million customers beside scipy's L-BFGS with a numeric gradient over raw rows.

    python bench/lifetime.py [--customers 1000000] [--unit week|day|none] [--ours]

Customers are simulated from the model (seeded), first bought within two years and are known by whole weeks, whole days,
or by moments that no two share. Both fits start from nothing; what is timed begins with the raw arrays. `--ours` leaves
the slow one out. Prints one JSON document.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

sys.path.insert(0, str(Path(__file__).parents[1]))

from siyu.core.insight.lifetime.bgnbd import Likelihood, fit_bgnbd
from siyu.core.insight.lifetime.gamma_gamma import fit_gamma_gamma
from siyu.core.insight.lifetime.model import Parametric
from siyu.core.insight.lifetime.summary import Floats, Summary

DAYS = {"week": 7, "day": 1, "none": 1}


def simulate(n: int, unit: str) -> Summary:
    """r 0.25, alpha 30 days, a 0.8, b 2.5; p 6, q 4, v 15; T up to 730 days, most of them recent."""
    random = np.random.default_rng(20170701)
    rate = random.gamma(0.25, 1 / 30, n)
    stays = random.geometric(np.maximum(random.beta(0.8, 2.5, n), 1e-9))
    T = 730 * random.power(1.0, n) if unit == "none" else random.integers(1, 731 // DAYS[unit], n) * float(DAYS[unit])
    x, t_x, at, people = np.zeros(n, int), np.zeros(n), np.zeros(n), np.arange(n)
    for turn in range(1, 100_000):
        at[people] += random.exponential(1, len(people)) / np.maximum(rate[people], 1e-300)
        people = people[(at[people] <= T[people]) & (stays[people] >= turn)]
        x[people], t_x[people] = turn, at[people]
        if not len(people):
            break
    days = DAYS[unit]
    told = t_x if unit == "none" else np.minimum(np.ceil(t_x / days) * days, T)
    value = np.where(x > 0, random.gamma(6.0 * np.maximum(x, 1)) / np.maximum(x, 1) * 15 / random.gamma(4.0, 1, n), 0.0)
    return Summary(np.arange(n), x, told / days, T / days, value, np.full(n, 20.0), days)


def slow_bgnbd(summary: Summary) -> tuple[Floats, float]:
    x, t_x, T = summary.x.astype(float), summary.t_x, summary.T

    def against(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        shared = betaln(a, b + x) - betaln(a, b) + gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = -(r + x) * np.log(alpha + T)
        left = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
        return -float((shared + np.logaddexp(stayed, left)).mean())

    found = minimize(against, np.zeros(4), method="L-BFGS-B")
    return np.exp(found.x), -found.fun * len(x)


def slow_gamma_gamma(summary: Summary) -> tuple[Floats, float]:
    again = summary.x > 0
    x, z = summary.x[again].astype(float), summary.value[again]

    def against(logs: Floats) -> float:
        p, q, v = np.exp(logs)
        shared = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        return -float((shared + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)).mean())

    found = minimize(against, np.zeros(3), method="L-BFGS-B")
    return np.exp(found.x), -found.fun * len(x)


def timed[Found](work: Callable[[], Found], times: int = 1) -> tuple[Found, float]:
    """The shortest of so many times: the machine has other work."""
    shortest = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        found = work()
        shortest = min(shortest, time.perf_counter() - begin)
    return found, shortest


def beside(ours: Callable, slow: Callable[[], tuple[Floats, float]] | None) -> dict[str, object]:
    fitted, seconds = timed(ours, times=3)
    said = {
        "seconds": round(seconds, 4),
        "log_likelihood": fitted.log_likelihood,
        "parameters": [round(float(value), 4) for value in fitted.parameters],
    }
    if not slow:
        return said
    (parameters, likelihood), took = timed(slow)
    return said | {
        "slow_seconds": round(took, 2),
        "slow_log_likelihood": likelihood,
        "slow_parameters": [round(float(value), 4) for value in parameters],
        "times_faster": round(took / seconds),
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--unit", choices=list(DAYS), default="week")
    options.add_argument("--ours", action="store_true")
    given = options.parse_args()
    people = simulate(given.customers, given.unit)
    rows = Likelihood(people.x, people.t_x, people.T)
    bgnbd = beside(
        lambda: fit_bgnbd(people.x, people.t_x, people.T), None if given.ours else lambda: slow_bgnbd(people)
    )
    gamma = beside(
        lambda: fit_gamma_gamma(people.x, people.value), None if given.ours else lambda: slow_gamma_gamma(people)
    )
    model = Parametric(fit_bgnbd(people.x, people.t_x, people.T), fit_gamma_gamma(people.x, people.value))
    _, predicting = timed(lambda: model.predict(people, horizon_days=365))
    print(
        json.dumps(
            {
                "customers": len(people),
                "unit": given.unit,
                "repeat_buyers": int((people.x > 0).sum()),
                "rows_of_repeat_buyers": len(rows.x),
                "bg_nbd": bgnbd,
                "gamma_gamma": gamma,
                "predict_seconds": round(predicting, 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
