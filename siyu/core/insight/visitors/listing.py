"""Who is out, by which rule, since when; plain data out."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from siyu.core.insight.models import Exclusion
from siyu.core.people.codes import code
from siyu.core.people.models import Identity

PAGE = 50


@dataclass(frozen=True)
class Excluded:
    """A visitor who does not count. `person` is the code of whom it belongs to."""

    number: int
    person: str
    rule: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Listing:
    rows: list[Excluded]
    next: int | None
    """Where the next page begins; none: that was all."""
    counts: dict[tuple[str, str], int]
    """{(rule, reason): visitors}, the reason only of the operator's own words."""

    def caught(self, rule: str, word: str = "") -> int:
        return self.counts.get((rule, word), 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def excluded(*, after: int | None = None, rule: str = "", limit: int = PAGE) -> Listing:
    """Visitors who are out now, the newest first; `after` is the number of the last one seen."""
    out = Exclusion.objects.filter(readmitted_at=None)
    grouped = out.values_list("rule", "reason").annotate(n=Count("pk"))
    counts: dict[tuple[str, str], int] = {}
    for name, reason, n in grouped:
        key = (name, reason if name == "agent" else "")
        counts[key] = counts.get(key, 0) + n
    rows = out.filter(rule=rule) if rule else out
    last = Exclusion.objects.filter(pk=after).first() if after else None
    if last:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(rows.order_by("-at", "-pk")[: limit + 1])
    persons = dict(Identity.objects.filter(pk__in=[one.pk for one in found]).values_list("pk", "person"))
    listed = [
        Excluded(one.pk, code(persons.get(one.pk) or one.pk), one.rule, one.reason, one.by, one.at)
        for one in found[:limit]
    ]
    return Listing(listed, listed[-1].number if len(found) > limit else None, counts)


def standing_of(person: int) -> Excluded | None:
    """Whether anything of this person is out, and by which word last."""
    numbers = Identity.objects.filter(person__identities=person).values("pk")
    one = Exclusion.objects.filter(identity__in=numbers, readmitted_at=None).order_by("-at", "-pk").first()
    return Excluded(one.pk, code(person), one.rule, one.reason, one.by, one.at) if one else None
