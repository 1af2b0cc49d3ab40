"""The difference between arms and control, how sure it is, and what may be said of it.

Everything is computed from ten sums over an arm's units, so that a database makes one pass and a million people cost
what ten cost. A unit is what was drawn by lot: a person, or a group or place whose people share a fate. Means are
ratios of unit totals, and their variance that of the linearised ratio (Taylor; with units of one it is the usual one).

CUPED (Deng et al. 2013): y - theta (x - mean x), theta from within the arms, takes out what was known before. With
`peeking`, intervals are an asymptotic confidence sequence (Waudby-Smith et al. 2021): they hold however often somebody
looks, and cost about 1.4 times the width at the planned end.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import scipy

from siyu.kit.refusals import Refused

POWER = 0.8
BROKEN_SPLIT = 0.001
"""A split this improbable was not made by lot alone."""
FEW = 300
"""Units below which an arm's own spread alone is not believed: with 45 people kept out, buyers of a grocer's real
households were judged wrongly by Welch's test in 14 of 100 lots, and orders in more than 5."""


class TooFew(Refused):
    code = "too_few"
    status = 422


class NoControl(Refused):
    code = "no_control"
    status = 422


class BadShares(Refused):
    code = "bad_shares"
    status = 422


class Sums(NamedTuple):
    """Over the units of an arm: how many, their people `n`, and the sums of n, outcome y, pre-period x, and products.
    y and x are measured from any common zero (`Plan.zero`), which keeps the sums small."""

    units: int
    n: float
    y: float
    x: float
    nn: float
    yy: float
    xx: float
    ny: float
    nx: float
    xy: float


@dataclass(frozen=True)
class Plan:
    """`worth`: the smallest lift that would be worth its money, absolute; none: a twentieth of control's mean.
    `shares`: what the lot was to give each arm; none: equal parts. `horizon`: units at the planned end."""

    control: str
    worth: float | None = None
    shares: Mapping[str, float] | None = None
    peeking: bool = False
    horizon: int | None = None
    alpha: float = 0.05
    zero: tuple[float, float] = (0.0, 0.0)


class Arm(NamedTuple):
    """`lift` and `ci` are absolute, `relative` is lift over control's mean. `needed`: units of this arm and control
    together that are still missing, where nothing can be said yet."""

    arm: str
    people: int
    units: int
    mean: float
    lift: float | None = None
    relative: float | None = None
    ci: tuple[float, float] | None = None
    p: float | None = None
    verdict: str = "control"
    needed: int | None = None
    error: float | None = None
    """The standard error of the lift."""


class Compared(NamedTuple):
    """`split`: the probability of shares as uneven as these; below BROKEN_SPLIT no verdict is given. `theta`: what
    CUPED took of the pre-period."""

    arms: list[Arm]
    split: float
    theta: float


def compare(sums: Mapping[str, Sums], plan: Plan) -> Compared:
    """Each arm against control; refuses where an arm has fewer than two units."""
    if plan.control not in sums:
        raise NoControl(f"no row is of the arm {plan.control!r}; there are {', '.join(sorted(sums)[:10])}")
    if len(sums) < 2:
        raise TooFew("there is only the control: nothing to compare it with")
    if few := [name for name, one in sums.items() if one.units < 2]:
        raise TooFew(f"{few[0]} has one unit: how units differ cannot be told from one")
    theta = slope(sums.values())
    split = evenness(sums, plan)
    center = sum(one.x for one in sums.values()) / sum(one.n for one in sums.values())
    held = told(plan.control, sums[plan.control], theta, center, plan)
    others = [
        against(held, told(name, one, theta, center, plan), spreads(sums[plan.control], one, theta), plan, split)
        for name, one in sorted(sums.items())
        if name != plan.control
    ]
    return Compared([held, *others], split, theta)


def told(name: str, sums: Sums, theta: float, center: float, plan: Plan) -> Arm:
    mean = (sums.y - theta * (sums.x - center * sums.n)) / sums.n + plan.zero[0]
    return Arm(name, round(sums.n), sums.units, mean)


def against(held: Arm, one: Arm, parts: tuple[float, float], plan: Plan, split: float) -> Arm:
    """`parts`: the variances of the two means."""
    lift, error = one.mean - held.mean, math.sqrt(sum(parts))
    width, p = interval(lift, error, parts, (held.units, one.units), plan)
    ci = (lift - width, lift + width)
    worth = plan.worth if plan.worth is not None else abs(held.mean) / 20
    verdict = "split is broken" if split < BROKEN_SPLIT else judged(ci, worth)
    open_still = verdict == "not known yet" and worth > 0  # where control did nothing at all, nobody can say how many
    missing = needed(error, worth, held.units + one.units, plan.alpha) if open_still else None
    relative = lift / held.mean if held.mean else None
    return one._replace(lift=lift, relative=relative, ci=ci, p=p, verdict=verdict, needed=missing, error=error)


def judged(ci: tuple[float, float], worth: float) -> str:
    """`works`: more than nothing. `wasted`: less than what would be worth it, or harm."""
    if ci[0] > 0:
        return "works"
    return "wasted" if ci[1] < worth else "not known yet"


def slope(arms: Iterable[Sums]) -> float:
    """CUPED's theta, of all arms together, each around its own mean."""
    both = own = 0.0
    for s in arms:
        my, mx = s.y / s.n, s.x / s.n
        both += s.xy - mx * s.ny - my * s.nx + mx * my * s.nn
        own += s.xx - 2 * mx * s.nx + mx * mx * s.nn
    return both / own if own > 0 else 0.0


def spreads(held: Sums, one: Sums, theta: float) -> tuple[float, float]:
    """The variances of both means. Where orders are few and uneven, a small arm that got none of the rare large ones
    has a low mean and seems sure of it: it is held to vary no less than both do together."""
    squares = residuals(held, theta), residuals(one, theta)
    both = sum(squares) / (held.units + one.units - 2)
    each = [max(q / (s.units - 1), both if s.units < FEW else 0.0) for q, s in zip(squares, (held, one), strict=True)]
    return each[0] * held.units / held.n**2, each[1] * one.units / one.n**2


def residuals(s: Sums, theta: float) -> float:
    """The sum of squares of y - theta x - c n over units, n the people of a unit."""
    c = (s.y - theta * s.x) / s.n
    squares = s.yy + theta**2 * s.xx + c**2 * s.nn - 2 * theta * s.xy - 2 * c * s.ny + 2 * theta * c * s.nx
    return max(squares, 0.0)


def interval(
    lift: float, error: float, parts: Sequence[float], units: Sequence[int], plan: Plan
) -> tuple[float, float]:
    """Half the width, and p."""
    if error == 0:
        return 0.0, 1.0 if lift == 0 else 0.0
    if plan.peeking:
        return always(lift, error, sum(units), plan)
    free = freedom(parts, units)
    return float(scipy.stats.t.ppf(1 - plan.alpha / 2, free)) * error, float(
        2 * scipy.stats.t.sf(abs(lift) / error, free)
    )


def freedom(parts: Sequence[float], units: Sequence[float]) -> float:
    """Degrees of freedom of a difference (Welch, Satterthwaite)."""
    return sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, units, strict=True))


def always(lift: float, error: float, units: int, plan: Plan) -> tuple[float, float]:
    """Valid at every look; narrowest at the horizon."""
    tail = -2 * math.log(plan.alpha)
    grown = units * (tail + math.log(tail) + 1) / (plan.horizon or units)
    factor = 2 * (grown + 1) / grown
    p = math.sqrt(grown + 1) * math.exp(-((lift / error) ** 2) / factor)
    return error * math.sqrt(factor * math.log(math.sqrt(grown + 1) / plan.alpha)), min(p, 1.0)


def needed(error: float, worth: float, units: int, alpha: float) -> int:
    """Units that are missing until a lift of `worth` would be seen with a chance of `POWER`; at least a tenth of those
    that are there, where chance alone kept the answer open."""
    sure = float(scipy.stats.norm.ppf(1 - alpha / 2) + scipy.stats.norm.ppf(POWER))
    if worth <= 0:
        return units
    return max(math.ceil(units * (error * sure / worth) ** 2) - units, math.ceil(units / 10))


def evenness(sums: Mapping[str, Sums], plan: Plan) -> float:
    """p of a chi-squared test of the units against what the lot was to give."""
    shares = plan.shares or dict.fromkeys(sums, 1.0)
    if set(shares) != set(sums) or min(shares.values()) <= 0:
        raise BadShares("shares name every arm once, each with a share above zero")
    total, all_shares = sum(one.units for one in sums.values()), sum(shares.values())
    hoped = {name: total * share / all_shares for name, share in shares.items()}
    squares = sum((one.units - hoped[name]) ** 2 / hoped[name] for name, one in sums.items())
    return float(scipy.stats.chi2.sf(squares, len(sums) - 1))
