"""What commerce holds of somebody: orders, which the books need, under a number that names nobody."""

from typing import Any

from django.db.models import QuerySet

from siyu.core.eventlog.held.log import LAW
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.commerce.models import CouponUse, Line, Order, Refund


class Commerce:
    name = "commerce"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"orders": orders(who).count(), "refunds": refunds(who).count()}

    def export(self, who: Somebody) -> Files:
        lines: dict[int, list[dict[str, Any]]] = {}
        fields = ("order", "product__sku", "product__title", "quantity", "amount", "discount")
        for order, *line in (
            Line.objects.filter(order__in=orders(who)).order_by("order", "ordinal").values_list(*fields)
        ):
            lines.setdefault(order, []).append(dict(zip(("sku", "title", *fields[3:]), line, strict=True)))
        columns = ("pk", "source", "number", "placed_at", "amount", "discount", "currency", "cancelled_at")
        sold = [{**row, "lines": lines.get(row.pop("pk"), [])} for row in orders(who).order_by("pk").values(*columns)]
        back = [{**row} for row in refunds(who).order_by("pk").values("source", "number", "at", "amount")]
        return {"orders": sold, "refunds": back}

    def erase(self, who: Somebody) -> Answer:
        coupons = CouponUse.objects.filter(order__in=orders(who))
        personal = [pk for pk, code in coupons.values_list("pk", "code") if who.named_in(code)]
        coupons.filter(pk__in=personal).delete()
        kept = {name: n for name, n in self.count(who).items() if n}
        return Answer({"coupon_codes": len(personal)}, kept, LAW if kept else "")


def orders(who: Somebody) -> QuerySet[Order]:
    return Order.objects.filter(identity__in=who.identities)


def refunds(who: Somebody) -> QuerySet[Refund]:
    return Refund.objects.filter(identity__in=who.identities)


hold(Commerce())
