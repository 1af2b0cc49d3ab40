"""What a buyer sees and does of their own orders in our own shop. Another's order is one that is not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from siyu.core.people.accounts import accounts_of
from siyu.features.commerce import desk, fulfilment, payments, refunds
from siyu.features.commerce.models import (
    Fulfilment,
    Invoice,
    Line,
    MoneyBack,
    Order,
    Payment,
    PriceStep,
    RefundRequest,
    Voucher,
)
from siyu.features.commerce.payments import Begun, Money
from siyu.features.commerce.queries import NoSuchOrder
from siyu.features.commerce.rules import SHOP
from siyu.features.commerce.shopfront import pictures

PAGE = 20
GOING = Q(placed_at__isnull=False, cancelled_at=None, fulfilment__received_at=None) & ~Q(fulfilment__kind="none")
STATES: dict[str, Q] = {
    "to_pay": Q(placed_at=None, closed_at=None),
    "going": GOING,
    "done": Q(placed_at__isnull=False, cancelled_at=None)
    & (Q(fulfilment__received_at__isnull=False) | Q(fulfilment__kind="none")),
}


@dataclass(frozen=True)
class Bought:
    """A line of an order."""

    ordinal: int
    listing: int
    title: str
    label: str
    kind: str
    picture: str
    quantity: int
    returned: int
    amount: int
    steps: list[tuple[str, int]]
    content: str
    """Of something digital, once it is paid."""

    @property
    def left(self) -> int:
        """Pieces that can still go back."""
        return self.quantity - self.returned


@dataclass(frozen=True)
class Mine:
    number: int
    name: str
    state: str
    opened_at: datetime
    total: int
    lines: list[Bought]
    asked: bool
    """Something of it is asked to be refunded."""
    returned: int
    """Money that went back, or is on its way."""


@dataclass(frozen=True)
class Right:
    """A voucher. `code` is what is scanned."""

    title: str
    code: str
    redeemed_at: datetime | None
    void: bool


@dataclass(frozen=True)
class Whole:
    """An order with all that its buyer sees."""

    mine: Mine
    amount: int
    discount: int
    shipping: int
    until: datetime | None
    placed_at: datetime | None
    sent: Fulfilment
    pick_up: str
    rights: list[Right]
    payment: Payment | None
    request: RefundRequest | None
    backs: list[MoneyBack]
    bill: Invoice | None
    may: frozenset[str]
    """pay, cancel, confirm, refund"""


def state_of(order: Order, sent: Fulfilment) -> str:
    """The desk's word in a buyer's: what went back is told beside it."""
    word = desk.state_of(order, sent)
    if order.closed_because == "lapsed":
        return "lapsed"
    return "done" if word == "paid" and sent.kind == "none" else WORDS[word]


WORDS = {
    "open": "to_pay", "closed": "cancelled", "cancelled": "cancelled", "paid": "preparing", "ready": "to_fetch",
    "shipped": "on_the_way", "received": "done",
}  # fmt: skip


def own(identity: int) -> QuerySet[Order]:
    """They hang on the member as sent; a source that other shops tell of is not ours to show."""
    return Order.objects.filter(identity__in=accounts_of(identity), source=SHOP, opened_at__isnull=False)


def orders(*, identity: int, state: str = "", before: int | None = None) -> list[Mine]:
    """The newest first, one more than a page: all, or those in a state."""
    found = own(identity).filter(STATES[state]) if state in STATES else own(identity)
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("fulfilment").order_by("-pk")[: PAGE + 1])
    return told(rows)


def counts(identity: int) -> dict[str, int]:
    return {state: own(identity).filter(these).count() for state, these in STATES.items()}


def told(rows: list[Order]) -> list[Mine]:
    lines = bought(rows)
    asked = set(RefundRequest.objects.filter(order__in=rows, decided_at=None).values_list("order", flat=True))
    back: dict[int, int] = {}
    for order, amount in MoneyBack.objects.filter(payment__order__in=rows).values_list("payment__order", "amount"):
        back[order] = back.get(order, 0) + amount
    return [mine(row, lines.get(row.pk, []), row.pk in asked, back.get(row.pk, 0)) for row in rows]


def mine(order: Order, lines: list[Bought], asked: bool, returned: int) -> Mine:
    assert order.opened_at
    state = state_of(order, order.fulfilment)
    return Mine(order.pk, order.number, state, order.opened_at, order.amount + order.shipping, lines, asked, returned)


def bought(rows: list[Order]) -> dict[int, list[Bought]]:
    """{order: its lines}"""
    lines = list(Line.objects.filter(order__in=rows).select_related("product__variant__listing").order_by("ordinal"))
    why: dict[int, list[tuple[str, int]]] = {}
    steps = PriceStep.objects.filter(line__in=lines).order_by("ordinal").values_list("line", "label", "amount")
    for pk, label, amount in steps:
        why.setdefault(pk, []).append((label, amount))
    shown = pictures({line.product.variant.listing_id for line in lines})
    paid = {row.pk for row in rows if row.placed_at and not row.cancelled_at}
    found: dict[int, list[Bought]] = {}
    for line in lines:
        there = one(line, why.get(line.pk, []), shown, paid=line.order_id in paid)
        found.setdefault(line.order_id, []).append(there)
    return found


def one(line: Line, steps: list[tuple[str, int]], shown: Mapping[int, str], *, paid: bool) -> Bought:
    variant = line.product.variant
    listing = variant.listing
    return Bought(
        line.ordinal, listing.pk, listing.title, variant.label, listing.kind, shown.get(listing.pk, ""), line.quantity,
        line.returned, line.amount, steps, listing.content if paid else "",
    )  # fmt: skip


def owned(identity: int, number: int) -> Order:
    found = own(identity).select_related("fulfilment__store").filter(pk=number).first()
    if found is None:
        raise NoSuchOrder("no order of yours has that code")
    return found


def order(*, identity: int, number: int) -> Whole:
    held = owned(identity, number)
    [shown] = told([held])
    sent = held.fulfilment
    payment = held.payments.order_by("-settles", "-pk").first()
    code = fulfilment.pick_up_code(held.pk) if sent.kind == "pick_up" and not sent.received_at else ""
    return Whole(
        mine=shown,
        amount=held.amount,
        discount=held.discount,
        shipping=held.shipping,
        until=held.until,
        placed_at=held.placed_at,
        sent=sent,
        pick_up=code if shown.state in ("to_fetch", "preparing", "to_pay") else "",
        rights=rights(held),
        payment=payment,
        request=held.requests.order_by("-pk").first(),
        backs=list(MoneyBack.objects.filter(payment__order=held).order_by("pk")),
        bill=Invoice.objects.filter(order=held).first(),
        may=may(shown),
    )


def may(shown: Mine) -> frozenset[str]:
    can = {"to_pay": {"pay", "cancel"}, "preparing": {"cancel"}, "on_the_way": {"confirm"}}.get(shown.state, set())
    paid = shown.state in ("preparing", "on_the_way", "to_fetch", "done")
    if paid and not shown.asked and any(line.left for line in shown.lines):
        can = can | {"refund"}
    return frozenset(can)


def rights(held: Order) -> list[Right]:
    rows = Voucher.objects.filter(line__order=held).select_related("line__product").order_by("line__ordinal", "ordinal")
    return [
        Right(row.line.product.title, fulfilment.voucher_code(row.pk), row.redeemed_at, row.void_at is not None)
        for row in rows
    ]


def ways_to_pay(*, identity: int, number: int) -> tuple[Mine, datetime | None, list[str]]:
    """The order, until when it is held, and the gateways that it can be paid through: cash where it is fetched only."""
    held = owned(identity, number)
    ways = [name for name in payments.GATEWAYS if name != "cash" or held.fulfilment.kind == "pick_up"]
    return told([held])[0], held.until, ways


def pay(*, identity: int, number: int, gateway: str, address: str, at: datetime) -> Begun:
    """Begin to pay an own order from this address; call it outside of any transaction."""
    held = owned(identity, number)
    payments.PAYER.set(address)
    if gateway == "cash" and held.fulfilment.kind != "pick_up":
        raise payments.NotPayable("only what is fetched in a store is paid there")
    return payments.begin(order=held, gateway=gateway, at=at)[1]


def cancel(*, identity: int, number: int, at: datetime) -> Order:
    return refunds.cancel(order=owned(identity, number).pk, by="buyer", at=at)


def confirm(*, identity: int, number: int, at: datetime) -> Fulfilment:
    return fulfilment.confirm_receipt(order=owned(identity, number).pk, at=at)


def ask_refund(*, identity: int, number: int, pieces: Mapping[int, int], reason: str, at: datetime) -> RefundRequest:
    return refunds.ask(order=owned(identity, number).pk, pieces=pieces, reason=reason, at=at)


def press(*, identity: int, number: int, at: datetime) -> str:
    """The button that stands for money, where the house has one: as if a gateway told that it came. Twice is once."""
    payments.gateway_of("demo")
    held = owned(identity, number)
    if held.placed_at:
        return "known"
    due = payments.attempt(order=held.pk, gateway="demo", at=at)
    money = Money(due.number, due.amount, due.currency, f"demo-{due.number}")
    return payments.paid(gateway="demo", money=money, at=at)
