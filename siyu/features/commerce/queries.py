"""Questions about what was sold, for imports and interfaces."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Min, Q

from siyu.core.people.queries import Page
from siyu.features.commerce.models import CouponUse, Line, Order, Product, Refund, RefundLine
from siyu.kit.refusals import Refused

MOST = 200


class NoSuchOrder(Refused):
    code = "no_such_order"
    status = 404


class OrderRow(NamedTuple):
    """Amounts are minor units of the base currency; `person` none: nobody knows who bought."""

    id: int
    source: str
    number: str
    person: int | None
    placed_at: datetime
    amount: int
    discount: int
    currency: str
    gift: bool
    cancelled_at: datetime | None
    state_at: datetime | None


ORDER_ROW = ("pk", "source", "number", "identity__person", *OrderRow._fields[4:])


class Sold(NamedTuple):
    product: int
    sku: str
    title: str
    quantity: int
    amount: int
    discount: int = 0


GOODS = ("product", "product__sku", "product__title", "quantity", "amount")


class Returned(NamedTuple):
    id: int
    number: str
    at: datetime
    amount: int
    lines: list[Sold]


@dataclass(frozen=True)
class OrderDetail:
    order: OrderRow
    lines: list[Sold]
    coupons: list[str]
    refunds: list[Returned]


def any_orders() -> bool:
    return Order.objects.exists()


def first_sales(source: str, wanted: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str, datetime]]:
    """(namespace, value, sku, when first sold) of those (namespace, value, sku) that were ever sold; times are UTC."""
    wanted = set(wanted)
    found = (
        Line.objects.filter(
            order__identity__value__in={value for _, value, _ in wanted},
            order__cancelled_at=None,
            order__placed_at__isnull=False,
            product__source=source,
            product__sku__in={sku for *_, sku in wanted},
        )
        .values_list("order__identity__namespace", "order__identity__value", "product__sku")
        .annotate(at=Min("order__placed_at"))
    )
    return [(*who, at.replace(tzinfo=None)) for *who, at in found if tuple(who) in wanted]


def orders(
    *,
    person: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Page[OrderRow]:
    """Orders, newest first: all, or those of the person behind a number; placed within [since, until)."""
    found = Order.objects.filter(placed_at__isnull=False)
    if person is not None:
        found = found.filter(identity__person__identities=person)
    if since:
        found = found.filter(placed_at__gte=since)
    if until:
        found = found.filter(placed_at__lt=until)
    if after:
        at, number = after
        found = found.filter(placed_at__lte=at).exclude(placed_at=at, pk__gte=number)
    limit = min(limit, MOST)
    rows = [OrderRow(*row) for row in found.order_by("-placed_at", "-pk").values_list(*ORDER_ROW)[: limit + 1]]
    shown = rows[:limit]
    return Page(shown, (shown[-1].placed_at, shown[-1].id) if len(rows) > limit else None)


def order(number: int) -> OrderDetail:
    """An order that was paid, with its lines, coupons and refunds."""
    row = Order.objects.filter(pk=number, placed_at__isnull=False).values_list(*ORDER_ROW).first()
    if row is None:
        raise NoSuchOrder("no order has that code")
    lines = Line.objects.filter(order=number).order_by("ordinal").values_list(*GOODS, "discount")
    refunds = Refund.objects.filter(order=number).order_by("at", "pk").values_list("pk", "number", "at", "amount")
    back = RefundLine.objects.filter(refund__order=number).order_by("ordinal").values_list("refund", *GOODS)
    goods: dict[int, list[Sold]] = {}
    for refund, *line in back:
        goods.setdefault(refund, []).append(Sold(*line))
    coupons = CouponUse.objects.filter(order=number).order_by("code").values_list("code", flat=True)
    return OrderDetail(
        order=OrderRow(*row),
        lines=[Sold(*line) for line in lines],
        coupons=list(coupons),
        refunds=[Returned(*refund, lines=goods.get(refund[0], [])) for refund in refunds],
    )


def products(*, search: str = "", category: str = "", after: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """The catalogue in the order in which it became known; `after` is the number of the last one seen."""
    found = Product.objects.filter(pk__gt=after)
    if search:
        found = found.filter(Q(title__icontains=search) | Q(sku=search))
    if category:
        found = found.filter(category=category)
    fields = ("pk", "source", "sku", "title", "category", "department", "brand")
    return list(found.order_by("pk").values(*fields)[: min(limit, MOST + 1)])
