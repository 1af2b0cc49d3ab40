"""What commerce holds of somebody: orders, which the books need, under a number that names nobody; and what a shop has
told and nobody could take yet, as it came."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from siyu.core.eventlog.held.log import LAW
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.commerce.models import CouponUse, Delivery, Line, Order, Refund


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


class Deliveries:
    """Of shops, those that could not be taken: the others keep nothing of what they said."""

    name = "shop_deliveries"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"deliveries": len(list(naming(who)))}

    def export(self, who: Somebody) -> Files:
        rows = [{"topic": d.topic, "received_at": d.received_at, "body": d.body} for d in naming(who)]
        return {"shop_deliveries": rows} if rows else {}

    def erase(self, who: Somebody) -> Answer:
        found = [one.pk for one in naming(who)]
        Delivery.objects.filter(pk__in=found).update(outcome="skipped", code="erased", body="", reason="")
        return Answer({"deliveries": len(found)})


def naming(who: Somebody) -> Iterator[Delivery]:
    for one in Delivery.objects.exclude(body="").order_by("pk").iterator(200):
        if who.named_in(one.body):
            yield one


hold(Commerce())
hold(Deliveries())
