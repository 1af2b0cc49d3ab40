"""What levels hold of somebody: where they stand, and how they came there."""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import LevelChange, LevelStanding


class Levels:
    name = "levels"

    def count(self, who: Somebody) -> dict[str, int]:
        return {name: n for name, rows in theirs(who).items() if (n := rows.count())}

    def export(self, who: Somebody) -> Files:
        columns = {
            "level_changes": ("at", "before", "after", "because", "numbers"),
            "levels": ("level", "since", "low_since", "locked_until", "lock_reason"),
        }
        said: Files = {name: list(rows.order_by("pk").values(*columns[name])) for name, rows in theirs(who).items()}
        return {name: rows for name, rows in said.items() if rows}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        return Answer({name: rows.delete()[0] for name, rows in theirs(who).items()})


def theirs(who: Somebody) -> dict[str, QuerySet]:
    return {
        "level_changes": LevelChange.objects.filter(identity__in=who.identities),
        "levels": LevelStanding.objects.filter(identity__in=who.identities),
    }


hold(Levels())
