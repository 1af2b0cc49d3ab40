"""/api/shop/selections: products that may be promoted, at what price and at what cost in all."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import catalogue, shelves
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


def outside(one: Row) -> dict[str, Any]:
    known = {"code": code("sel", one.pk), "product": code("prd", one.product_id)}
    return {**vars(one), **known, "supplier": one.supplier.name if one.supplier else ""}
