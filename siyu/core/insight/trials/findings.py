"""What trials have shown, kept: pages read it, the worker reckons it anew while it can still change.

Equal actions are judged together. Their lifts, each by its own lot, are averaged with the inverse of their variances as
weights (fixed effect; Cochrane Handbook, 10.3); only trials that have reached their horizon are, because an average of
looks is no fixed test. Where none has, the largest one speaks for the action.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist
from typing import Any

import duckdb
import msgspec
from django.db.models import Prefetch, QuerySet

from siyu.core.eventlog import lake
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Finding, Trial, TrialCost
from siyu.core.insight.trials.spending import spend
from siyu.kit.refusals import Refused

SETTLES = timedelta(days=60)
"""So long after the horizon refunds and late orders are waited for; later ones count when somebody asks."""
RESTS = timedelta(minutes=10)
"""A lake with traffic has news every second."""
LOOKS = 20
AT_ONCE = 2.0
"""Seconds after which the worker lets others have their turn."""
BOUGHT_BEFORE = "person IN (SELECT person FROM happened WHERE NOT after AND orders > 0)"
SEGMENTS = {"bought_before": BOUGHT_BEFORE, "not_before": f"NOT ({BOUGHT_BEFORE})"}
SURE = NormalDist().inv_cdf(0.975)


class NoSuchTrial(Refused):
    code = "no_such_trial"
    status = 404


def keep_fresh(at: datetime, *, margin: int | None = None) -> int:
    """The worker's: how many were reckoned."""
    version, began = lake.table("events").version(), time.monotonic()
    trials = Trial.objects.filter(opened_at__lte=at).select_related("finding").defer("finding__body")
    waiting = [trial for trial in trials.order_by("-opened_at", "-pk") if stale(trial, version, at)]
    if not waiting:
        return 0
    done = 0
    with open_facts(at) as db:
        for trial in waiting:
            keep(db, trial, version, at, margin=margin)
            done += 1
            if time.monotonic() - began > AT_ONCE:
                break
    return done


def stale(trial: Trial, version: int, at: datetime) -> bool:
    """With news from the lake, or when its horizon has come."""
    found = getattr(trial, "finding", None)
    return found is None or not found.brief or old(found.at, found.lake, trial.horizon_at, version, at)


def old(reckoned: datetime, lake: int, horizon: datetime, version: int, at: datetime) -> bool:
    if reckoned < horizon <= at:
        return True
    return lake != version and reckoned + RESTS <= at and reckoned < horizon + SETTLES


def measure(trial: Trial, *, at: datetime, margin: int | None = None) -> Finding:
    """Reckon and keep one of them, whether it is stale or not."""
    version = lake.table("events").version()
    with open_facts(at) as db:
        return keep(db, trial, version, at, margin=margin)


def keep(
    db: duckdb.DuckDBPyConnection, trial: Trial, version: int, at: datetime, *, margin: int | None = None
) -> Finding:
    """The effect, how it would have been seen day by day, and on whom it worked."""
    from siyu.core.insight.trials import given, measuring

    measuring.gather(db, trial, at, margin)
    taken = given.reckoned(db, trial)
    charge(trial, given.costs(taken), at)
    effect = measuring.reckon(db, trial, at, margin=margin)
    moments = looks(trial, effect.until)
    seen = zip(moments, measuring.course(db, trial, moments), strict=True)
    body = {
        "effect": effect.as_dict(),
        "course": [
            {"at": when, "verdict": one.verdict, **(one.sides[-1].arm._asdict() if one.sides else {})}
            for when, one in seen
        ],
        "given": given.as_dict(taken),
        "segments": {
            name: measuring.reckon(db, trial, at, who, margin=margin).as_dict() for name, who in SEGMENTS.items()
        },
    }
    said = msgspec.to_builtins(body)
    kept = {"at": at, "lake": version, "body": said, "brief": brief(said["effect"], trial.goal)}
    return Finding.objects.update_or_create(trial=trial, defaults=kept)[0]


def charge(trial: Trial, costs: dict[str, int], at: datetime) -> None:
    """What people took because of it is a cost of it, as it is known now."""
    there = dict(trial.costs.filter(key__startswith=OURS).values_list("key", "amount"))
    for kind in ("coupons", "points"):
        amount, key = costs.get(kind, 0), OURS + kind
        if amount != there.get(key, 0):  # said again it would be news, and everything reckoned again
            spend(trial, kind=kind, amount=amount, key=key, note=NOTE, by="siyu", at=at)


OURS = "reckoned:"
IN_SALES = OURS + "coupons"
"""Discounts: sales and contribution are less by them already."""
NOTE = "more than those who were kept out"


def brief(effect: dict[str, Any], goal: str) -> dict[str, Any]:
    """What a list says of it: of each outcome all arms together, against those who were kept out."""
    names = dict.fromkeys((*SAID, goal))
    sides = {name: treated(effect, name) for name in names}
    return {name: effect[name] for name in ("reached", "final", "verdict", "needed", "days", "known")} | {
        "sides": {name: side for name, side in sides.items() if side}
    }


SAID = ("orders", "gmv", "contribution")


def looks(trial: Trial, until: datetime) -> list[datetime]:
    """At most `LOOKS` moments from opening on, whole days apart, the last one now."""
    days = max(1, (until - trial.opened_at) // timedelta(days=1))
    step = -(-days // LOOKS)
    return [*(trial.opened_at + timedelta(days=n) for n in range(step, days, step)), until]


@dataclass
class Line:
    """An action, and what all its trials say. Figures are those of all arms together, `gained` of everybody reached."""

    action: str
    title: str
    trials: list[str]
    window: int
    people: int
    cost: int
    verdict: str
    final: bool
    needed: int | None = None
    days: int = 0
    orders: dict[str, float] | None = None
    gmv: dict[str, float] | None = None
    contribution: dict[str, float] | None = None
    """{lift, low, high, gained, gained_low, gained_high, mean}"""
    cost_per_order: float | None = None
    known: float | None = None
    discounts: int = 0
    """Of the cost: what sales are less by already."""

    @property
    def earned(self) -> float | None:
        """What it brought in after its cost; none: nobody knows what goods cost."""
        return self.contribution["gained"] - self.cost + self.discounts if self.contribution else None


def lines(trials: QuerySet[Trial] | None = None) -> list[Line]:
    """Every action, the dearest first."""
    rows = Trial.objects.all() if trials is None else trials
    costs = Prefetch("costs", TrialCost.objects.order_by("pk"))
    together: dict[tuple[str, str, int, str], list[Trial]] = defaultdict(list)
    told = rows.select_related("finding").defer("finding__body").prefetch_related(costs)
    for trial in told.order_by("opened_at", "pk"):
        alone = "" if trial.action else trial.key
        together[trial.action, alone, trial.window, trial.goal].append(trial)
    return sorted(map(line, together.values()), key=lambda one: (-one.cost, -one.people, one.action, one.trials))


def line(group: list[Trial]) -> Line:
    last = group[-1]
    found = [trial.finding.brief for trial in group if hasattr(trial, "finding") and trial.finding.brief]
    reached = sum(one["reached"] for one in found)
    cost = sum(cost.amount for trial in group for cost in trial.costs.all())
    keys = [trial.key for trial in group]
    said = Line(last.action, str(last), keys, last.window, reached, cost, "not known yet", final=False)
    said.discounts = sum(cost.amount for trial in group for cost in trial.costs.all() if cost.key == IN_SALES)
    return judged_by(said, found, last.goal) if found else said


def judged_by(said: Line, found: list[dict[str, Any]], goal: str) -> Line:
    """What these briefs say together."""
    judged = [one for one in found if one["final"] and one["verdict"] not in NOTHING]
    spoken = judged or [max(found, key=lambda one: (one["verdict"] not in NOTHING, one["reached"]))]
    said.final, said.days = bool(judged), max(one["days"] for one in found)
    said.known = spoken[-1]["known"]
    for name in SAID:
        setattr(said, name, pooled([one["sides"][name] for one in spoken if name in one["sides"]], said.people))
    all_of_it = pooled([one["sides"][goal] for one in spoken if goal in one["sides"]], said.people)
    alone = len(spoken) == 1
    said.verdict = spoken[0]["verdict"] if alone or all_of_it is None else verdict(all_of_it)
    said.needed = spoken[0]["needed"] if alone else None
    if said.cost and said.orders and said.orders["low"] > 0:
        said.cost_per_order = said.cost / said.orders["gained"]
    return said


NOTHING = ("split is broken", "no holdout", "too few", "not measured")
"""Words of a trial that says nothing of its action."""


def treated(effect: dict[str, Any], outcome: str) -> dict[str, Any] | None:
    sides = effect["outcomes"].get(outcome, [])
    if len(sides) < 2:
        return None
    return {name: sides[-1][name] for name in ("lift", "ci", "error")} | {"control": sides[0]["mean"]}


def pooled(arms: Iterable[dict[str, Any]], people: int) -> dict[str, float] | None:
    """Of one arm its own interval; of several the average by inverse variance, with a normal interval."""
    arms = list(arms)
    if not arms:
        return None
    if len(arms) == 1:
        [one] = arms
        lift, (low, high), mean = one["lift"], one["ci"], one["control"]
    else:
        # A trial in which nobody ordered at all has no variance, and nothing to say.
        weights = [1 / one["error"] ** 2 if one["error"] else 0.0 for one in arms]
        total = sum(weights)
        if not total:
            return None
        lift = sum(weight * one["lift"] for weight, one in zip(weights, arms, strict=True)) / total
        mean = sum(weight * one["control"] for weight, one in zip(weights, arms, strict=True)) / total
        low, high = lift - SURE / sqrt(total), lift + SURE / sqrt(total)
    return {
        "lift": lift, "low": low, "high": high, "mean": mean,
        "gained": lift * people, "gained_low": low * people, "gained_high": high * people,
    }  # fmt: skip


def verdict(goal: dict[str, float]) -> str:
    from siyu.core.insight.trials.effect import judged

    return judged((goal["low"], goal["high"]), abs(goal["mean"]) / 20)
