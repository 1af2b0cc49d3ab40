"""What check-ins hold of somebody: the days on which they came."""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import CheckIn, MakeUpCard, StreakStep


class CheckIns:
    name = "check_ins"

    def count(self, who: Somebody) -> dict[str, int]:
        return {name: n for name, rows in theirs(who).items() if (n := rows.count())}

    def export(self, who: Somebody) -> Files:
        rows = theirs(who)
        days = rows["check_ins"].order_by("day", "pk").values("day", "at", "card")
        cards = rows["make_up_cards"].order_by("granted_at", "pk")
        said: Files = {
            "check_ins": [{"day": row["day"], "at": row["at"], "made_up": row["card"] is not None} for row in days],
            "make_up_cards": list(cards.values("granted_at", "because", "spent_at", "revoked_at")),
        }
        return {name: found for name, found in said.items() if found}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        return Answer({name: rows.delete()[0] for name, rows in theirs(who).items()})


def theirs(who: Somebody) -> dict[str, QuerySet]:
    """In the order in which they can go."""
    return {
        "check_ins": CheckIn.objects.filter(identity__in=who.identities),
        "streak_steps": StreakStep.objects.filter(identity__in=who.identities),
        "make_up_cards": MakeUpCard.objects.filter(identity__in=who.identities),
    }


hold(CheckIns())
