"""Verbs of stock: what comes in, what is counted, what is promised and sold. Never below what is promised."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from siyu.core.eventlog.announce import announce
from siyu.events.commerce import StockRanOut
from siyu.features.commerce.models import Movement, Order, Product, Stock, Store
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert

MOST = 10**9


class NotSoMany(Refused):
    code = "not_so_many"
    status = 409


class NoSuchStore(Refused):
    code = "no_such_store"
    status = 404


def open_store(store: int) -> Store:
    found = Store.objects.filter(pk=store, closed_at=None).first()
    if found is None:
        raise NoSuchStore("there is no such store, or it is closed")
    return found


@transaction.atomic
def move(*, product: Product, store: Store, quantity: int, reason: str, by: str, at: datetime, note: str = "") -> Stock:
    """Put pieces into a store (received, returned), or take some out (damaged, sample): `quantity` has a sign."""
    if not quantity or abs(quantity) > MOST:
        raise NotSoMany("a movement has a number of pieces, and not too many")
    stock, _ = Stock.objects.get_or_create(product=product, store=store)
    left = Stock.objects.filter(pk=stock.pk, on_hand__gte=F("reserved") - quantity, on_hand__lte=MOST - quantity)
    if not left.update(on_hand=F("on_hand") + quantity):
        raise NotSoMany("fewer than that are on hand and not promised")
    Movement.objects.create(stock=stock, quantity=quantity, reason=reason, at=at, by=by, note=note)
    stock.refresh_from_db()
    return stock


@transaction.atomic
def count(*, product: Product, store: Store, found: int, by: str, at: datetime, note: str = "") -> Stock:
    """Set what is on hand to what was `found` on the shelf."""
    stock, _ = Stock.objects.get_or_create(product=product, store=store)
    stock = Stock.objects.select_for_update(no_key=True).get(pk=stock.pk)
    if found == stock.on_hand:
        return stock
    return move(product=product, store=store, quantity=found - stock.on_hand, reason="counted", by=by, at=at, note=note)


def promise(stock: int, quantity: int) -> bool:
    left = Stock.objects.filter(pk=stock, on_hand__gte=F("reserved") + quantity)
    return bool(left.update(reserved=F("reserved") + quantity))


def let_go(promised: Mapping[int, int]) -> None:
    for stock, quantity in promised.items():
        Stock.objects.filter(pk=stock).update(reserved=F("reserved") - quantity)


def sell(promised: Mapping[int, int], *, order: Order, at: datetime) -> None:
    for stock, quantity in promised.items():
        Stock.objects.filter(pk=stock).update(on_hand=F("on_hand") - quantity, reserved=F("reserved") - quantity)
    insert(
        Movement,
        ("stock", "quantity", "reason", "order", "at", "by", "note"),
        [(stock, -quantity, "sold", order.pk, at, "", "") for stock, quantity in promised.items()],
    )
    gone = Stock.objects.filter(pk__in=promised, on_hand=0).values_list("product", "store") if promised else ()
    announce(*(StockRanOut(at=at, product=product, store=store) for product, store in gone))


def put_back(pieces: Mapping[int, int], *, order: Order, store: int, at: datetime, by: str) -> None:
    """{product: pieces} of an order, where the store keeps that product."""
    for stock, product in (
        Stock.objects.filter(product__in=pieces, store=store).order_by("pk").values_list("pk", "product")
    ):
        Stock.objects.filter(pk=stock).update(on_hand=F("on_hand") + pieces[product])
        Movement.objects.create(stock_id=stock, quantity=pieces[product], reason="returned", order=order, at=at, by=by)
