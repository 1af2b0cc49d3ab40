"""What a shop says went back, matched to the lines of the order that it names."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db.models import Sum

from siyu.core.eventlog.locks import one_at_a_time
from siyu.events import Item
from siyu.features.commerce import history
from siyu.features.commerce.models import Line, Order, Refund, RefundLine
from siyu.features.commerce.rules import RefundState
from siyu.features.commerce.shops.told import ShopRefund
from siyu.kit import money
from siyu.kit.refusals import Refused


class OrderUnknown(Refused):
    """It waits until its order is known: shops promise no order of arrival."""

    code = "order_unknown"
    status = 404

    def __init__(self, order: str) -> None:
        super().__init__(f"order {order[:100]} is not known yet")
        self.order = order[:100]


class Back(NamedTuple):
    """What goes back of a line."""

    line: Line
    quantity: int
    amount: int


class Left(NamedTuple):
    """What has not gone back of a line."""

    quantity: int
    amount: int


def take_refund(source: str, refund: ShopRefund) -> str:
    """A refund is said once; a known one changes nothing. One at a time: what is left is asked and then taken."""
    one_at_a_time(f"orders of {source}")
    if Refund.objects.filter(source=source, number=refund.number).exists():
        return "unchanged"
    order = Order.objects.filter(source=source, number=refund.order).first()
    if order is None:
        raise OrderUnknown(refund.order)
    left = left_of(order)
    goods = bought(left, refund.pieces)
    backs = (
        with_money(goods, in_base(refund.beside, order)) if goods else money_only(left, in_base(refund.beside, order))
    )
    if not backs:
        return "no_goods"
    state = RefundState(
        number=refund.number,
        identity=order.identity_id,
        at=max(refund.at, order.placed_at or refund.at),
        items=[Item(product=back.line.product_id, quantity=back.quantity, amount=back.amount) for back in backs],
        sales=[(back.line.pk, order.pk) for back in backs],
    )
    return "taken" if history.refund([state], source=source, imported=False).placed else "unchanged"


def left_of(order: Order) -> dict[Line, Left]:
    back = RefundLine.objects.filter(line__order=order).values("line").annotate(n=Sum("quantity"), money=Sum("amount"))
    gone = {row["line"]: (row["n"], row["money"]) for row in back.order_by("line")}
    return {
        line: Left(max(0, line.quantity - pieces), max(0, line.amount - amount))
        for line in order.lines.select_related("product").order_by("ordinal")
        for pieces, amount in [gone.get(line.pk, (0, 0))]
    }


def bought(left: dict[Line, Left], pieces: Sequence[tuple[str, int]]) -> list[Back]:
    """These pieces at what was paid for them: what is left of a line, shared out over the pieces that are left."""
    backs: list[Back] = []
    for sku, quantity in pieces:
        wanted = quantity
        for line in [line for line in left if line.product.sku == sku]:
            taken = min(wanted, left[line].quantity)
            if taken:
                parts = money.split(left[line].amount, [taken, left[line].quantity - taken])
                backs.append(Back(line, taken, parts[0]))
                left[line] = Left(left[line].quantity - taken, parts[1])
                wanted -= taken
    return backs


def with_money(backs: list[Back], beside: int) -> list[Back]:
    """More or less money than the pieces cost, shared out over them."""
    total = max(0, sum(back.amount for back in backs) + beside)
    weights = [back.amount for back in backs]
    parts = money.split(total, weights if sum(weights) else [1] * len(backs))
    return [back._replace(amount=part) for back, part in zip(backs, parts, strict=True)]


def money_only(left: dict[Line, Left], amount: int) -> list[Back]:
    """Money without goods, shared out over what is left of the order, and never more than that."""
    weights = [rest.amount for rest in left.values()]
    if amount <= 0 or not sum(weights):
        return []
    parts = money.split(min(amount, sum(weights)), weights)
    return [Back(line, 0, part) for line, part in zip(left, parts, strict=True) if part]


def in_base(amount: int, order: Order) -> int:
    if order.currency == settings.SIYU.currency:
        return amount
    sign = 1 if amount > 0 else -1
    return sign * money.minor(money.major(abs(amount), order.currency) * order.rate, settings.SIYU.currency)
