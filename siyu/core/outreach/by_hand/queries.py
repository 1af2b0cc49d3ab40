"""What the desk looks like."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from siyu.core.outreach.by_hand.verbs import person_of
from siyu.core.outreach.models import Errand, Outgoing
from siyu.kit.refusals import Refused

LATEST = 30


class NoSuchErrand(Refused):
    code = "no_such_errand"
    status = 404


@dataclass(frozen=True)
class Desk:
    """`waiting`: on the desk; `mine`: in this operator's hands; `ended`: what was done or left last, by anybody."""

    waiting: int
    mine: list[Errand]
    ended: list[Errand]
    counts: dict[str, int]


def desk(operator: int) -> Desk:
    counts = dict(Errand.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))
    mine = Errand.objects.filter(operator=operator, state="taken").order_by("pk")
    ended = Errand.objects.filter(state__in=("done", "left")).select_related("operator").order_by("-ended_at", "-pk")
    return Desk(counts.get("open", 0), with_people(mine), with_people(ended[:LATEST]), counts)


def with_people(errands: QuerySet[Errand]) -> list[Errand]:
    """Each with `person`, the number of whom it speaks to."""
    found = list(errands)
    people = dict(Outgoing.objects.filter(pk__in=[one.outgoing for one in found]).values_list("pk", "person"))
    for one in found:
        one.person = people.get(one.outgoing or 0)  # type: ignore[attr-defined]
    return found


def one(errand: int) -> Errand:
    found = Errand.objects.filter(pk=errand).first()
    if found is None:
        raise NoSuchErrand("there is no such errand")
    return found


__all__ = ["Desk", "desk", "one", "person_of"]
