"""The orders desk of our own shop: what waits for whom, and one order with all that belongs to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from siyu.features.commerce.models import (
    Fulfilment,
    Invoice,
    Line,
    MoneyBack,
    Order,
    Payment,
    PriceStep,
    Refund,
    RefundRequest,
    Voucher,
)
from siyu.features.commerce.queries import NoSuchOrder
from siyu.features.commerce.rules import SHOP, Times, state
from siyu.kit import codes

MOST = 100
FEW = 500
"""Orders that a file reads at once."""
PAID = Q(placed_at__isnull=False, cancelled_at=None)
LEFT = Exists(Line.objects.filter(order=OuterRef("pk"), returned__lt=F("quantity")))
QUEUES: Mapping[str, Q] = {
    "ship": PAID & Q(LEFT, fulfilment__kind="ship", fulfilment__shipped_at=None, fulfilment__received_at=None),
    "pack": Q(closed_at=None, cancelled_at=None, fulfilment__kind="pick_up", fulfilment__ready_at=None)
    & Q(fulfilment__received_at=None)
    & (Q(placed_at__isnull=False) | Q(payments__gateway="cash")),
    "fetch": Q(cancelled_at=None, closed_at=None, fulfilment__ready_at__isnull=False, fulfilment__received_at=None),
    "open": Q(placed_at=None, closed_at=None),
    "requests": Q(requests__isnull=False, requests__decided_at=None),
    "invoices": PAID & Q(invoice__isnull=False, invoice__issued_at=None),
    "money": Q(payments__backs__isnull=False, payments__backs__done_at=None),
}
"""What waits, by what must be done: every one of them is small however long the history."""


class Row(NamedTuple):
    code: str
    number: str
    identity: int | None
    person: int | None
    opened_at: datetime
    amount: int
    shipping: int
    currency: str
    state: str
    kind: str
    store: str
    pieces: int


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    next: str
    waiting: Mapping[str, int]


def code(order: int) -> str:
    return codes.encode("ord", order, settings.SECRET_KEY)


def number_of(text: str) -> int:
    number = codes.decode("ord", text, settings.SECRET_KEY)
    if number is None:
        raise NoSuchOrder("no order has that code")
    return number


def own() -> QuerySet[Order]:
    return Order.objects.filter(source=SHOP, opened_at__isnull=False)


def orders(*, queue: str = "", search: str = "", after: str = "", limit: int = 50) -> Page:
    """Orders of our own shop, newest first: all, those of a queue, or the one with that number."""
    found = chosen(queue, search)
    if after:
        last = own().filter(pk=number_of(after)).values_list("opened_at", flat=True).first()
        if last is None:
            raise NoSuchOrder("no order has that code")
        found = found.filter(Q(opened_at__lt=last) | Q(opened_at=last, pk__lt=number_of(after)))
    limit = min(limit, MOST)
    shown = list(newest(found)[: limit + 1])
    rows = rows_of(shown[:limit])
    return Page(rows, rows[-1].code if len(shown) > limit else "", waiting())


def every(*, queue: str = "", search: str = "", most: int) -> Iterator[Row]:
    """As many of them as a file takes."""
    found = newest(chosen(queue, search)).iterator(FEW)
    for some in batched(islice(found, most), FEW):
        yield from rows_of(some)


def chosen(queue: str, search: str) -> QuerySet[Order]:
    found = own().filter(QUEUES[queue]).distinct() if queue else own()
    return found.filter(number=search.upper().strip()) if search else found


def newest(found: QuerySet[Order]) -> QuerySet[Order]:
    return found.order_by("-opened_at", "-pk").select_related("fulfilment__store", "identity")


def rows_of(shown: Sequence[Order]) -> list[Row]:
    sizes = counted([order.pk for order in shown])
    return [row(order, *sizes.get(order.pk, (0, 0))) for order in shown]


def waiting() -> dict[str, int]:
    """How many wait in each queue."""
    return {name: own().filter(which).distinct().count() for name, which in QUEUES.items()}


def counted(orders: Sequence[int]) -> dict[int, tuple[int, int]]:
    """{order: (pieces, those that went back)}"""
    sizes: dict[int, tuple[int, int]] = {}
    for order, pieces, returned in Line.objects.filter(order__in=orders).values_list("order", "quantity", "returned"):
        before = sizes.get(order, (0, 0))
        sizes[order] = before[0] + pieces, before[1] + returned
    return sizes


def row(order: Order, pieces: int, returned: int) -> Row:
    way = order.fulfilment
    assert order.opened_at
    return Row(
        code=code(order.pk),
        number=order.number,
        identity=order.identity_id,
        person=order.identity.person_id if order.identity else None,
        opened_at=order.opened_at,
        amount=order.amount,
        shipping=order.shipping,
        currency=order.currency,
        state=state_of(order, way, all_back=0 < pieces == returned),
        kind=way.kind,
        store=way.store.name if way.store else "",
        pieces=pieces,
    )


def state_of(order: Order, way: Fulfilment, *, all_back: bool = False) -> str:
    return state(
        Times(
            order.placed_at, order.closed_at, order.cancelled_at, way.ready_at, way.shipped_at, way.received_at,
            all_back,
        )
    )  # fmt: skip


class LineRow(NamedTuple):
    ordinal: int
    product: int
    title: str
    quantity: int
    returned: int
    amount: int
    discount: int
    cost: int | None
    steps: Sequence[tuple[str, int]]
    """(why, how much less)"""
    vouchers: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class OneOrder:
    row: Row
    order: Order
    way: Fulfilment
    lines: Sequence[LineRow]
    payments: Sequence[Payment]
    backs: Sequence[MoneyBack]
    refunds: Sequence[Refund]
    request: RefundRequest | None
    """The one that waits for a decision."""
    invoice: Invoice | None

    @property
    def contribution(self) -> int | None:
        """What is left of what was paid for pieces that stayed, after what they cost; None where a cost is unknown."""
        if self.order.placed_at is None or any(line.cost is None for line in self.lines):
            return None
        kept = sum((line.cost or 0) * (line.quantity - line.returned) // line.quantity for line in self.lines)
        return self.order.amount - sum(refund.amount for refund in self.refunds) - kept


def order(number: int, *, identity: int | None = None) -> OneOrder:
    """One order of our own shop; with `identity` only if it is that member's."""
    found = own().filter(pk=number).select_related("fulfilment__store", "identity", "invoice")
    one = (found if identity is None else found.filter(identity=identity)).first()
    if one is None:
        raise NoSuchOrder("no order has that code")
    lines = lines_of(one)
    pieces, returned = sum(x.quantity for x in lines), sum(x.returned for x in lines)
    return OneOrder(
        row=row(one, pieces, returned),
        order=one,
        way=one.fulfilment,
        lines=lines,
        payments=list(one.payments.order_by("pk")),
        backs=list(MoneyBack.objects.filter(payment__order=one).select_related("payment").order_by("pk")),
        refunds=list(one.refunds.order_by("pk")),
        request=one.requests.filter(decided_at=None).first(),
        invoice=getattr(one, "invoice", None),
    )


def lines_of(order: Order) -> list[LineRow]:
    steps: dict[int, list[tuple[str, int]]] = {}
    for line, label, amount in (
        PriceStep.objects.filter(line__order=order).order_by("ordinal").values_list("line", "label", "amount")
    ):
        steps.setdefault(line, []).append((label, amount))
    rights: dict[int, list[dict[str, Any]]] = {}
    for right in Voucher.objects.filter(line__order=order).order_by("ordinal").values():
        rights.setdefault(right["line_id"], []).append(
            right | {"code": codes.encode("vou", right["id"], settings.SECRET_KEY)}
        )
    lines = order.lines.order_by("ordinal").select_related("product")
    return [
        LineRow(
            x.ordinal,
            x.product_id,
            x.product.title,
            x.quantity,
            x.returned,
            x.amount,
            x.discount,
            x.cost,
            steps.get(x.pk, []),
            rights.get(x.pk, []),
        )
        for x in lines
    ]
