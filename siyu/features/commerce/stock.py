"""Verbs of stock: what comes in, what is counted, what is promised and sold. Never below what is promised."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.events.commerce import StockRanOut
from siyu.features.commerce.models import Movement, Order, Product, Stock, Store
from siyu.kit.prepared import asks, changes
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert

MOST = 10**9


class NotSoMany(Refused):
    code = "not_so_many"
    status = 409


class NoSuchProduct(Refused):
    code = "no_such_product"
    status = 404


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


@transaction.atomic
def book(*, product: int, store: int, quantity: int, reason: str, by: str, at: datetime, note: str = "") -> Stock:
    """What an operator says of a shelf. `quantity` is a number of pieces: found there when they `counted`, else moved,
    out of the store for what was damaged or given as a sample."""
    place, what = open_store(store), Product.objects.filter(pk=product).first()
    if what is None:
        raise NoSuchProduct("there is no such product")
    if quantity < 0:
        raise NotSoMany("say how many pieces, without a sign")
    if reason == "counted":
        return count(product=what, store=place, found=quantity, by=by, at=at, note=note)
    sign = {"received": 1, "returned": 1, "damaged": -1, "sample": -1}.get(reason, 0)
    return move(product=what, store=place, quantity=sign * quantity, reason=reason, by=by, at=at, note=note)


@transaction.atomic
def set_up(
    *, name: str, address: str = "", hours: str = "", phone: str = "", ships: bool = False, picks_up: bool = True
) -> Store:
    """A new store, or what is said of an old one of that name."""
    name = name.strip()[:100]
    if not name:
        raise NoSuchStore("a store has a name")
    said = {"address": address[:300], "hours": hours[:100], "phone": phone[:30], "ships": ships, "picks_up": picks_up}
    store, _ = Store.objects.update_or_create(name=name, defaults=said)
    return store


def promise(stock: int, quantity: int) -> bool:
    return bool(promised(stock, quantity))


@changes
def promised(stock: int, quantity: int) -> tuple[QuerySet[Stock], dict[str, Any]]:
    left = Stock.objects.filter(pk=stock, on_hand__gte=F("reserved") + quantity)
    return left, {"reserved": F("reserved") + quantity}


@asks
def kept(store: int, products: Sequence[int]) -> QuerySet[Any, Any]:
    """(product, stock) of what a store keeps."""
    return Stock.objects.filter(product__in=products, store=store).values_list("product", "pk")


def let_go(promised: Mapping[int, int]) -> None:
    for stock, quantity in promised.items():
        Stock.objects.filter(pk=stock).update(reserved=F("reserved") - quantity)


def sell(promised: Mapping[int, int], *, order: Order, at: datetime) -> None:
    left = [row for stock, quantity in promised.items() for row in sold(stock, quantity)]
    insert(
        Movement,
        ("stock", "quantity", "reason", "order", "at", "by", "note"),
        [(stock, -quantity, "sold", order.pk, at, "", "") for stock, quantity in promised.items()],
    )
    announce(*(StockRanOut(at=at, product=product, store=store) for product, store, on_hand in left if not on_hand))


@changes("product_id", "store_id", "on_hand")
def sold(stock: int, quantity: int) -> tuple[QuerySet[Stock], dict[str, Any]]:
    change = {"on_hand": F("on_hand") - quantity, "reserved": F("reserved") - quantity}
    return Stock.objects.filter(pk=stock), change


def put_back(pieces: Mapping[int, int], *, order: Order, store: int, at: datetime, by: str) -> None:
    """{product: pieces} of an order, where the store keeps that product."""
    for stock, product in (
        Stock.objects.filter(product__in=pieces, store=store).order_by("pk").values_list("pk", "product")
    ):
        Stock.objects.filter(pk=stock).update(on_hand=F("on_hand") + pieces[product])
        Movement.objects.create(stock_id=stock, quantity=pieces[product], reason="returned", order=order, at=at, by=by)
