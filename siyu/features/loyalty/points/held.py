"""What points hold of somebody. The books stay, under a number that names nobody; words and addresses go."""

from django.db import transaction

from siyu.core.eventlog.held.log import LAW
from siyu.core.ledger.models import Transfer
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import Earning, Redemption


class PointsHeld:
    name = "points"

    def count(self, who: Somebody) -> dict[str, int]:
        found = {
            "earnings": Earning.objects.filter(identity__in=who.identities).count(),
            "redemptions": Redemption.objects.filter(identity__in=who.identities).count(),
        }
        return {name: n for name, n in found.items() if n}

    def export(self, who: Somebody) -> Files:
        earned = Earning.objects.filter(identity__in=who.identities).order_by("pk")
        redeemed = Redemption.objects.filter(identity__in=who.identities).order_by("pk")
        points = ("at", "points", "reversed", "about", "rule__title", "memo")
        things = ("at", "item__title", "points", "address", "sent_at", "reversed_at")
        said: Files = {
            "points_earned": [dict(zip(points, row, strict=True)) for row in earned.values_list(*points)],
            "points_redeemed": [dict(zip(things, row, strict=True)) for row in redeemed.values_list(*things)],
        }
        return {name: rows for name, rows in said.items() if rows}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        """The one road into the books: memos are blanked."""
        theirs = Earning.objects.filter(identity__in=who.identities)
        keys = [f"earning:{pk}" for pk in theirs.values_list("pk", flat=True)]
        Transfer.objects.filter(key__in=keys).exclude(memo="").update(memo="")
        memos = theirs.exclude(memo="").update(memo="")
        sent = Redemption.objects.filter(identity__in=who.identities).exclude(address={}).update(address={})
        kept = self.count(who)
        return Answer({"points_memos": memos, "mall_addresses": sent}, kept, LAW if kept else "")


hold(PointsHeld())
