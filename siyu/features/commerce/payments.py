"""Money for orders, behind one protocol of gateways. Whatever comes twice, late, or beside its order, is booked once:
it pays for the order, or goes back."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.events import Event, Item
from siyu.events.commerce import MoneyReturned, OrderCosted, OrderPlaced, PaymentSettled
from siyu.features.commerce import pricing
from siyu.features.commerce.checkout import piece
from siyu.features.commerce.models import CouponUse, Line, MoneyBack, Order, Payment, Refund, Voucher
from siyu.features.commerce.pricing import Basket, Step
from siyu.features.commerce.queries import NoSuchOrder
from siyu.kit.prepared import asks, changes
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert, written

log = logging.getLogger("siyu.payments")
PATIENCE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
LATE = timedelta(hours=2)
AT_ONCE = 20


PAYER: ContextVar[str] = ContextVar("payer", default="")
"""The address of the browser that pays, for gateways that must be told."""


class NoSuchPayment(Refused):
    code = "no_such_payment"
    status = 404


class NoSuchGateway(Refused):
    code = "no_such_gateway"
    status = 404


class WrongAmount(Refused):
    """What came is not what was asked for: a bug or a forgery, for a person to look at."""

    code = "wrong_amount"
    status = 409


class NotPayable(Refused):
    code = "not_payable"
    status = 409


class StillOpen(Exception):
    """The gateway has not decided yet; ask again later."""


class Begun(NamedTuple):
    """Where to send the buyer (`url`), or what their page needs to open a wallet (`parameters`)."""

    url: str = ""
    parameters: Mapping[str, str] = {}


class Money(NamedTuple):
    """What a gateway says it has got."""

    number: str
    amount: int
    currency: str
    reference: str


class Gateway(Protocol):
    """`give_back` is asked with the same key until it has answered with a reference; it may raise `StillOpen`, or
    `Refused` with what a person must know. `ask` finds out about a payment whose callback was lost."""

    name: str
    by_hand: bool
    """Money changes hands in a store: an operator says so."""

    def begin(self, payment: Payment, *, at: datetime) -> Begun: ...

    def ask(self, payment: Payment) -> Money | None: ...

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str: ...


GATEWAYS: dict[str, Gateway] = {}


def add(gateway: Gateway) -> None:
    GATEWAYS[gateway.name] = gateway


def gateway_of(name: str) -> Gateway:
    if name not in GATEWAYS:
        raise NoSuchGateway(f"there is no way to pay called {name[:30]!r}")
    return GATEWAYS[name]


def begin(*, order: Order, gateway: str, at: datetime) -> tuple[Payment, Begun]:
    """Start to pay. Begun twice by the same gateway, it is one payment. Call it outside of any transaction."""
    way = gateway_of(gateway)
    payment = attempt(order=order.pk, gateway=gateway, at=at)
    return payment, way.begin(payment, at=at)


@transaction.atomic
def attempt(*, order: int, gateway: str, at: datetime) -> Payment:
    held = locked(order)
    if held.placed_at or held.closed_at:
        raise NotPayable("this order is paid already, or was closed")
    for there in begun_before(held.pk, gateway):
        return there
    if gateway_of(gateway).by_hand:
        # once: whoever chooses it again and again would hold goods for ever
        held.until = at + timedelta(hours=settings.SIYU.pick_up_hours)
        held.save(update_fields=["until"])
    due = held.amount + held.shipping
    return written(Payment, BEGUN, (held.pk, gateway, secrets.token_hex(14), due, held.currency, at, "", False, 0))


BEGUN = ("order", "gateway", "number", "amount", "currency", "begun_at", "reference", "settles", "returned")


@asks
def begun_before(order: int, gateway: str) -> QuerySet[Payment]:
    return Payment.objects.filter(order=order, gateway=gateway, paid_at=None)


def locked(order: int) -> Order:
    """The order, and nobody else changes it until the transaction ends. Always the first lock that is taken."""
    for held in locking(order):
        return held
    raise NoSuchOrder("no order has that code")


@asks
def locking(order: int) -> QuerySet[Order]:
    return Order.objects.select_for_update(no_key=True).filter(pk=order)


@asks
def locking_of(gateway: str, number: str) -> QuerySet[Order]:
    """The order that a payment is for."""
    orders = Order.objects.select_for_update(no_key=True, of=("self",))
    return orders.filter(payments__gateway=gateway, payments__number=number)


@asks
def told_of(gateway: str, number: str, reference: str) -> QuerySet[Payment]:
    """The payment of that number, and what that money has paid for."""
    return Payment.objects.filter(Q(number=number) | Q(reference=reference) & ~Q(reference=""), gateway=gateway)


@transaction.atomic
def paid(*, gateway: str, money: Money, at: datetime) -> str:
    """Money came. "settled": it paid for its order; "known": it was told before; "returned": the order cannot take it
    any more, and it is on its way back."""
    order = next(iter(locking_of(gateway, money.number)), None)
    if order is None:
        raise NoSuchPayment("no payment has that number")
    those = told_of(gateway, money.number, money.reference)
    [payment] = [one for one in those if one.number == money.number]
    if (money.amount, money.currency) != (payment.amount, payment.currency):
        raise WrongAmount(f"{money.amount} {money.currency} came, {payment.amount} {payment.currency} was asked for")
    if payment.paid_at:
        return known(payment, money)
    if len(those) > 1:
        raise WrongAmount("that money paid for something else already")
    payment.paid_at, payment.reference = at, money.reference
    payment.settles = order.placed_at is None and (order.closed_at is None or reopened(order, at))
    book(payment.pk, at, payment.reference, payment.settles)
    if payment.settles:
        place(order, payment, at)
        return "settled"
    return_money(payment, payment.amount, key="late", reason="twice" if order.placed_at else "too_late", at=at)
    return "returned"


@changes
def book(payment: int, at: datetime, reference: str, settles: bool) -> tuple[QuerySet[Payment], dict[str, Any]]:
    return Payment.objects.filter(pk=payment), {"paid_at": at, "reference": reference, "settles": settles}


def known(payment: Payment, money: Money) -> str:
    if payment.reference != money.reference:
        raise WrongAmount("that payment was made under another reference")
    return "known"


def reopened(order: Order, at: datetime) -> bool:
    """Whether an order that lapsed can still be had at its price: then it is, although the money came late."""
    if order.closed_because != "lapsed":
        return False
    try:
        with transaction.atomic():
            pricing.reserve(order, *held_once(order, at))
    except Refused:
        return False
    order.closed_at, order.closed_because = None, ""
    return True


def held_once(order: Order, at: datetime) -> tuple[Basket, list[Step]]:
    """The basket and steps of an order, from its rows."""
    pieces, steps = [], []
    lines = order.lines.select_related("product__variant__listing").prefetch_related("steps").order_by("ordinal")
    for n, line in enumerate(lines):
        pieces.append(piece(line.product.variant, line.quantity))
        steps += [Step(n, s.rule, s.label, s.amount, s.subject) for s in line.steps.all()]
    return Basket(pieces, order.identity_id, at, order.fulfilment.store_id), steps


def place(order: Order, payment: Payment | None, at: datetime) -> None:
    """The order is paid: what was held is sold, vouchers are issued, the books hear of it."""
    order.placed_at, order.state_at, order.until = at, at, None
    placing(order.pk, at)
    pricing.confirm(order, at)
    lines = bought(order.pk)
    issue_vouchers(lines, at)
    items = [Item(product=p, quantity=q, amount=a, discount=d) for _, p, q, a, d, *_ in lines]
    news: list[Event] = [
        OrderPlaced(
            at=at,
            identity=order.identity_id,
            order=order.pk,
            currency=order.currency,
            amount=order.amount,
            discount=order.discount,
            items=items,
            coupons=words(order.pk),
            source=order.source,
        )
    ]
    if known := [(amount, cost) for _, _, _, amount, _, cost, _ in lines if cost is not None]:
        costed, cost = (sum(part) for part in zip(*known, strict=True))
        news.append(OrderCosted(at=at, identity=order.identity_id, order=order.pk, costed=costed, cost=cost))
    if payment:
        news.append(
            PaymentSettled(
                at=at,
                identity=order.identity_id,
                payment=payment.pk,
                order=order.pk,
                gateway=payment.gateway,
                amount=payment.amount,
            )
        )
    announce(*news)


@changes
def placing(order: int, at: datetime) -> tuple[QuerySet[Order], dict[str, Any]]:
    change = {"placed_at": at, "state_at": at, "until": None, "closed_at": None, "closed_because": ""}
    return Order.objects.filter(pk=order), change


@asks
def words(order: int) -> QuerySet[Any, Any]:
    """Of the coupons that it used."""
    return CouponUse.objects.filter(order=order).order_by("code").values_list("code", flat=True)


@asks
def bought(order: int) -> QuerySet[Any, Any]:
    lines = Line.objects.filter(order=order).order_by("ordinal")
    return lines.values_list(
        "pk", "product", "quantity", "amount", "discount", "cost", "product__variant__listing__kind"
    )


def issue_vouchers(lines: Sequence[Any], at: datetime) -> None:
    rights = [(pk, quantity) for pk, _, quantity, *_, kind in lines if kind in ("service", "course")]
    rows = [(pk, n, at, "") for pk, quantity in rights for n in range(quantity)]
    insert(Voucher, ("line", "ordinal", "issued_at", "by"), rows)


def return_money(
    payment: Payment, amount: int, *, key: str, reason: str, at: datetime, refund: Refund | None = None
) -> None:
    """Put money on its way back, once per key; never more than came."""
    if amount == 0:
        return
    left = Payment.objects.filter(pk=payment.pk, amount__gte=F("returned") + amount)
    if not left.update(returned=F("returned") + amount):
        raise WrongAmount("more would go back than came")
    MoneyBack.objects.create(
        payment=payment, key=f"{payment.number}-{key}", refund=refund, amount=amount, reason=reason, wanted_at=at,
        due_at=at,
    )  # fmt: skip


def give_back_due(at: datetime) -> int:
    """Ask gateways for what is due; each in its own small transactions, so that a kill between any two steps only asks
    again, with the same key. How many were asked."""
    ways = [name for name, way in GATEWAYS.items() if not way.by_hand]
    due = MoneyBack.objects.filter(done_at=None, due_at__lte=at, payment__gateway__in=ways)
    backs = list(due.order_by("due_at", "pk").select_related("payment")[:AT_ONCE])
    return sum(give_back(back, at) for back in backs)


def give_back(back: MoneyBack, at: datetime) -> bool:
    pause = min(PATIENCE * 2**back.attempts, LONGEST_PAUSE)
    mine = MoneyBack.objects.filter(pk=back.pk, done_at=None, attempts=back.attempts)
    if not mine.update(attempts=F("attempts") + 1, due_at=at + pause):
        return False
    try:
        reference = gateway_of(back.payment.gateway).give_back(back.payment, key=back.key, amount=back.amount)
    except StillOpen:
        return True
    except Refused as no:
        log.warning("money back %s was refused: %s", back.pk, no.code)
        MoneyBack.objects.filter(pk=back.pk).update(error=no.message[:300])
        return True
    given(back=back.pk, reference=reference, at=at)
    return True


@transaction.atomic
def given(*, back: int, reference: str, at: datetime) -> bool:
    """The money is back with who paid; whether that was news."""
    news = MoneyBack.objects.filter(pk=back, done_at=None).update(done_at=at, reference=reference[:100], error="")
    if news:
        money = MoneyBack.objects.select_related("payment__order").get(pk=back)
        payment = money.payment
        announce(
            MoneyReturned(
                at=at,
                identity=payment.order.identity_id,
                payment=payment.pk,
                order=payment.order_id,
                gateway=payment.gateway,
                amount=money.amount,
                reason=money.reason,
            )
        )
    return bool(news)


def given_by_hand(*, order: int, back: int, reference: str, at: datetime) -> bool:
    """An operator gave the money back in a store."""
    there = MoneyBack.objects.select_related("payment").filter(pk=back, payment__order=order).first()
    if there is None or not gateway_of(there.payment.gateway).by_hand:
        raise NoSuchPayment("its gateway gives that money back, nobody by hand")
    return given(back=back, reference=reference, at=at)


class ReferenceUsed(Refused):
    code = "reference_used"
    status = 409


def came_by_hand(*, order: int, payment: int, reference: str, at: datetime) -> str:
    """An operator has seen the money, such as a bank transfer on the account; the same outcomes as `paid`."""
    there = Payment.objects.filter(pk=payment, order=order).first()
    if there is None or not gateway_of(there.gateway).by_hand:
        raise NoSuchPayment("its gateway says itself when money comes")
    said = reference.strip()[:100] or there.number
    if Payment.objects.filter(gateway=there.gateway, reference=said).exclude(pk=there.pk).exists():
        raise ReferenceUsed("that transfer has paid for another order")
    return paid(gateway=there.gateway, money=Money(there.number, there.amount, there.currency, said), at=at)


def ask_again(at: datetime) -> int:
    """Find out about payments whose callback did not come: begun a while ago, their order not paid. Where that
    was closed meanwhile too, for some hours: its money must find it, or its way back."""
    ways = [name for name, way in GATEWAYS.items() if not way.by_hand]
    waiting = Payment.objects.filter(
        paid_at=None, begun_at__lte=at - PATIENCE, begun_at__gt=at - timedelta(days=1), gateway__in=ways
    ).filter(order__placed_at=None)
    closed = waiting.filter(order__closed_at__gt=at - LATE)
    some = [*waiting.filter(order__closed_at=None).order_by("-begun_at")[:AT_ONCE], *closed.order_by("?")[:AT_ONCE]]
    return sum(looked_up(payment, at) for payment in some)


def looked_up(payment: Payment, at: datetime) -> bool:
    try:
        money = gateway_of(payment.gateway).ask(payment)
        return money is not None and paid(gateway=payment.gateway, money=money, at=at) == "settled"
    except StillOpen:
        return False
    except Refused as no:
        log.warning("payment %s could not be asked for: %s", payment.pk, no.code)
        return False
