"""/api/shop/quotes, /api/shop/orders: a shop of somebody else's making checks its members out here."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field, IPvAnyAddress

from siyu.core.people.namespaces import claimed
from siyu.features.commerce import fulfilment, headless
from siyu.features.commerce.checkout import Address, Bill, By, Want
from siyu.interfaces.api.desk import key_of
from siyu.interfaces.api.shapes import Amount, Label, Moment, code, number
from siyu.interfaces.api.shop import Delivery, Piece, RefundAsked, chosen, delivery, desk
from siyu.kit import clock

Member = Annotated[str, Field(min_length=1, max_length=200, description="The member's number, as we know it")]


class Wanted(Schema):
    variant: str
    quantity: Annotated[int, Field(ge=1, le=9_999)]


class ShipTo(Schema):
    name: Annotated[str, Field(max_length=50)]
    phone: Annotated[str, Field(max_length=30)]
    region: Annotated[str, Field(max_length=100)]
    street: Annotated[str, Field(max_length=200)]


class Way(Schema):
    kind: Literal["ship", "pick_up", "none"] = "none"
    store: Annotated[str | None, Field(description="Where it is picked up")] = None
    address: ShipTo | None = None


class Basket(Schema):
    member: Annotated[Member | None, Field(description="null: nobody is signed in")] = None
    wants: Annotated[list[Wanted], Field(min_length=1, max_length=100)]
    delivery: Way = Way()
    codes: Annotated[list[Label], Field(max_length=20)] = []


class BillWish(Schema):
    kind: Literal["person", "company"]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    tax_number: Annotated[str, Field(max_length=30)] = ""
    email: Annotated[str, Field(max_length=200)] = ""


class Checkout(Basket):
    member: Member
    expected: Annotated[int, Field(ge=0, le=10**18, description="The quote's total that the buyer agreed to")]
    invoice: BillWish | None = None


class QuoteStep(Schema):
    why: str
    amount: Amount


class QuoteLine(Schema):
    variant: str
    title: str
    label: str
    quantity: int
    listed: Amount
    amount: Amount
    steps: list[QuoteStep]


class Quote(Schema):
    lines: list[QuoteLine]
    amount: Amount
    discount: Amount
    shipping: Amount
    total: Amount


class OrderOpened(Schema):
    code: str
    number: str
    total: Amount
    until: Moment | None
    pick_up: Annotated[str | None, Field(description="What the buyer shows in the store")]


class Paying(Schema):
    member: Member
    gateway: Annotated[str, Field(max_length=30)]
    payer: Annotated[IPvAnyAddress | None, Field(description="The address of the buyer's browser")] = None


class HasIt(Schema):
    member: Member


class Asking(Schema):
    member: Member
    pieces: Annotated[list[Piece], Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(max_length=200)] = ""


class Begun(Schema):
    url: Annotated[str, Field(description="Where to send the buyer; empty: nowhere")]
    parameters: Annotated[dict[str, str], Field(description="What their page needs to open a wallet")]


@desk.asks("/shop/quotes", scope="checkout:write", gives=Quote)
def quote_basket(request: HttpRequest, body: Basket) -> Any:
    """What it costs now, line by line and why; it holds nothing."""
    claim = claimed("member", body.member) if body.member else None
    told = headless.quote(claim=claim, **wish(body), at=clock.now())
    lines = [
        {
            "variant": code("var", x.piece.variant), "title": x.piece.title, "label": x.piece.label,
            "quantity": x.piece.quantity, "listed": x.listed, "amount": x.amount,
            "steps": [{"why": step.label, "amount": step.amount} for step in x.steps],
        }
        for x in told.lines
    ]  # fmt: skip
    return {"lines": lines, **{n: getattr(told, n) for n in ("amount", "discount", "shipping", "total")}}


@desk.writes("POST", "/shop/orders", scope="checkout:write", gives=OrderOpened, keyed=True)
def check_out(request: HttpRequest, body: Checkout) -> Any:
    """Open an order for a member and hold its goods and prices for a while. Prices are ours; `expected` must agree."""
    made = headless.check_out(
        claim=claimed("member", body.member), **wish(body), expected=body.expected, key=key_of(request),
        bill=Bill(**body.invoice.model_dump()) if body.invoice else None, at=clock.now(),
    )  # fmt: skip
    fetched = body.delivery.kind == "pick_up"
    return {
        "code": code("ord", made.pk), "number": made.number, "total": made.amount + made.shipping,
        "until": made.until, "pick_up": fulfilment.pick_up_code(made.pk) if fetched else None,
    }  # fmt: skip


@desk.sends("/shop/orders/{order}/payments", scope="checkout:write", gives=Begun)
def begin_payment(request: HttpRequest, order: str, body: Paying) -> Any:
    """Begin to pay. Begun twice through the same gateway it is one payment, so it takes no Idempotency-Key."""
    begun = headless.pay(
        claim=claimed("member", body.member), order=number("ord", order, "an order"), gateway=body.gateway,
        address=str(body.payer or ""), at=clock.now(),
    )  # fmt: skip
    return {"url": begun.url, "parameters": dict(begun.parameters)}


@desk.writes("POST", "/shop/orders/{order}/received", scope="checkout:write", gives=Delivery)
def confirm_receipt(request: HttpRequest, order: str, body: HasIt) -> Any:
    """Its buyer says that it came. Twice is once."""
    claim, numbered = claimed("member", body.member), number("ord", order, "an order")
    return delivery(order, headless.confirm(claim=claim, order=numbered, at=clock.now()))


@desk.writes("POST", "/shop/orders/{order}/refund-requests", scope="checkout:write", gives=RefundAsked)
def ask_refund(request: HttpRequest, order: str, body: Asking) -> Any:
    """Its buyer wants to give pieces back; an operator decides. One open request per order."""
    asked = headless.ask_refund(
        claim=claimed("member", body.member), order=number("ord", order, "an order"), pieces=chosen(body.pieces),
        reason=body.reason, at=clock.now(),
    )  # fmt: skip
    return {**vars(asked), "code": code("req", asked.pk)}


def wish(body: Basket) -> dict[str, Any]:
    wants = [Want(number("var", one.variant, "a variant"), one.quantity) for one in body.wants]
    return {"wants": wants, "by": by(body.delivery), "codes": tuple(body.codes)}


def by(way: Way) -> By:
    if way.kind == "ship":
        return By("ship", address=Address(**way.address.model_dump()) if way.address else None)
    return By("pick_up", store=number("sto", way.store or "", "a store")) if way.kind == "pick_up" else By()
