"""/api/shop/selections, /api/shop/contribution: what may be promoted at what cost, what is left of sales."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import catalogue, margin, shelves
from siyu.features.commerce.models import Selection as Row
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.listings import Price
from siyu.interfaces.api.shapes import Amount, Moment, code, number

desk = Desk(tags=["shop"])
Pieces = Annotated[int, Field(ge=0, le=10**6, description="That the supplier gives to creators")]
Share = Annotated[int, Field(ge=0, le=10_000, description="Basis points of what is paid, for who sells it")]


class Selection(Schema):
    code: str
    product: str
    supplier: str
    price: Annotated[Amount, Field(description="Of a piece, as long as the budget lasts")]
    budget: Annotated[Amount, Field(description="What may be given away in all, below the list price")]
    spent: Amount
    commission: Share
    samples: Pieces
    begins_at: Moment
    ends_at: Moment


class NewSelection(Schema):
    product: Annotated[str, Field(description="The code of the product, as listings and stock name it")]
    supplier: Annotated[str, Field(max_length=200)] = ""
    price: Price
    budget: Price
    commission: Share = 0
    samples: Pieces = 0
    begins_at: Moment
    ends_at: Moment


class Left(Schema):
    pieces: int
    sold: Annotated[Amount, Field(description="Paid for pieces that stayed, without shipping")]
    contribution: Annotated[Amount | None, Field(description="Of what has a known cost; null: none of it has")]
    unknown: Annotated[Amount, Field(description="Of `sold`: what has no known cost, and is not in `contribution`")]


class ListingLeft(Left):
    listing: str
    title: str


class Contribution(Left):
    listings: list[ListingLeft]


@desk.reads("/shop/selections", scope="catalogue:read", gives=list[Selection])
def list_selections(request: HttpRequest) -> Any:
    """The selection pool: the two hundred that end last."""
    return [outside(row["selection"]) for row in shelves.pool()]


@desk.writes("POST", "/shop/selections", scope="catalogue:write", gives=Selection)
def select_product(request: HttpRequest, body: NewSelection) -> Any:
    """Promote a product of the shop at a price below its list price, until the budget is spent."""
    said = body.model_dump() | {"product": number("prd", body.product, "a product")}
    made = catalogue.choose(**said)
    trail.note(made, "selected", through=signature(request))
    return outside(made)


@desk.reads("/shop/contribution", scope="insight:read", gives=Contribution)
def get_contribution(request: HttpRequest) -> Any:
    """What our own shop leaves after the cost of goods and refunds, and its twenty listings that leave most."""
    whole, rows = margin.shop()
    listings = [{**told(row.margin), "listing": code("lst", row.listing), "title": row.title} for row in rows]
    return {**told(whole), "listings": listings}


def told(one: margin.Margin) -> dict[str, Any]:
    return {**one._asdict(), "unknown": one.unknown, "contribution": one.contribution if one.costed else None}


def outside(one: Row) -> dict[str, Any]:
    known = {"code": code("sel", one.pk), "product": code("prd", one.product_id)}
    return {**vars(one), **known, "supplier": one.supplier.name if one.supplier else ""}
