"""What insight holds of somebody: their place in screening rounds, and whether their behaviour counts. Portraits and
indexes know numbers and sums only."""

from django.db.models import QuerySet

from siyu.core.insight.models import Candidate, Exclusion
from siyu.core.insight.trials import held as trials  # noqa: F401
from siyu.core.links.held import LinksHeld
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Insight:
    name = "insight"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"candidates": candidates(who).count(), "exclusions": exclusions(who).count()}

    def export(self, who: Somebody) -> Files:
        fields = ("round__month", "round__category", "rank", "score", "reasons", "accepted_at", "rejected_at", "note")
        rows = candidates(who).order_by("pk").values(*fields)
        out = exclusions(who).order_by("pk").values("rule", "reason", "by", "at", "readmitted_at")
        return {
            "screening": [{name.replace("__", "_"): value for name, value in row.items()} for row in rows],
            "excluded": [dict(row) for row in out],
        }

    def erase(self, who: Somebody) -> Answer:
        return Answer({"candidates": candidates(who).delete()[0], "exclusions": exclusions(who).delete()[0]})


def candidates(who: Somebody) -> QuerySet[Candidate]:
    return Candidate.objects.filter(person__in=who.identities)


def exclusions(who: Somebody) -> QuerySet[Exclusion]:
    return Exclusion.objects.filter(identity__in=who.identities)


hold(Insight())
hold(LinksHeld())  # links stand beside people, and do not know their registry
