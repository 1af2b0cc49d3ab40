"""What insight holds of somebody: their place in screening rounds. Portraits and indexes know numbers and sums only."""

from django.db.models import QuerySet

from siyu.core.insight.models import Candidate
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Insight:
    name = "insight"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"candidates": candidates(who).count()}

    def export(self, who: Somebody) -> Files:
        fields = ("round__month", "round__category", "rank", "score", "reasons", "accepted_at", "rejected_at", "note")
        rows = candidates(who).order_by("pk").values(*fields)
        return {"screening": [{name.replace("__", "_"): value for name, value in row.items()} for row in rows]}

    def erase(self, who: Somebody) -> Answer:
        return Answer({"candidates": candidates(who).delete()[0]})


def candidates(who: Somebody) -> QuerySet[Candidate]:
    return Candidate.objects.filter(person__in=who.identities)


hold(Insight())
