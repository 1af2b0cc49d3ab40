"""Take in a delivery: what it says and that it was here are one transaction, so it counts once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.eventlog.directory import Match
from siyu.core.people.graph.observing import observe
from siyu.features.commerce import history
from siyu.features.commerce.models import Order
from siyu.features.commerce.receiving import buyer, receive_order
from siyu.features.commerce.shops.models import Delivery, Shop
from siyu.features.commerce.shops.returning import OrderUnknown, take_refund
from siyu.features.commerce.shops.told import ShopOrder, Told
from siyu.features.commerce.standing import again, standing
from siyu.kit.refusals import Refused

KEEP = timedelta(days=60)
"""How long a delivery that is over is remembered."""
LEFT_OPEN = ("failed", "early", "waiting")
Read = Callable[[], Told]
"""Translates the body; refuses where it cannot be read."""


def deliver(*, shop: Shop, key: str, topic: str, body: str, read: Read, at: datetime) -> Delivery:
    """What became of it; once it is taken, the same delivery changes nothing.

    What cannot be taken is kept as it came, to be mended and tried again, by whoever mends it or by the shop.
    """
    try:
        with transaction.atomic():
            delivery, new = Delivery.objects.get_or_create(
                shop=shop, key=key, defaults={"topic": topic, "received_at": at, "outcome": "taken"}
            )
            if new or delivery.outcome in LEFT_OPEN:
                take(delivery, read(), at)
            return delivery
    except Refused as no:
        said = failing(no) | {"topic": topic, "received_at": at, "body": body}
        return Delivery.objects.get_or_create(shop=shop, key=key, defaults=said)[0]


def failing(no: Refused) -> dict[str, str]:
    early = no.order if isinstance(no, OrderUnknown) else ""
    return {"outcome": "early" if early else "failed", "about": early, "code": no.code, "reason": no.message}


def take(delivery: Delivery, told: Told, at: datetime) -> None:
    """All of it, in the caller's transaction."""
    shop = delivery.shop
    delivery.about, delivery.code = told.about[:100], told.skipped
    outcomes = {take_order(shop, order, at) for order in told.orders}
    outcomes |= {take_refund(shop.source, refund) for refund in told.refunds}
    outcomes |= {take_away(shop, number, at) for number in told.deleted}
    if told.products:
        changed = history.list_products(dict(told.products), source=shop.source, imported=False).changed
        outcomes.add("taken" if changed else "unchanged")
    for claims in told.buyers:
        first, *others = [buyer(claim, shop.source, at) for claim in claims]
        observe([Match(first, other, "order", at, shop.source) for other in others if first and other])
        outcomes.add("taken")
    settle(delivery, outcomes)
    Delivery.objects.filter(
        shop=shop, outcome="early", about__in=[o.number for o in told.orders if o.number]
    ).update(outcome="waiting")  # fmt: skip


def settle(delivery: Delivery, outcomes: set[str]) -> None:
    best = next((word for word in ("taken", "unchanged") if word in outcomes), "skipped")
    if best == "skipped":
        delivery.code = delivery.code or next(iter(outcomes), "nothing_in_it")
    delivery.outcome, delivery.body, delivery.reason = best, "", ""
    if delivery.code == "unknown_topic":
        delivery.outcome = "unknown"
    delivery.save()


def take_order(shop: Shop, order: ShopOrder, at: datetime) -> str:
    known = Order.objects.filter(source=shop.source, number=order.number).exists()
    if not known and not order.paid:
        return "not_paid"
    if not order.goods:
        return "no_goods"
    received = receive_order(
        source=shop.source,
        number=order.number,
        claim=next(iter(order.buyer), None),
        also=order.buyer[1:],
        placed_at=order.placed_at,
        currency=order.currency,
        goods=order.goods,
        coupons=order.coupons,
        cancelled_at=order.cancelled_at,
        state_at=order.state_at,
        at=at,
    )
    return "unchanged" if received.outcome == "unchanged" else "taken"


def take_away(shop: Shop, number: str, at: datetime) -> str:
    """The shop has deleted the order: what it was stays, cancelled."""
    known = standing(shop.source, [number]).get(number)
    if known is None:
        return "order_unknown"
    state = again(known, cancelled_at=known.order.cancelled_at or at, state_at=at)
    return "taken" if history.record([state], source=shop.source, at=at, imported=False).corrected else "unchanged"


@transaction.atomic
def try_again(*, delivery: Delivery, read: Read, at: datetime) -> Delivery:
    """Once more, as it is now. What cannot be taken this time either is left as it is, with the newer reason."""
    delivery = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related("shop").get(pk=delivery.pk)
    if delivery.outcome not in LEFT_OPEN:
        return delivery
    try:
        with transaction.atomic():
            take(delivery, read(), at)
    except Refused as no:
        Delivery.objects.filter(pk=delivery.pk).update(**failing(no))
        delivery.refresh_from_db()
    return delivery


def waiting() -> list[Delivery]:
    """What is to be tried again, a few at a time, the oldest first."""
    return list(Delivery.objects.filter(outcome="waiting").select_related("shop").order_by("received_at", "pk")[:50])


class NotFailed(Refused):
    code = "delivery_not_failed"
    status = 409


class NoSuchDelivery(Refused):
    code = "no_such_delivery"
    status = 404


class EmptyBody(Refused):
    code = "no_message"
    status = 422


def stuck(shop: Shop, number: int) -> Delivery:
    """One that could not be taken yet."""
    wrong = shop.deliveries.filter(pk=number, outcome__in=LEFT_OPEN).first()
    if wrong is None:
        raise NoSuchDelivery("no delivery of that number waits to be mended")
    return wrong


def mend(*, delivery: Delivery, body: str) -> Delivery:
    """The worker tries it again with this body."""
    if not body.strip():
        raise EmptyBody("there is nothing in it")
    if not Delivery.objects.filter(pk=delivery.pk, outcome__in=LEFT_OPEN).update(outcome="waiting", body=body):
        raise NotFailed("this delivery was taken meanwhile")
    delivery.refresh_from_db()
    return delivery


def discard(*, delivery: Delivery) -> Delivery:
    """Nobody will mend it; that it was here is remembered."""
    Delivery.objects.filter(pk=delivery.pk, outcome__in=LEFT_OPEN).update(
        outcome="skipped", code="discarded", reason="", body=""
    )
    delivery.refresh_from_db()
    return delivery


def forget(at: datetime) -> int:
    """Deliveries that are long over."""
    return Delivery.objects.filter(received_at__lt=at - KEEP).exclude(outcome__in=LEFT_OPEN).delete()[0]
