"""What is announced of orders from elsewhere."""

from collections.abc import Iterable
from typing import Any

from siyu.events import Event
from siyu.events.commerce import GiftSent, OrderCancelled, OrderCorrected, OrderPlaced
from siyu.features.commerce.models import Line
from siyu.features.commerce.rules import OrderState

Gave = dict[int, list[tuple[int, int]]]
"""{order: products and quantities that it gave away}"""


def given_before(orders: list[int]) -> Gave:
    """What the orders gave away until now: lines without a price."""
    gave: Gave = {}
    lines = Line.objects.filter(order__in=orders, amount=0, discount=0).order_by("order", "ordinal")
    for order, product, quantity in lines.values_list("order", "product", "quantity"):
        gave.setdefault(order, []).append((product, quantity))
    return gave


def placed(states: Iterable[OrderState], ids: dict[str, int], source: str) -> Iterable[Event]:
    for state in states:
        order = ids[state.number]
        if state.gift:
            yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=state.items)
        else:
            yield OrderPlaced(**facts(state), order=order, source=source)
            if state.free:
                yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=state.given)
            yield from cancelled(state, order)


def corrected(states: Iterable[OrderState], ids: dict[str, int], source: str, gave: Gave) -> Iterable[Event]:
    for state in states:
        order = ids[state.number]
        if state.gift:
            yield OrderCancelled(at=state.placed_at, identity=state.identity, order=order)
        else:
            yield OrderCorrected(**facts(state), order=order, source=source)
        yield from given_otherwise(state, order, gave.get(order, []))
        if not state.gift:
            yield from cancelled(state, order)


def given_otherwise(state: OrderState, order: int, before: list[tuple[int, int]]) -> Iterable[Event]:
    """Gifts are told again only where they are others than before, so that nobody counts one twice."""
    items = state.items if state.gift else state.given
    if [(item.product, item.quantity) for item in items] != before:
        yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=items)


def cancelled(state: OrderState, order: int) -> Iterable[Event]:
    if state.cancelled_at:
        yield OrderCancelled(at=state.cancelled_at, identity=state.identity, order=order)


def facts(state: OrderState) -> dict[str, Any]:
    return {
        "at": state.placed_at,
        "identity": state.identity,
        "currency": state.currency,
        "amount": state.amount,
        "discount": state.discount,
        "items": state.sold,
        "coupons": state.coupons,
    }
