"""From a basket to an order that waits for its money: quote, check out, let lapse."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.events import Item
from siyu.events.commerce import OrderClosed, OrderOpened
from siyu.features.commerce import pricing
from siyu.features.commerce.models import CartItem, Fulfilment, Invoice, Line, Order, PriceStep, Stock, Store, Variant
from siyu.features.commerce.pricing import Basket, Piece, Quote
from siyu.features.commerce.rules import SHOP
from siyu.kit import codes, money
from siyu.kit.prepared import asks, removes
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert, written

MOST_LINES = 100
MOST_PIECES = 9_999
LAPSED_AT_ONCE = 200


class NothingToBuy(Refused):
    code = "nothing_to_buy"
    status = 422


class NotForSale(Refused):
    code = "not_for_sale"
    status = 409


class PriceChanged(Refused):
    """What the buyer saw is not what it costs now; the new quote must be shown and agreed to."""

    code = "price_changed"
    status = 409


class NoAddress(Refused):
    code = "no_address"
    status = 422


class Want(NamedTuple):
    variant: int
    quantity: int


class Address(msgspec.Struct, frozen=True):
    name: str
    phone: str
    region: str
    street: str


@dataclass(frozen=True)
class By:
    """How it reaches the buyer: shipped to an address, picked up in a store, or neither for what is no thing."""

    kind: str = "none"
    store: int | None = None
    address: Address | None = None


@dataclass(frozen=True)
class Bill:
    """An invoice that the buyer wishes for."""

    kind: str
    title: str
    tax_number: str = ""
    email: str = ""


def quote(*, wants: Sequence[Want], identity: int | None, by: By, codes: tuple[str, ...] = (), at: datetime) -> Quote:
    """What it costs now, line by line; reads only, holds nothing."""
    pieces = pieces_of(wants)
    basket = Basket(pieces, identity, at, by.store or shipping_store(pieces, by), codes)
    priced = pricing.quote(basket)
    return Quote(basket, priced.lines, postage(priced.amount) if by.kind == "ship" else 0)


def pieces_of(wants: Sequence[Want]) -> list[Piece]:
    wanted: dict[int, int] = {}
    for want in wants:
        wanted[want.variant] = wanted.get(want.variant, 0) + want.quantity
    if not wanted or len(wanted) > MOST_LINES or not all(0 < n <= MOST_PIECES for n in wanted.values()):
        raise NothingToBuy(f"an order has 1 to {MOST_LINES} lines of 1 to {MOST_PIECES} pieces")
    found = sold(sorted(wanted))
    if len(found) < len(wanted):
        raise NotForSale("one of these is not for sale any more")
    return [Piece._make((*row[:6], wanted[row[0]], *row[6:])) for row in sorted(found)]


@asks
def sold(variants: Sequence[int]) -> QuerySet[Any, Any]:
    """Of each all that a piece is, but how many."""
    shown = Variant.objects.filter(pk__in=variants, withdrawn_at=None, listing__published_at__isnull=False)
    of_listing = ("listing", "product", "listing__kind", "listing__title")
    return shown.values_list("pk", *of_listing, "label", "price", "member_price", "cost", "tracked")


def piece(variant: Variant, quantity: int) -> Piece:
    listing = variant.listing
    return Piece(
        variant.pk, listing.pk, variant.product_id, listing.kind, listing.title, variant.label, quantity,
        variant.price, variant.member_price, variant.cost, variant.tracked,
    )  # fmt: skip


def shipping_store(pieces: Sequence[Piece], by: By) -> int | None:
    """The first store that ships and has all of it; else the first that ships."""
    if by.kind != "ship":
        return None
    stores = list(Store.objects.filter(ships=True, closed_at=None).order_by("pk").values_list("pk", flat=True))
    wanted = {p.product: p.quantity for p in pieces if p.tracked}
    rows = Stock.objects.filter(store__in=stores, product__in=wanted).values_list(
        "store", "product", "on_hand", "reserved"
    )
    there = {(store, product) for store, product, on_hand, held in rows if on_hand - held >= wanted[product]}
    full = [store for store in stores if all((store, product) in there for product in wanted)]
    return next(iter(full or stores), None)


def postage(amount: int) -> int:
    """What shipping costs, by the settings."""
    currency = settings.SIYU.currency
    free = money.minor(settings.SIYU.shipping_free_from, currency)
    return 0 if amount >= free else money.minor(settings.SIYU.shipping_fee, currency)


@transaction.atomic
def check_out(
    *,
    identity: int,
    wants: Sequence[Want],
    by: By,
    expected: int,
    key: str,
    at: datetime,
    codes: tuple[str, ...] = (),
    bill: Bill | None = None,
) -> Order:
    """Open an order and hold its goods and prices for a while. `expected`: the total that the buyer agreed to.

    The same key again gives the same order; with another wish it is an error. Lapses by itself when nothing is paid.
    """
    wait_turn(identity)
    wish = hashlib.blake2b(msgspec.json.encode([wants, by, expected, codes, bill]), digest_size=16).hexdigest()
    number = number_for(identity, key)
    for there in numbered(SHOP, number):
        if there.digest != wish:
            raise KeyReused("this key was used for another order")
        return there
    check_delivery(by)
    agreed = quote(wants=wants, identity=identity, by=by, codes=codes, at=at)
    if agreed.total != expected:
        raise PriceChanged(f"it costs {money.text(agreed.total, settings.SIYU.currency)} now")
    if any(line.piece.kind == "goods" for line in agreed.lines) and by.kind == "none":
        raise NoAddress("goods are shipped or picked up")
    order = open_order(agreed, number=number, identity=identity, digest=wish, at=at)
    fill(order, agreed, by, bill, at)
    pricing.reserve(order, agreed.basket, agreed.steps)
    out_of_cart(identity, [want.variant for want in wants])
    announce(opened(order, agreed))
    return order


def wait_turn(identity: int) -> None:
    """A member checks out one basket after the other: the first lock that is taken, before those of orders."""
    one_at_a_time(f"checkout of {identity}")


@asks
def numbered(source: str, number: str) -> QuerySet[Order]:
    return Order.objects.filter(source=source, number=number)


@removes
def out_of_cart(identity: int, variants: Sequence[int]) -> QuerySet[CartItem]:
    return CartItem.objects.filter(cart__identity=identity, variant__in=variants)


def number_for(identity: int, key: str) -> str:
    """Made of the key, so that the same key cannot open two orders."""
    digest = hashlib.blake2b(f"{identity}:{key}".encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=8)
    return codes.encode("S", int.from_bytes(digest.digest()) >> 4, settings.SECRET_KEY).removeprefix("S_").upper()


def check_delivery(by: By) -> None:
    if by.kind == "ship" and not (
        by.address and all(getattr(by.address, n).strip() for n in Address.__struct_fields__)
    ):
        raise NoAddress("shipping needs a name, a phone, a region and a street")
    if by.kind == "pick_up" and not counters(by.store or 0):
        raise NoAddress("pick one of the stores that hand over goods")


@asks
def counters(store: int) -> QuerySet[Any, Any]:
    return Store.objects.filter(pk=store, picks_up=True, closed_at=None).values_list("pk", flat=True)


OPENED = (
    "source", "number", "identity", "opened_at", "until", "amount", "shipping", "discount", "currency", "rate", "gift",
    "digest", "closed_because",
)  # fmt: skip


def open_order(agreed: Quote, *, number: str, identity: int, digest: str, at: datetime) -> Order:
    until = at + timedelta(minutes=settings.SIYU.hold_minutes)
    values = (
        SHOP, number, identity, at, until, agreed.amount, agreed.shipping, agreed.discount, settings.SIYU.currency, "1",
        False, digest, "",
    )  # fmt: skip
    order = written(Order, OPENED, values)
    order.holds = {}
    return order


def fill(order: Order, agreed: Quote, by: By, bill: Bill | None, at: datetime) -> None:
    lines = [
        (order.pk, n, line.piece.product, line.piece.quantity, line.amount, line.discount, cost_of(line.piece))
        for n, line in enumerate(agreed.lines)
    ]
    columns = ("order", "ordinal", "product", "quantity", "amount", "discount", "cost")
    ids = dict(insert(Line, columns, lines, returning=["ordinal", "id"]))
    if agreed.steps:
        steps = [
            (ids[n], m, step.rule, step.label, step.amount, step.subject)
            for n, line in enumerate(agreed.lines)
            for m, step in enumerate(line.steps)
        ]
        insert(PriceStep, ("line", "ordinal", "rule", "label", "amount", "subject"), steps)
    address = msgspec.to_builtins(by.address) if by.address else {}
    sent = (order.pk, by.kind, agreed.basket.store, msgspec.json.encode(address).decode(), "", "", "")
    insert(Fulfilment, ("order", "kind", "store", "address", "carrier", "tracking", "handed_by"), [sent])
    if bill:
        Invoice.objects.create(order=order, asked_at=at, **vars(bill))


def cost_of(piece: Piece) -> int | None:
    return None if piece.cost is None else piece.cost * piece.quantity


def opened(order: Order, agreed: Quote) -> OrderOpened:
    assert order.opened_at and order.until
    return OrderOpened(
        at=order.opened_at,
        identity=order.identity_id,
        order=order.pk,
        amount=order.amount,
        discount=order.discount,
        shipping=order.shipping,
        until=order.until,
        items=[
            Item(product=x.piece.product, quantity=x.piece.quantity, amount=x.amount, discount=x.discount)
            for x in agreed.lines
        ],
    )


def lapse(at: datetime) -> int:
    """Close what was not paid in time, some at once; how many. Each in a transaction of its own: one that lets go of
    two orders' goods would take locks in no order, and wait for a buyer who waits for it."""
    due = unpaid_since(at).order_by("pk").values_list("pk", flat=True)
    return sum(lapsed(order, at) for order in list(due[:LAPSED_AT_ONCE]))


def unpaid_since(at: datetime) -> QuerySet[Order]:
    return Order.objects.filter(until__lte=at, placed_at=None, closed_at=None)


@transaction.atomic
def lapsed(order: int, at: datetime) -> bool:
    skip = connection.features.has_select_for_update_skip_locked
    held = unpaid_since(at).select_for_update(no_key=True, skip_locked=skip).filter(pk=order).first()
    if held:
        close(held, because="lapsed", at=at)
    return held is not None


def close(order: Order, *, because: str, at: datetime) -> None:
    """End an order that is not paid; the caller has locked it."""
    order.closed_at, order.closed_because = at, because
    order.save(update_fields=["closed_at", "closed_because"])
    pricing.release(order, at)
    announce(OrderClosed(at=at, identity=order.identity_id, order=order.pk, because=because))
