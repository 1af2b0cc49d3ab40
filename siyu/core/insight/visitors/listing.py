"""Who is out, by which rule, since when; plain data out."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from siyu.core.insight.models import Exclusion
from siyu.core.people.codes import code
from siyu.core.people.models import Identity

PAGE = 50
RULES = ("list", "agent", "pace", "operator")


@dataclass(frozen=True)
class Excluded:
    """A visitor who does not count. `person` is the code of whom it belongs to."""

    number: int
    person: str
    namespace: str
    value: str
    rule: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Listing:
    rows: list[Excluded]
    next: int | None
    """Where the next page begins; none: that was all."""
    caught: dict[str, int]
    """{rule: visitors who are out by it}"""
    words: dict[str, int]
    """The same for each of the operators' own words."""

    @property
    def total(self) -> int:
        return sum(self.caught.values())


def excluded(*, after: int | None = None, rule: str = "", limit: int = PAGE) -> Listing:
    """Visitors who are out now, the newest first; `after` is the number of the last one seen."""
    out = Exclusion.objects.filter(readmitted_at=None)
    caught = dict.fromkeys(RULES, 0) | dict(out.values_list("rule").annotate(n=Count("pk")))
    words = dict(out.filter(rule="agent").values_list("reason").annotate(n=Count("pk")))
    rows = out.filter(rule=rule) if rule else out
    last = Exclusion.objects.filter(pk=after).first() if after else None
    if last:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(rows.order_by("-at", "-pk")[: limit + 1])
    known = Identity.objects.in_bulk([one.pk for one in found])
    listed = [told(one, known.get(one.pk)) for one in found[:limit]]
    return Listing(listed, listed[-1].number if len(found) > limit else None, caught, words)


def told(one: Exclusion, identity: Identity | None) -> Excluded:
    number = identity.person_id if identity and identity.person_id else one.pk
    namespace, value = (identity.namespace, identity.value) if identity else ("", "")
    return Excluded(one.pk, code(number), namespace, value, one.rule, one.reason, one.by, one.at)


def standing_of(person: int) -> Excluded | None:
    """Whether anything of this person is out, and by which word last."""
    identities = {one.pk: one for one in Identity.objects.filter(person__identities=person).order_by("pk")}
    out = Exclusion.objects.filter(identity__in=identities, readmitted_at=None).order_by("-at", "-pk").first()
    return told(out, identities[out.pk]) if out else None
