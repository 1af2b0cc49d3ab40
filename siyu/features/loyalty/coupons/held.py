"""Coupons of somebody: those that never touched an order go with them, the others are the books of their orders."""

from django.db.models import QuerySet

from siyu.core.eventlog.held.log import LAW
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import CouponCode, HandoutPart


class Coupons:
    name = "coupons"

    def count(self, who: Somebody) -> dict[str, int]:
        n = theirs(who).count()
        return {"coupons": n} if n else {}

    def export(self, who: Somebody) -> Files:
        columns = ("template__title", "text", "state", "issued_at", "expires_at", "order__number", "amount")
        rows = [
            {name.replace("__", "_"): value for name, value in row.items() if value is not None}
            for row in theirs(who).order_by("pk").values(*columns)
        ]
        return {"coupons": rows} if rows else {}

    def erase(self, who: Somebody) -> Answer:
        gone, _ = theirs(who).filter(turn=0).delete()
        forget_waiting(who)
        kept = theirs(who).count()
        return Answer({"coupons": gone} if gone else {}, {"coupons": kept} if kept else {}, LAW if kept else "")


def theirs(who: Somebody) -> QuerySet[CouponCode]:
    return CouponCode.objects.filter(identity__in=who.identities)


def forget_waiting(who: Somebody) -> None:
    """Who is still to get one gets none."""
    gone = set(who.identities)
    for part in HandoutPart.objects.filter(done_at=None).order_by("pk"):
        left = [one for one in part.identities if one not in gone]
        if len(left) < len(part.identities):
            HandoutPart.objects.filter(pk=part.pk, done_at=None).update(identities=left)


hold(Coupons())
