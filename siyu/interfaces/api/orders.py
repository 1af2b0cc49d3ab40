"""/api/orders, /api/refunds, /api/products."""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.people.codes import number_of
from siyu.core.people.namespaces import claimed
from siyu.features.commerce import history, queries, receiving
from siyu.interfaces.api.desk import Desk
from siyu.interfaces.api.people import Identity
from siyu.interfaces.api.shapes import (
    EPOCH,
    After,
    Amount,
    Label,
    Limit,
    Moment,
    Page,
    Past,
    code,
    cursor,
    number,
    place,
)
from siyu.kit import clock

desk = Desk(tags=["orders"])
Quantity = Annotated[int, Field(ge=1, le=1_000_000_000)]
Paid = Annotated[int, Field(ge=0, le=10**15, description="Minor units of `currency`, for the whole line")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217; the base currency where absent")]


class Order(Schema):
    """Amounts are minor units of the base currency. `person` null: nobody knows who bought."""

    code: str
    source: str
    number: str
    person: str | None
    placed_at: Moment
    amount: Amount
    discount: Amount
    currency: Annotated[str, Field(description="That it was paid in")]
    gift: bool
    cancelled_at: Moment | None
    state_at: Moment | None


class Sold(Schema):
    product: str
    sku: str
    title: str
    quantity: int
    amount: Amount
    discount: Amount


class Returned(Schema):
    code: str
    number: str
    at: Moment
    amount: Amount
    lines: list[Sold]


class OrderDetail(Order):
    lines: list[Sold]
    coupons: list[str]
    refunds: list[Returned]


class Goods(Schema):
    sku: Label
    quantity: Quantity
    amount: Annotated[Paid, Field(description="Paid for the whole line after its discount")]
    title: Annotated[str, Field(max_length=300)] = ""


class Line(Goods):
    discount: Paid = 0


class OrderState(Schema):
    source: Label
    number: Label
    identity: Annotated[Identity | None, Field(description="Who bought, as the source says it")] = None
    also: Annotated[
        list[Identity], Field(max_length=5, description="How else it names the buyer, such as a phone: evidence")
    ] = []
    placed_at: Past
    currency: Currency | None = None
    lines: Annotated[list[Line], Field(min_length=1, max_length=1000)]
    coupons: Annotated[list[Label], Field(max_length=100)] = []
    cancelled_at: Past | None = None
    state_at: Annotated[Past | None, Field(description="As of when the source says so; an older state is ignored")] = (
        None
    )


class RefundState(Schema):
    source: Label
    number: Label
    identity: Identity | None = None
    at: Past
    currency: Currency | None = None
    lines: Annotated[list[Goods], Field(min_length=1, max_length=1000)]


class Received(Schema):
    code: str
    outcome: Literal["placed", "corrected", "unchanged"]


class ProductState(Schema):
    source: Label
    sku: Label
    title: Annotated[str, Field(max_length=300)] = ""
    category: Annotated[str, Field(max_length=200)] = ""
    department: Annotated[str, Field(max_length=200)] = ""
    brand: Annotated[str, Field(max_length=200)] = ""


class Product(ProductState):
    code: str


class Listed(Schema):
    code: str
    changed: bool


@desk.reads("/orders", scope="orders:read", gives=Page[Order])
def list_orders(
    request: HttpRequest,
    *,
    person: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Orders, newest first: all, or a person's; placed within [since, until)."""
    who = number_of(person) if person else None
    page = queries.orders(person=who, since=since, until=until, after=place(after), limit=limit)
    return {"items": [outside(row) for row in page.rows], "next": cursor(page.next)}


@desk.reads("/orders/{order}", scope="orders:read", gives=OrderDetail)
def get_order(request: HttpRequest, order: str) -> Any:
    """An order with its lines, coupons and refunds."""
    found = queries.order(number("ord", order, "an order"))
    refunds = [{**one._asdict(), "code": code("rfd", one.id), "lines": sold(one.lines)} for one in found.refunds]
    return {**outside(found.order), "lines": sold(found.lines), "coupons": found.coupons, "refunds": refunds}


def outside(row: queries.OrderRow) -> dict[str, Any]:
    who = None if row.person is None else code("per", row.person)
    return {**row._asdict(), "code": code("ord", row.id), "person": who}


def sold(lines: list[queries.Sold]) -> list[dict[str, Any]]:
    return [{**line._asdict(), "product": code("prd", line.product)} for line in lines]


@desk.writes("PUT", "/orders", scope="orders:write", gives=Received)
def put_order(request: HttpRequest, body: OrderState) -> Any:
    """An order as it is now. A newer state replaces an older one; the same one changes nothing."""
    received = receiving.receive_order(
        source=body.source,
        number=body.number,
        claim=claim(body.identity),
        also=[claimed(one.namespace, one.value) for one in body.also] if body.identity else [],
        placed_at=body.placed_at,
        currency=body.currency or settings.SIYU.currency,
        goods=[receiving.Goods(**line.model_dump()) for line in body.lines],
        coupons=body.coupons,
        cancelled_at=body.cancelled_at,
        state_at=body.state_at,
        at=clock.now(),
    )
    return {"code": code("ord", received.number), "outcome": received.outcome}


@desk.writes("PUT", "/refunds", scope="orders:write", gives=Received)
def put_refund(request: HttpRequest, body: RefundState) -> Any:
    """What went back. Each line is matched to the last sale of that product to that buyer."""
    received = receiving.receive_refund(
        source=body.source,
        number=body.number,
        claim=claim(body.identity),
        at=body.at,
        currency=body.currency or settings.SIYU.currency,
        goods=[receiving.Goods(**line.model_dump()) for line in body.lines],
    )
    return {"code": code("rfd", received.number), "outcome": received.outcome}


def claim(identity: Identity | None) -> tuple[str, str] | None:
    return claimed(identity.namespace, identity.value) if identity else None


@desk.reads("/products", scope="orders:read", gives=Page[Product])
def list_products(
    request: HttpRequest, search: str = "", category: str = "", after: After = None, limit: Limit = 50
) -> Any:
    """The catalogue, in the order in which it became known."""
    seen = place(after)
    rows = queries.products(search=search[:200], category=category[:200], after=seen[1] if seen else 0, limit=limit + 1)
    shown = rows[:limit]
    items = [{**row, "code": code("prd", row["pk"])} for row in shown]
    return {"items": items, "next": cursor((EPOCH, shown[-1]["pk"])) if len(rows) > limit else None}


@desk.writes("PUT", "/products", scope="orders:write", gives=Listed)
def put_product(request: HttpRequest, body: ProductState) -> Any:
    """A product as it is now. What is left empty stays as it was."""
    said = history.Description(at=clock.now(), **body.model_dump(exclude={"source", "sku"}))
    listing = history.list_products({body.sku: said}, source=body.source, imported=False)
    return {"code": code("prd", listing.ids[body.sku]), "changed": body.sku in listing.changed}
