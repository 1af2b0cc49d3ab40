"""Orders and their lines as rows."""

from collections.abc import Iterable
from datetime import datetime

from siyu.core.eventlog.models import ImportRun
from siyu.features.commerce.models import CouponUse, Line, Order, OrderVersion, RefundLine
from siyu.features.commerce.rules import OrderState
from siyu.kit.rows import insert

ORDER = (
    "source", "number", "identity", "placed_at", "amount", "discount", "currency", "rate", "gift", "cancelled_at",
    "state_at", "digest", "run",
)  # fmt: skip


def place(states: list[OrderState], digests: dict[str, str], source: str, run: ImportRun | None) -> dict[str, int]:
    """Insert orders and lines; {number: id}."""
    if not states:
        return {}
    insert(Order, ORDER, [order_row(state, digests[state.number], source, run) for state in states])
    numbers = [state.number for state in states]
    ids = dict(Order.objects.filter(source=source, number__in=numbers).values_list("number", "pk"))
    insert(Line, ("order", "ordinal", "product", "quantity", "amount", "discount"), line_rows(states, ids))
    return ids


def order_row(state: OrderState, digest: str, source: str, run: ImportRun | None) -> tuple:
    return (
        source, state.number, state.identity, state.placed_at, state.amount, state.discount, state.currency,
        str(state.rate), state.gift, state.cancelled_at, state.state_at, digest, run and run.pk,
    )  # fmt: skip


def line_rows(states: Iterable[OrderState], ids: dict[str, int]) -> list[tuple]:
    return [
        (order, ordinal, item.product, item.quantity, item.amount, item.discount)
        for order, state in ((ids[state.number], state) for state in states)
        for ordinal, item in enumerate(state.items)
    ]


def correct(
    states: list[OrderState], known: dict[str, Order], digests: dict[str, str], run: ImportRun | None, at: datetime
) -> None:
    """Replace what the orders said; the digest that each leaves is kept, so that it does not come back."""
    if not states:
        return
    orders = [known[state.number] for state in states]
    insert(OrderVersion, ("order", "digest", "left_at"), [(o.pk, o.digest, at) for o in orders], ignore=True)
    for order, state in zip(orders, states, strict=True):
        order.identity_id, order.placed_at, order.currency = state.identity, state.placed_at, state.currency
        order.amount, order.discount, order.rate = state.amount, state.discount, state.rate
        order.gift, order.cancelled_at, order.state_at = state.gift, state.cancelled_at, state.state_at
        order.digest, order.run = digests[state.number], run
    Order.objects.bulk_update(orders, [name for name in ORDER if name not in ("source", "number")], batch_size=200)
    replace_lines(states, {order.number: order.pk for order in orders})


def replace_lines(states: list[OrderState], ids: dict[str, int]) -> None:
    """Lines keep their rows, since refunds may point at them; those too many go."""
    lines = [
        Line(order_id=o, ordinal=n, product_id=p, quantity=q, amount=a, discount=d)
        for o, n, p, q, a, d in line_rows(states, ids)
    ]
    Line.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["order", "ordinal"],
        update_fields=["product", "quantity", "amount", "discount"],
        batch_size=500,
    )
    sizes = {ids[state.number]: len(state.items) for state in states}
    there = Line.objects.filter(order__in=sizes).values_list("pk", "order_id", "ordinal")
    surplus = [pk for pk, order, ordinal in there if ordinal >= sizes[order]]
    RefundLine.objects.filter(line__in=surplus).update(line=None)
    Line.objects.filter(pk__in=surplus).delete()
    CouponUse.objects.filter(order__in=sizes).delete()


def fill_coupons(states: list[OrderState], ids: dict[str, int]) -> None:
    rows = [(ids[state.number], code) for state in states for code in state.coupons]
    insert(CouponUse, ("order", "code"), rows, ignore=True)
