"""Orders as they stand, whole, for whoever is told only what has changed of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from siyu.events import Item
from siyu.features.commerce.models import CouponUse, Line, Order
from siyu.features.commerce.rules import OrderState


@dataclass
class Known:
    """An order as it stands."""

    order: Order
    items: list[Item] = field(default_factory=list)
    coupons: list[str] = field(default_factory=list)


def standing(source: str, numbers: Collection[str]) -> dict[str, Known]:
    """{number: the order} of those that are known."""
    by_id = {order.pk: Known(order) for order in Order.objects.filter(source=source, number__in=numbers)}
    lines = Line.objects.filter(order__in=by_id).order_by("order", "ordinal")
    for order, product, quantity, amount, discount in lines.values_list(
        "order", "product", "quantity", "amount", "discount"
    ):
        by_id[order].items.append(Item(product=product, quantity=quantity, amount=amount, discount=discount))
    for order, code in CouponUse.objects.filter(order__in=by_id).values_list("order", "code"):
        by_id[order].coupons.append(code)
    return {known.order.number: known for known in by_id.values()}


def again(known: Known, *, cancelled_at: datetime, state_at: datetime) -> OrderState:
    """The same, cancelled."""
    order = known.order
    assert order.placed_at, "other shops tell of paid orders only"
    return OrderState(
        number=order.number, identity=order.identity_id, placed_at=order.placed_at, currency=order.currency,
        rate=order.rate, items=known.items, coupons=sorted(known.coupons), gift=order.gift,
        cancelled_at=cancelled_at, state_at=state_at,
    )  # fmt: skip
