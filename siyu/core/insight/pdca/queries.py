"""A round as it stands: the plan, what was done, what it brought against who was kept out, what was decided."""

from typing import Any

from django.conf import settings
from django.db.models import Sum

from siyu.core.insight.models import Candidate, Cycle, Trial, TrialCost
from siyu.core.insight.trials import findings
from siyu.core.insight.trials.queries import coded
from siyu.kit import codes
from siyu.kit.refusals import Refused

PAGE = 100


class NoSuchCycle(Refused):
    code = "no_such_cycle"
    status = 404


def code(number: int) -> str:
    return codes.encode("cyc", number, settings.SECRET_KEY)


def cycle_of(said: str) -> Cycle:
    number = codes.decode("cyc", said, settings.SECRET_KEY)
    found = Cycle.objects.select_related("audience").filter(pk=number).first() if number is not None else None
    if found is None:
        raise NoSuchCycle("there is no such round")
    return found


def everyone(*, start: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
    """Rounds, the newest first, each with what was spent for it."""
    rows = Cycle.objects.order_by("-begins_on", "-pk")[start : start + limit]
    spent = dict(
        TrialCost.objects.filter(trial__cycles__cycle__in=[row.pk for row in rows])
        .values_list("trial__cycles__cycle")
        .annotate(sum=Sum("amount"))
        .order_by("trial__cycles__cycle")
    )
    return [{"cycle": row, "code": code(row.pk), "spent": spent.get(row.pk, 0)} for row in rows]


def told(cycle: Cycle) -> dict[str, Any]:
    """`lines`: its actions as `findings` judges them; `reached`: whether the goal's target was, None: not known."""
    trials = Trial.objects.filter(cycles__cycle=cycle)
    lines = findings.lines(trials)
    known = coded([key for line in lines for key in line.trials])
    linked = trials.order_by("opened_at", "pk")
    return {
        "cycle": cycle,
        "code": code(cycle.pk),
        "lines": lines,
        "trials": [(trial.pk, str(trial), known.get(trial.key, "")) for trial in linked],
        "free": [(trial.pk, str(trial)) for trial in Trial.objects.filter(cycles=None).order_by("-opened_at")[:PAGE]],
        "spent": sum(line.cost for line in lines),
        "reached": reached(cycle, lines),
        "screened": screened(cycle),
    }


def reached(cycle: Cycle, lines: list[findings.Line]) -> bool | None:
    """By the interval of the goal: its lower end is above the target, or its upper end below."""
    ends = [
        (said["low"] / said["mean"], said["high"] / said["mean"])
        for line in lines
        if line.final and (said := getattr(line, cycle.goal)) and said["mean"] > 0
    ]
    if cycle.target is None or not ends:
        return None
    wanted = cycle.target / 10_000
    if all(low >= wanted for low, _ in ends):
        return True
    return False if all(high < wanted for _, high in ends) else None


def screened(cycle: Cycle) -> dict[str, int] | None:
    """Of a month's screening: how many were accepted and rejected. Nobody drew lots there: it is no evidence."""
    if cycle.screening_id is None:
        return None
    of = Candidate.objects.filter(round=cycle.screening_id)
    accepted = of.filter(accepted_at__isnull=False).count()
    rejected = of.filter(rejected_at__isnull=False).count()
    return {"candidates": of.count(), "accepted": accepted, "rejected": rejected}
