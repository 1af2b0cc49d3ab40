"""What pages and the API ask about trials; plain data out."""

from typing import Any

from django.conf import settings
from pyroaring import BitMap

from siyu.core.insight.models import Trial
from siyu.core.insight.trials.findings import NoSuchTrial
from siyu.core.insight.trials.held import called
from siyu.core.insight.trials.opening import GLOBAL, HELD
from siyu.kit import codes

PAGE = 100


def code(number: int) -> str:
    return codes.encode("tri", number, settings.SECRET_KEY)


def trial_of(said: str) -> Trial:
    """By its code."""
    number = codes.decode("tri", said, settings.SECRET_KEY)
    found = Trial.objects.select_related("finding").filter(pk=number).first() if number is not None else None
    if found is None:
        raise NoSuchTrial("there is no such trial")
    return found


def coded(keys: list[str]) -> dict[str, str]:
    """{key: code}"""
    return {key: code(number) for number, key in Trial.objects.filter(key__in=keys).values_list("pk", "key")}


def told(trial: Trial) -> dict[str, Any]:
    """A trial, what was spent for it, and what it has shown so far."""
    finding = getattr(trial, "finding", None)
    names = ("key", "title", "action", "unit", "arms", "goal", "window", "opened_at", "horizon_at", "closed_at", "by")
    costs = trial.costs.order_by("kind", "key").values("key", "kind", "amount", "note", "by", "at")
    return {name: getattr(trial, name) for name in names} | {
        "code": code(trial.pk),
        "name": str(trial),
        "costs": list(costs),
        "reckoned_at": finding.at if finding else None,
        "found": finding.body if finding else None,
    }


def everyone(*, start: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
    """Trials, the newest first."""
    rows = Trial.objects.select_related("finding").prefetch_related("costs").order_by("-opened_at", "-pk")
    return [told(trial) for trial in rows[start : start + limit]]


def people_in(trial: Trial, arm: str, *, after: int = -1, limit: int = PAGE) -> list[tuple[int, Any]]:
    """(person, when they entered) of an arm, by number."""
    numbers = {str(called(trial, number)): number for number in (GLOBAL, HELD, *range(1, len(trial.arms) + 1))}
    if arm not in numbers:
        raise NoSuchTrial("the trial has no such arm")
    found: list[tuple[int, Any]] = []
    rows = trial.entries.filter(arm=numbers[arm]).order_by("part", "unit", "at")
    for at, people in rows.values_list("at", "people").iterator(100):
        inside = BitMap.deserialize(bytes(people))
        found += [(person, at) for person in inside[inside.rank(after) if after >= 0 else 0 :][:limit]]
        found = sorted(found)[:limit]
    return found
