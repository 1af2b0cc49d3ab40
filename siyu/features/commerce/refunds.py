"""What goes back from an order of our own shop: asked for, previewed, and given, per line and piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from siyu.core.eventlog.announce import announce
from siyu.events import Item
from siyu.events.commerce import OrderCancelled, OrderRefunded, RefundAsked, RefundDeclined
from siyu.features.commerce import checkout, margin, payments, pricing, stock
from siyu.features.commerce.models import Fulfilment, Line, Order, Payment, Refund, RefundLine, RefundRequest, Voucher
from siyu.features.commerce.queries import NoSuchOrder
from siyu.features.commerce.rules import SHOP, hashed
from siyu.kit import money
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert


class NothingToRefund(Refused):
    code = "nothing_to_refund"
    status = 422


class AlreadyAsked(Refused):
    code = "already_asked"
    status = 409


class AlreadyDecided(Refused):
    code = "already_decided"
    status = 409


class TooLateToCancel(Refused):
    code = "too_late_to_cancel"
    status = 409


class Back(NamedTuple):
    """Pieces of a line that go back, and what was paid for just these, less what was used of them."""

    line: int
    ordinal: int
    product: int
    title: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class Consequences:
    """All that hangs on a refund, in minor units of the base currency."""

    goods: Sequence[Back]
    shipping: int
    gateway: str
    """Through which the money goes back; empty: nothing was paid."""
    restock: int
    """Pieces that can go back on a shelf."""
    vouchers: int
    """Rights that become void."""

    @property
    def amount(self) -> int:
        return sum(back.amount for back in self.goods)

    @property
    def total(self) -> int:
        return self.amount + self.shipping


def preview(*, order: int, pieces: Mapping[int, int], at: datetime, shipping: bool = False) -> Consequences:
    """What `refund` with the same wish would do now. `pieces`: {line's ordinal: how many}."""
    there = Order.objects.filter(pk=order).first()
    if there is None:
        raise NoSuchOrder("no order has that code")
    return consequences(there, pieces, shipping, at)


def consequences(order: Order, pieces: Mapping[int, int], shipping: bool, at: datetime) -> Consequences:
    if order.placed_at is None or order.cancelled_at or order.source != SHOP:
        raise NothingToRefund("only a paid order of our own shop can be refunded")
    lines = order.lines.select_related("product__variant__listing").filter(ordinal__in=pieces).order_by("ordinal")
    kept = pricing.used(order, at)
    goods = [back_of(line, pieces[line.ordinal], kept.get(line.ordinal, 0)) for line in lines if pieces[line.ordinal]]
    postage = order.shipping - sum(order.refunds.values_list("shipping", flat=True)) if shipping else 0
    if len(lines) < len(pieces) or (not goods and not postage):
        raise NothingToRefund("choose pieces of this order's lines, or its shipping")
    tracked = {line.pk for line in lines if line.product.variant.tracked}
    rights = {line.pk for line in lines if line.product.variant.listing.kind in ("service", "course")}
    unused_rights(goods, rights)
    settled = Payment.objects.filter(order=order, settles=True).first()
    return Consequences(
        goods=goods,
        shipping=postage,
        gateway=settled.gateway if settled else "",
        restock=sum(back.quantity for back in goods if back.line in tracked),
        vouchers=sum(back.quantity for back in goods if back.line in rights),
    )


def back_of(line: Line, quantity: int, kept: int = 0) -> Back:
    """A line is paid for piece by piece, by largest remainder: so the parts of it are always the whole. What was used
    of it stays with the last piece."""
    if not 0 < quantity <= line.quantity - line.returned:
        raise NothingToRefund(f"line {line.ordinal + 1} has {line.quantity - line.returned} pieces left to give back")
    each = money.split(line.amount, [1] * line.quantity)
    amount = sum(each[line.returned : line.returned + quantity])
    if line.returned + quantity == line.quantity:
        amount = max(0, amount - kept)
    return Back(line.pk, line.ordinal, line.product_id, line.product.title, quantity, amount)


def unused_rights(goods: Sequence[Back], rights: set[int]) -> None:
    unused = list(
        Voucher.objects.filter(line__in=rights, redeemed_at=None, void_at=None).values_list("line", flat=True)
    )
    if any(back.line in rights and unused.count(back.line) < back.quantity for back in goods):
        raise NothingToRefund("what was redeemed cannot go back")


@transaction.atomic
def refund(
    *,
    order: int,
    pieces: Mapping[int, int],
    key: str,
    reason: str,
    by: str,
    at: datetime,
    shipping: bool = False,
    restock: bool = True,
) -> Refund:
    """Give back pieces of an order, and the money that was paid for them. The same key again gives the same refund."""
    held = payments.locked(order)
    wish = hashed([sorted(pieces.items()), shipping, restock])
    number = f"{held.number}-{hashed([key])}"
    if there := Refund.objects.filter(source=held.source, number=number).first():
        if there.digest != wish:
            raise KeyReused("this key was used for another refund")
        return there
    what = consequences(held, pieces, shipping, at)
    made = Refund.objects.create(
        source=held.source, number=number, order=held, identity_id=held.identity_id, at=at, amount=what.amount,
        shipping=what.shipping, digest=wish,
    )  # fmt: skip
    take_back(held, made, what, by=by, at=at, restock=restock)
    announce(
        OrderRefunded(
            at=at,
            identity=held.identity_id,
            refund=made.pk,
            order=held.pk,
            amount=what.amount,
            items=[Item(product=b.product, quantity=b.quantity, amount=b.amount) for b in what.goods],
        ),
        *margin.costs(held, at),
    )
    send_back(held, what.total, key=number, reason="refund", refund=made, at=at)
    return made


def take_back(order: Order, made: Refund, what: Consequences, *, by: str, at: datetime, restock: bool) -> None:
    rows = [(made.pk, n, b.line, b.product, b.quantity, b.amount) for n, b in enumerate(what.goods)]
    insert(RefundLine, ("refund", "ordinal", "line", "product", "quantity", "amount"), rows)
    for back in what.goods:
        Line.objects.filter(pk=back.line).update(returned=F("returned") + back.quantity)
        void_rights(back.line, back.quantity, at)
    if restock and what.restock:
        put_on_shelf(order, {back.product: back.quantity for back in what.goods}, by=by, at=at)


def void_rights(line: int, quantity: int, at: datetime) -> None:
    unused = Voucher.objects.filter(line=line, redeemed_at=None, void_at=None).order_by("-ordinal")[:quantity]
    Voucher.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).update(void_at=at)


def put_on_shelf(order: Order, pieces: Mapping[int, int], *, by: str, at: datetime) -> None:
    store = Fulfilment.objects.filter(order=order).values_list("store", flat=True).first()
    if store:
        stock.put_back(pieces, order=order, store=store, at=at, by=by)


def send_back(order: Order, amount: int, *, key: str, reason: str, at: datetime, refund: Refund | None = None) -> None:
    payment = Payment.objects.filter(order=order, settles=True).first()
    if payment:
        payments.return_money(payment, amount, key=key, reason=reason, at=at, refund=refund)


@transaction.atomic
def cancel(*, order: int, by: str, at: datetime) -> Order:
    """End an order before it leaves: unpaid, it is closed; paid, its money and its goods go back. Twice is once."""
    held = payments.locked(order)
    if held.closed_at or held.cancelled_at:
        return held
    if held.source != SHOP:
        raise TooLateToCancel("an order of another shop is cancelled there")
    if held.placed_at is None:
        checkout.close(held, because="cancelled", at=at)
        return held
    sent = Fulfilment.objects.get(order=held)
    lines = list(held.lines.order_by("ordinal").values_list("pk", "product", "quantity", "returned"))
    used = Voucher.objects.filter(line__order=held, redeemed_at__isnull=False).exists()
    used = used or any(pricing.used(held, at).values())
    if sent.shipped_at or sent.received_at or used or any(returned for *_, returned in lines):
        raise TooLateToCancel("it left, or a part of it went back already; refund it instead")
    held.cancelled_at = held.state_at = at
    held.save(update_fields=["cancelled_at", "state_at"])
    for line, _, quantity, _ in lines:
        void_rights(line, quantity, at)
    put_on_shelf(held, {product: quantity for _, product, quantity, _ in lines}, by=by, at=at)
    announce(OrderCancelled(at=at, identity=held.identity_id, order=held.pk))
    send_back(held, held.amount + held.shipping, key="cancelled", reason="cancelled", at=at)
    return held


@transaction.atomic
def ask(*, order: int, pieces: Mapping[int, int], reason: str, at: datetime) -> RefundRequest:
    """A buyer wants to give something back; an operator decides. One open request per order."""
    held = payments.locked(order)
    consequences(held, pieces, shipping=False, at=at)
    if held.requests.filter(decided_at=None).exists():
        raise AlreadyAsked("you asked for this order already; we are looking at it")
    announce(RefundAsked(at=at, identity=held.identity_id, order=held.pk, reason=reason[:200]))
    wanted = {str(ordinal): quantity for ordinal, quantity in pieces.items()}
    return RefundRequest.objects.create(order=held, pieces=wanted, reason=reason[:200], asked_at=at)


@transaction.atomic
def grant(*, request: int, by: str, at: datetime, shipping: bool = False, restock: bool = True) -> Refund:
    asked = undecided(request)
    pieces = {int(ordinal): quantity for ordinal, quantity in asked.pieces.items()}
    made = refund(
        order=asked.order_id, pieces=pieces, key=f"request-{asked.pk}", reason=asked.reason, by=by, at=at,
        shipping=shipping, restock=restock,
    )  # fmt: skip
    asked.decided_at, asked.by, asked.refund = at, by, made
    asked.save()
    return made


@transaction.atomic
def decline(*, request: int, answer: str, by: str, at: datetime) -> RefundRequest:
    asked = undecided(request)
    asked.decided_at, asked.by, asked.answer = at, by, answer[:200]
    asked.save()
    announce(RefundDeclined(at=at, identity=asked.order.identity_id, order=asked.order_id))
    return asked


def undecided(request: int) -> RefundRequest:
    asked = RefundRequest.objects.filter(pk=request).first()
    if asked:
        payments.locked(asked.order_id)
        asked.refresh_from_db()
    if asked is None or asked.decided_at:
        raise AlreadyDecided("somebody has decided this request")
    return asked
