"""/api/shop/orders: the desk of our own shop, where orders are shipped, handed over, cancelled and refunded."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import desk as asked
from siyu.features.commerce import fulfilment, refunds
from siyu.features.commerce.models import Fulfilment
from siyu.features.commerce.models import Order as Row
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.shapes import EPOCH, After, Amount, Limit, Moment, code, cursor, number, place
from siyu.kit import clock

desk = Desk(tags=["shop"])
Queue = Literal["", "ship", "pack", "fetch", "open", "requests", "invoices", "money"]
State = Literal["open", "paid", "ready", "shipped", "received", "refunded", "cancelled", "closed"]


class ShopOrder(Schema):
    code: str
    number: str
    person: str | None
    state: State
    opened_at: Moment
    amount: Annotated[Amount, Field(description="For the goods")]
    shipping: Amount
    currency: str
    delivery: Literal["ship", "pick_up", "none"]
    store: Annotated[str, Field(description="The name of the store whose stock it takes; empty: none")]
    pieces: int


class ShopOrders(Schema):
    """`waiting`: how many orders wait in each queue."""

    items: list[ShopOrder]
    next: str | None
    waiting: dict[str, int]


class Destination(Schema):
    name: str
    phone: str
    region: str
    street: str


class Delivery(Schema):
    order: str
    kind: Literal["ship", "pick_up", "none"]
    address: Annotated[Destination | None, Field(description="null: not shipped, or erased")]
    carrier: str
    tracking: str
    ready_at: Moment | None
    shipped_at: Moment | None
    received_at: Moment | None


class Step(Schema):
    why: str
    amount: Annotated[Amount, Field(description="Below zero: it made the line cheaper")]


class Right(Schema):
    code: str
    redeemed_at: Moment | None
    void_at: Moment | None


class ShopLine(Schema):
    line: int
    product: str
    title: str
    quantity: int
    returned: int
    amount: Amount
    discount: Amount
    cost: Amount | None
    steps: list[Step]
    vouchers: list[Right]


class Payment(Schema):
    code: str
    gateway: str
    amount: Amount
    currency: str
    begun_at: Moment
    paid_at: Moment | None
    settles: Annotated[bool, Field(description="It paid for the order; money that came beside that goes back")]
    returned: Annotated[Amount, Field(description="Of the amount, on its way back or there")]


class MoneyBack(Schema):
    code: str
    payment: str
    amount: Amount
    reason: str
    wanted_at: Moment
    done_at: Moment | None
    error: str


class ShopRefund(Schema):
    code: str
    number: str
    at: Moment
    amount: Annotated[Amount, Field(description="For the goods")]
    shipping: Amount


class RefundAsked(Schema):
    code: str
    reason: str
    pieces: dict[str, int]
    asked_at: Moment


class Invoice(Schema):
    kind: str
    title: str
    tax_number: str
    email: str
    number: str
    issued_at: Moment | None


class ShopOrderDetail(ShopOrder):
    discount: Amount
    until: Annotated[Moment | None, Field(description="Until when goods and prices are held")]
    placed_at: Moment | None
    closed_at: Moment | None
    closed_because: str
    cancelled_at: Moment | None
    contribution: Annotated[Amount | None, Field(description="What is left after costs; null: one is not known")]
    way: Delivery
    lines: list[ShopLine]
    payments: list[Payment]
    backs: list[MoneyBack]
    refunds: list[ShopRefund]
    request: Annotated[RefundAsked | None, Field(description="What its buyer wants to give back, undecided")]
    invoice: Invoice | None


class Sent(Schema):
    carrier: Annotated[str, Field(max_length=50)] = ""
    tracking: Annotated[str, Field(max_length=100)] = ""


class Handing(Schema):
    cash: Annotated[bool, Field(description="The money was taken just now")] = False


class Ended(Schema):
    order: str
    closed_at: Annotated[Moment | None, Field(description="It was not paid")]
    cancelled_at: Annotated[Moment | None, Field(description="It was paid: money and goods go back")]


class Piece(Schema):
    line: Annotated[int, Field(ge=0, le=1000)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class RefundWish(Schema):
    pieces: Annotated[list[Piece], Field(max_length=100)] = []
    shipping: Annotated[bool, Field(description="What shipping cost goes back too")] = False
    restock: Annotated[bool, Field(description="The pieces go back on their shelf")] = True
    reason: Annotated[str, Field(max_length=200)] = ""


class Back(Schema):
    line: int
    product: str
    title: str
    quantity: int
    amount: Amount


class RefundPreview(Schema):
    goods: list[Back]
    amount: Amount
    shipping: Amount
    total: Amount
    gateway: Annotated[str, Field(description="Through which the money goes back; empty: nothing was paid")]
    restock: Annotated[int, Field(description="Pieces that can go back on a shelf")]
    vouchers: Annotated[int, Field(description="Rights that become void")]


@desk.reads("/shop/orders", scope="fulfilment:read", gives=ShopOrders)
def list_shop_orders(
    request: HttpRequest, *, queue: Queue = "", search: str = "", after: After = None, limit: Limit = 50
) -> Any:
    """Orders of our own shop, newest first: all, those of a queue, or the one with that number (`search`)."""
    seen = place(after)
    page = asked.orders(queue=queue, search=search[:100], after=code("ord", seen[1]) if seen else "", limit=limit)
    following = cursor((EPOCH, asked.number_of(page.next))) if page.next else None
    return {"items": [outside(row) for row in page.rows], "next": following, "waiting": page.waiting}


@desk.reads("/shop/orders/{order}", scope="fulfilment:read", gives=ShopOrderDetail)
def get_shop_order(request: HttpRequest, order: str) -> Any:
    """An order with lines, delivery, money that came and went, and what its buyer asks for."""
    one = asked.order(numbered(order))
    fields = ("discount", "until", "placed_at", "closed_at", "closed_because", "cancelled_at")
    return {
        **outside(one.row),
        **{name: getattr(one.order, name) for name in fields},
        "contribution": one.contribution,
        "way": delivery(order, one.way),
        "lines": [line(row) for row in one.lines],
        "payments": [{**vars(each), "code": code("pay", each.pk)} for each in one.payments],
        "backs": [returning(each) for each in one.backs],
        "refunds": [refunded(each) for each in one.refunds],
        "request": one.request and {**vars(one.request), "code": code("req", one.request.pk)},
        "invoice": one.invoice and vars(one.invoice),
    }


@desk.writes("POST", "/shop/orders/{order}/ship", scope="fulfilment:write", gives=Delivery)
def ship_order(request: HttpRequest, order: str, body: Sent) -> Any:
    """It left. Said again, carrier and number are corrected, and nobody is told twice."""
    sent = fulfilment.ship(order=numbered(order), carrier=body.carrier, tracking=body.tracking, at=clock.now())
    return done(request, sent, "shipped")


@desk.writes("POST", "/shop/orders/{order}/ready", scope="fulfilment:write", gives=Delivery)
def ready_order(request: HttpRequest, order: str) -> Any:
    """It is packed and waits in the store."""
    return done(request, fulfilment.make_ready(order=numbered(order), at=clock.now()), "packed")


@desk.writes("POST", "/shop/orders/{order}/hand-over", scope="fulfilment:write", gives=Delivery)
def hand_over_order(request: HttpRequest, order: str, body: Handing) -> Any:
    """Give it to its buyer. `order` may be the code that the buyer shows, `pick_…`."""
    wanted = number("pick", order, "an order") if order.startswith("pick_") else numbered(order)
    handed = fulfilment.hand_over(order=wanted, by=signature(request), cash=body.cash, at=clock.now())
    return done(request, handed, "handed_over")


@desk.writes("POST", "/shop/orders/{order}/cancel", scope="fulfilment:write", gives=Ended)
def cancel_order(request: HttpRequest, order: str) -> Any:
    """End it before it leaves: unpaid, it is closed; paid, its money and its goods go back. Twice is once."""
    ended = refunds.cancel(order=numbered(order), by=signature(request), at=clock.now())
    trail.note(ended, "cancelled", through=signature(request))
    return {"order": order, "closed_at": ended.closed_at, "cancelled_at": ended.cancelled_at}


@desk.asks("/shop/orders/{order}/refunds/preview", scope="refunds:write", gives=RefundPreview)
def preview_refund(request: HttpRequest, order: str, body: RefundWish) -> Any:
    """All that hangs on a refund; it changes nothing."""
    what = refunds.preview(order=numbered(order), pieces=chosen(body.pieces), at=clock.now(), shipping=body.shipping)
    goods = [{**back._asdict(), "line": back.ordinal, "product": code("prd", back.product)} for back in what.goods]
    return {**vars(what), "goods": goods, "amount": what.amount, "total": what.total}


@desk.writes("POST", "/shop/orders/{order}/refunds", scope="refunds:write", gives=ShopRefund, keyed=True)
def refund_order(request: HttpRequest, order: str, body: RefundWish) -> Any:
    """Give back pieces of an order, and the money that was paid for just these."""
    made = refunds.refund(
        order=numbered(order),
        pieces=chosen(body.pieces),
        shipping=body.shipping,
        restock=body.restock,
        key=key_of(request),
        reason=body.reason,
        by=signature(request),
        at=clock.now(),
    )
    trail.note(Row(pk=made.order_id), "refunded", order=order, through=signature(request))
    return refunded(made)


def numbered(order: str) -> int:
    return number("ord", order, "an order")


def chosen(pieces: list[Piece]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for piece in pieces:
        wanted[piece.line] = wanted.get(piece.line, 0) + piece.quantity
    return wanted


def done(request: HttpRequest, way: Fulfilment, did: str) -> dict[str, Any]:
    order = code("ord", way.order_id)
    trail.note(Row(pk=way.order_id), did, order=order, through=signature(request))
    return delivery(order, way)


def delivery(order: str, way: Fulfilment) -> dict[str, Any]:
    return {**vars(way), "order": order, "address": way.address or None}


def outside(row: asked.Row) -> dict[str, Any]:
    who = None if row.person is None else code("per", row.person)
    return {**row._asdict(), "person": who, "delivery": row.kind}


def line(row: asked.LineRow) -> dict[str, Any]:
    steps = [{"why": why, "amount": amount} for why, amount in row.steps]
    return {**row._asdict(), "line": row.ordinal, "product": code("prd", row.product), "steps": steps}


def returning(one: Any) -> dict[str, Any]:
    return {**vars(one), "code": code("bck", one.pk), "payment": code("pay", one.payment_id)}


def refunded(one: Any) -> dict[str, Any]:
    return {**vars(one), "code": code("rfd", one.pk)}
