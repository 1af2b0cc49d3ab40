"""How an order reaches its buyer: shipped, or handed over in a store against its code; and services redeemed."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.events.commerce import InvoiceIssued, OrderReady, OrderReceived, OrderShipped, VoucherRedeemed
from siyu.features.commerce import payments
from siyu.features.commerce.models import Fulfilment, Invoice, Order, Payment, Store, Voucher
from siyu.features.commerce.payments import Money
from siyu.features.commerce.stock import open_store
from siyu.kit import codes
from siyu.kit.refusals import Refused


class CannotShip(Refused):
    code = "cannot_ship"
    status = 409


class NotPaid(Refused):
    code = "not_paid"
    status = 409


class AlreadyHanded(Refused):
    """Somebody has it: the goods were handed over, or the voucher was redeemed."""

    code = "already_handed"
    status = 409


class NoSuchVoucher(Refused):
    code = "no_such_voucher"
    status = 404


class AlreadyIssued(Refused):
    code = "already_issued"
    status = 409


def deliverable(order: int, kind: str) -> tuple[Order, Fulfilment]:
    held = payments.locked(order)
    sent = Fulfilment.objects.filter(order=held, kind=kind).first()
    if sent is None or held.cancelled_at or held.closed_at:
        raise CannotShip("this order was given up, or goes another way")
    return held, sent


@transaction.atomic
def ship(*, order: int, carrier: str, tracking: str, at: datetime) -> Fulfilment:
    """It left. Said again, the carrier and number are corrected, and nobody is told twice."""
    held, sent = deliverable(order, "ship")
    if held.placed_at is None:
        raise NotPaid("it is not paid")
    news = sent.shipped_at is None
    sent.carrier, sent.tracking, sent.shipped_at = carrier[:50], tracking[:100], sent.shipped_at or at
    sent.save()
    if news:
        announce(OrderShipped(at=at, identity=held.identity_id, order=held.pk, carrier=sent.carrier))
    return sent


@transaction.atomic
def make_ready(*, order: int, at: datetime) -> Fulfilment:
    """It waits in the store; for cash it may be unpaid, and is held until it is fetched."""
    held, sent = deliverable(order, "pick_up")
    if sent.ready_at is None and sent.store_id:
        sent.ready_at = at
        sent.save()
        announce(OrderReady(at=at, identity=held.identity_id, order=held.pk, store=sent.store_id))
    return sent


@transaction.atomic
def hand_over(*, order: int, by: str, at: datetime, cash: bool = False) -> Fulfilment:
    """Give it to whoever shows its code. `cash`: the operator took the money just now."""
    held, sent = deliverable(order, "pick_up")
    if cash and held.placed_at is None:
        take_cash(held, at)
        held.refresh_from_db()
    if held.placed_at is None:
        raise NotPaid("it is not paid: take the money first")
    received(held, sent, at, by)
    return sent


def take_cash(order: Order, at: datetime) -> None:
    due = Payment.objects.filter(order=order, gateway="cash", paid_at=None).first()
    if due is None:
        raise NotPaid("its buyer did not choose to pay in the store")
    payments.paid(gateway="cash", money=Money(due.number, due.amount, due.currency, due.number), at=at)


@transaction.atomic
def confirm_receipt(*, order: int, at: datetime) -> Fulfilment:
    """The buyer says that it came. Twice is once."""
    held, sent = deliverable(order, "ship")
    if sent.shipped_at is None:
        raise CannotShip("it has not left yet")
    if sent.received_at is None:
        received(held, sent, at, "")
    return sent


def received(order: Order, sent: Fulfilment, at: datetime, by: str) -> None:
    if sent.received_at:
        raise AlreadyHanded("it was handed over already")
    sent.received_at, sent.handed_by = at, by
    sent.save()
    store = sent.store_id if sent.kind == "pick_up" else None
    announce(OrderReceived(at=at, identity=order.identity_id, order=order.pk, store=store))


def pick_up_code(order: int) -> str:
    return codes.encode("pick", order, settings.SECRET_KEY)


def voucher_code(voucher: int) -> str:
    return codes.encode("vou", voucher, settings.SECRET_KEY)


def voucher(code: str) -> Voucher:
    """The voucher that a code names, with its line and order."""
    number = codes.decode("vou", code, settings.SECRET_KEY)
    found = Voucher.objects.filter(pk=number or 0).select_related("line__order", "line__product", "store").first()
    if found is None:
        raise NoSuchVoucher("no voucher has that code")
    return found


def redeem_code(*, code: str, store: int | None, by: str, at: datetime) -> Voucher:
    where = open_store(store) if store else None
    return redeem(voucher=voucher(code).pk, store=where, by=by, at=at)


@transaction.atomic
def redeem(*, voucher: int, store: Store | None, by: str, at: datetime) -> Voucher:
    """Take up one piece of a service: once, whoever scans at the same moment."""
    order = Voucher.objects.filter(pk=voucher).values_list("line__order", flat=True).first()
    if order is None:
        raise NoSuchVoucher("no voucher has that code")
    payments.locked(order)
    unused = Voucher.objects.filter(pk=voucher, redeemed_at=None, void_at=None)
    if not unused.update(redeemed_at=at, store=store, by=by):
        raise refusal(voucher)
    taken = Voucher.objects.select_related("line__order").get(pk=voucher)
    announce(
        VoucherRedeemed(
            at=at,
            identity=taken.line.order.identity_id,
            voucher=voucher,
            order=taken.line.order_id,
            product=taken.line.product_id,
            store=store.pk if store else None,
        )
    )
    return taken


def refusal(voucher: int) -> Refused:
    there = Voucher.objects.get(pk=voucher)
    if there.redeemed_at:
        return AlreadyHanded(f"it was redeemed at {there.redeemed_at:%Y-%m-%d %H:%M} UTC")
    return NoSuchVoucher("it is void: its money went back")


@transaction.atomic
def issue_invoice(*, order: int, number: str, at: datetime) -> Invoice:
    """The books gave the invoice a number."""
    wished = Invoice.objects.filter(order=order).select_related("order").first()
    if wished is None or wished.issued_at or wished.order.placed_at is None:
        raise AlreadyIssued("there is no open wish for an invoice of this order")
    if Invoice.objects.filter(number=number).exists():
        raise AlreadyIssued("another invoice has that number")
    wished.issued_at, wished.number = at, number
    wished.save()
    announce(InvoiceIssued(at=at, identity=wished.order.identity_id, order=order, number=number))
    return wished
