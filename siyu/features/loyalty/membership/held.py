"""What memberships hold of somebody: what was paid stays with its orders, what was granted goes."""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.eventlog.held.log import LAW
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import Membership, MembershipPurchase, MembershipTerm

COLUMNS = (
    "plan__title", "membership__tier", "kind", "order__number", "paid", "credit", "at", "begins_at", "ends_at",
    "ended_at", "ended_because", "back",
)  # fmt: skip


class Memberships:
    name = "memberships"

    def count(self, who: Somebody) -> dict[str, int]:
        n = theirs(who).count()
        return {"memberships": n} if n else {}

    def export(self, who: Somebody) -> Files:
        rows = [
            {name.replace("__", "_"): value for name, value in row.items() if value not in (None, "")}
            for row in theirs(who).order_by("pk").values(*COLUMNS)
        ]
        return {"memberships": rows} if rows else {}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        """A membership of which nothing was paid goes; one with an order is a part of the books."""
        MembershipPurchase.objects.filter(identity__in=who.identities).delete()
        mine = Membership.objects.filter(identity__in=who.identities)
        free = list(mine.exclude(terms__order__isnull=False).values_list("pk", flat=True))
        gone = forget(free)
        kept = theirs(who).count()
        return Answer({"memberships": gone} if gone else {}, {"memberships": kept} if kept else {}, LAW if kept else "")


def theirs(who: Somebody) -> QuerySet[MembershipTerm]:
    return MembershipTerm.objects.filter(membership__identity__in=who.identities)


def forget(memberships: list[int]) -> int:
    """Of terms that replace each other the older ones go first."""
    rows = MembershipTerm.objects.filter(membership__in=memberships).order_by("pk")
    gone = len(rows)
    for row in rows:
        row.delete()
    Membership.objects.filter(pk__in=memberships).delete()
    return gone


hold(Memberships())
