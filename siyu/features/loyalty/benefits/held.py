"""What was given to somebody: it goes when they go."""

from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.benefits.queries import shown
from siyu.features.loyalty.models import Grant


class Benefits:
    name = "benefits"

    def count(self, who: Somebody) -> dict[str, int]:
        n = Grant.objects.filter(identity__in=who.identities).count()
        return {"benefits": n} if n else {}

    def export(self, who: Somebody) -> Files:
        grants = Grant.objects.filter(identity__in=who.identities).order_by("pk")
        rows = [{k: v for k, v in vars(shown(grant)).items() if k != "number"} for grant in grants]
        return {"benefits": rows} if rows else {}

    def erase(self, who: Somebody) -> Answer:
        gone, _ = Grant.objects.filter(identity__in=who.identities).delete()
        return Answer({"benefits": gone} if gone else {})


hold(Benefits())
