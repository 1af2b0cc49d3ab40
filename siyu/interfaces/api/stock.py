"""/api/shop/stores, /api/shop/stock: where goods are, and how many."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import shelves
from siyu.features.commerce import stock as verbs
from siyu.features.commerce.models import Stock
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import EPOCH, After, Label, Limit, Page, code, cursor, number, place
from siyu.kit import clock

desk = Desk(tags=["shop"])


class Store(Schema):
    code: str
    name: str
    address: str
    phone: str
    hours: str
    ships: bool
    picks_up: bool


class StoreState(Schema):
    name: Label
    address: Annotated[str, Field(max_length=300)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    hours: Annotated[str, Field(max_length=100)] = ""
    ships: bool = False
    picks_up: bool = True


class Pieces(Schema):
    product: str
    store: str
    on_hand: int
    reserved: Annotated[int, Field(description="Of these, promised to orders that are not paid yet")]


class StockRow(Pieces):
    sku: str
    title: str


class Booking(Schema):
    product: Annotated[str, Field(description="The code of the product, as listings and stock name it")]
    store: str
    quantity: Annotated[int, Field(ge=0, le=verbs.MOST, description="Pieces; when counted, what is on the shelf")]
    reason: Literal["received", "counted", "damaged", "sample", "returned"]
    note: Annotated[str, Field(max_length=200)] = ""


@desk.reads("/shop/stores", scope="catalogue:read", gives=list[Store])
def list_stores(request: HttpRequest) -> Any:
    """The stores that are open."""
    return [{**vars(store), "code": code("sto", store.pk)} for store in shelves.stores()]


@desk.writes("PUT", "/shop/stores", scope="stock:write", gives=Store)
def set_up_store(request: HttpRequest, body: StoreState) -> Any:
    """A store as it is now, by its name."""
    store = verbs.set_up(**body.model_dump())
    trail.note(store, "set_up", through=signature(request))
    return {**vars(store), "code": code("sto", store.pk)}


@desk.reads("/shop/stock", scope="catalogue:read", gives=Page[StockRow])
def list_stock(
    request: HttpRequest, *, store: str = "", search: str = "", after: After = None, limit: Limit = 50
) -> Any:
    """What is on the shelves; `search` is a part of a title, or a whole SKU."""
    seen, where = place(after), number("sto", store, "a store") if store else 0
    page = shelves.stock(store=where, search=search[:200], after=seen[1] if seen else 0, limit=limit)
    items = [{**pieces(row), "sku": row.product.sku, "title": row.product.title} for row in page["rows"]]
    return {"items": items, "next": cursor((EPOCH, page["next"])) if page["next"] else None}


@desk.writes("POST", "/shop/stock", scope="stock:write", gives=Pieces)
def book_stock(request: HttpRequest, body: Booking) -> Any:
    """What came in, was found, or is lost. Never below what is promised."""
    booked = verbs.book(
        product=number("prd", body.product, "a product"),
        store=number("sto", body.store, "a store"),
        quantity=body.quantity,
        reason=body.reason,
        note=body.note,
        by=signature(request),
        at=clock.now(),
    )
    return pieces(booked)


def pieces(row: Stock) -> dict[str, Any]:
    return {
        "product": code("prd", row.product_id), "store": code("sto", row.store_id), "on_hand": row.on_hand,
        "reserved": row.reserved,
    }  # fmt: skip
