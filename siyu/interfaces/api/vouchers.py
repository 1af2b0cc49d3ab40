"""/api/shop/vouchers: rights to a piece of a service, each taken up once."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import fulfilment
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Moment, code, number
from siyu.kit import clock

desk = Desk(tags=["shop"])


class Voucher(Schema):
    code: str
    order: str
    product: str
    title: str
    issued_at: Moment
    redeemed_at: Moment | None
    store: Annotated[str | None, Field(description="Where it was redeemed, if in a store")]
    void_at: Annotated[Moment | None, Field(description="When its money went back")]


class Taking(Schema):
    store: str | None = None


@desk.reads("/shop/vouchers/{voucher}", scope="vouchers:read", gives=Voucher)
def get_voucher(request: HttpRequest, voucher: str) -> Any:
    """What a voucher is for, and whether it can still be redeemed."""
    return outside(voucher, fulfilment.voucher(voucher))


@desk.writes("POST", "/shop/vouchers/{voucher}/redeem", scope="vouchers:write", gives=Voucher)
def redeem_voucher(request: HttpRequest, voucher: str, body: Taking) -> Any:
    """Take it up: once, whoever scans at the same moment."""
    store = number("sto", body.store, "a store") if body.store is not None else None
    taken = fulfilment.redeem_code(code=voucher, store=store, by=signature(request), at=clock.now())
    trail.note(taken, "redeemed", through=signature(request))
    return outside(voucher, taken)


def outside(text: str, one: Any) -> dict[str, Any]:
    return {
        "code": text, "order": code("ord", one.line.order_id), "product": code("prd", one.line.product_id),
        "title": one.line.product.title, "issued_at": one.issued_at, "redeemed_at": one.redeemed_at,
        "store": code("sto", one.store_id) if one.store_id else None, "void_at": one.void_at,
    }  # fmt: skip
