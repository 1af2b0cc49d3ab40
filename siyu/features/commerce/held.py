"""What commerce holds of somebody: orders, which the books need, under a number that names nobody; and what a shop has
told and nobody could take yet, as it came."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.eventlog.held.log import LAW
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.commerce.models import (
    Cart,
    CouponUse,
    Delivery,
    Fulfilment,
    Invoice,
    Line,
    Order,
    Refund,
    RefundRequest,
)


class Commerce:
    name = "commerce"

    def count(self, who: Somebody) -> dict[str, int]:
        found = {"orders": orders(who).count(), "refunds": refunds(who).count(), "carts": carts(who).count()}
        return {kind: n for kind, n in found.items() if n or kind != "carts"}

    def export(self, who: Somebody) -> Files:
        lines: dict[int, list[dict[str, Any]]] = {}
        fields = ("order", "product__sku", "product__title", "quantity", "amount", "discount")
        for order, *line in (
            Line.objects.filter(order__in=orders(who)).order_by("order", "ordinal").values_list(*fields)
        ):
            lines.setdefault(order, []).append(dict(zip(("sku", "title", *fields[3:]), line, strict=True)))
        columns = ("pk", "source", "number", "placed_at", "amount", "discount", "currency", "cancelled_at")
        own = ("opened_at", "closed_at", "shipping", "fulfilment__address", "invoice__title", "invoice__tax_number")
        sold = [
            {name: value for name, value in row.items() if value is not None and name != "pk"}
            | {"lines": lines.get(row["pk"], [])}
            for row in orders(who).order_by("pk").values(*columns, *own)
        ]
        back = [{**row} for row in refunds(who).order_by("pk").values("source", "number", "at", "amount")]
        return {"orders": sold, "refunds": back}

    def erase(self, who: Somebody) -> Answer:
        coupons = CouponUse.objects.filter(order__in=orders(who))
        personal = [pk for pk, code in coupons.values_list("pk", "code") if who.named_in(code)]
        coupons.filter(pk__in=personal).delete()
        gone = {"coupon_codes": len(personal)} | forget_buyer(who)
        kept = {name: n for name, n in self.count(who).items() if n}
        return Answer(gone, kept, LAW if kept else "")


def orders(who: Somebody) -> QuerySet[Order]:
    return Order.objects.filter(identity__in=who.identities)


def refunds(who: Somebody) -> QuerySet[Refund]:
    return Refund.objects.filter(identity__in=who.identities)


def carts(who: Somebody) -> QuerySet[Cart]:
    return Cart.objects.filter(identity__in=who.identities)


@transaction.atomic
def forget_buyer(who: Somebody) -> dict[str, int]:
    """Addresses, carts, and words of their own. An invoice that was issued is a document of the books, and stays."""
    theirs = orders(who)
    return {
        "addresses": Fulfilment.objects.filter(order__in=theirs).exclude(address={}).update(address={}),
        "carts": carts(who).delete()[0],
        "reasons": RefundRequest.objects.filter(order__in=theirs).exclude(reason="").update(reason="", answer=""),
        "invoice_wishes": Invoice.objects.filter(order__in=theirs, issued_at=None).delete()[0],
        "invoice_addresses": Invoice.objects.filter(order__in=theirs).exclude(email="").update(email=""),
    }


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
