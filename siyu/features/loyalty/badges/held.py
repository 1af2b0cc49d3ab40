"""What badges hold of somebody. A certificate goes too: its address then leads nowhere."""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import BadgeAward, Certificate


class Awards:
    name = "badges"

    def count(self, who: Somebody) -> dict[str, int]:
        return {name: n for name, rows in theirs(who).items() if (n := rows.count())}

    def export(self, who: Somebody) -> Files:
        columns = {
            "certificates": ("title", "holder", "shows", "issued_at", "revoked_at", "revoked_because"),
            "badges": ("badge__name", "because", "at", "revoked_at", "revoked_because"),
        }
        said: Files = {name: list(rows.order_by("pk").values(*columns[name])) for name, rows in theirs(who).items()}
        return {name: rows for name, rows in said.items() if rows}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        return Answer({name: rows.delete()[0] for name, rows in theirs(who).items()})


def theirs(who: Somebody) -> dict[str, QuerySet]:
    """In the order in which they can go."""
    return {
        "certificates": Certificate.objects.filter(award__identity__in=who.identities),
        "badges": BadgeAward.objects.filter(identity__in=who.identities),
    }


hold(Awards())
