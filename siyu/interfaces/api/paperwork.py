"""/api/shop/refund-requests, /api/shop/invoices, and money by hand: what the desk of our own shop decides and books."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce import fulfilment, paperwork, payments, refunds
from siyu.features.commerce.models import Order
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import EPOCH, After, Amount, Limit, Moment, Page, code, cursor, number, place
from siyu.interfaces.api.shop import Invoice, RefundAsked, ShopRefund, numbered, refunded
from siyu.kit import clock

desk = Desk(tags=["shop"])


class RefundRequest(RefundAsked):
    order: str
    decided_at: Moment | None
    granted: bool
    answer: str


class Granting(Schema):
    shipping: Annotated[bool, Field(description="What shipping cost goes back too")] = False
    restock: Annotated[bool, Field(description="The pieces go back on their shelf")] = True


class Declining(Schema):
    answer: Annotated[str, Field(max_length=200, description="Its buyer reads this")] = ""


class OrderInvoice(Invoice):
    order: str
    amount: Annotated[Amount, Field(description="Goods and shipping, without what was refunded")]
    asked_at: Moment


class Issuing(Schema):
    number: Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]


class Coming(Schema):
    reference: Annotated[str, Field(max_length=100, description="What the bank calls the transfer")] = ""


class Came(Schema):
    outcome: Annotated[
        Literal["settled", "known", "returned"],
        Field(description="returned: the order cannot take it any more, give it back"),
    ]


class Given(Schema):
    news: Annotated[bool, Field(description="false: it was said before")]


@desk.reads("/shop/refund-requests", scope="fulfilment:read", gives=Page[RefundRequest])
def list_refund_requests(
    request: HttpRequest, *, state: Literal["", "open", "decided"] = "open", after: After = None, limit: Limit = 50
) -> Any:
    """What buyers want to give back, newest first."""
    seen = place(after)
    rows = paperwork.requests(state=state, before=seen[1] if seen else 0, limit=limit + 1)
    items = [asked(row) for row in rows[:limit]]
    return {"items": items, "next": cursor((EPOCH, rows[limit - 1].pk)) if len(rows) > limit else None}


@desk.writes("POST", "/shop/refund-requests/{wish}/grant", scope="refunds:write", gives=ShopRefund)
def grant_refund(request: HttpRequest, wish: str, body: Granting) -> Any:
    """The pieces go back, and the money that was paid for them."""
    made = refunds.grant(request=wished(wish), by=signature(request), at=clock.now(), **body.model_dump())
    noted(request, made.order_id or 0, "granted")
    return refunded(made)


@desk.writes("POST", "/shop/refund-requests/{wish}/decline", scope="refunds:write", gives=RefundRequest)
def decline_refund(request: HttpRequest, wish: str, body: Declining) -> Any:
    """Nothing goes back; its buyer reads why."""
    no = refunds.decline(request=wished(wish), answer=body.answer, by=signature(request), at=clock.now())
    noted(request, no.order_id, "declined")
    return asked(no)


@desk.reads("/shop/invoices", scope="fulfilment:read", gives=Page[OrderInvoice])
def list_invoices(
    request: HttpRequest, *, state: Literal["", "open", "issued"] = "", after: After = None, limit: Limit = 50
) -> Any:
    """Invoices that buyers of paid orders wish for, newest first, and the numbers that they got."""
    seen = place(after)
    rows = paperwork.invoices(state=state, before=seen[1] if seen else 0, limit=limit + 1)
    items = [billed(row) for row in rows[:limit]]
    return {"items": items, "next": cursor((EPOCH, rows[limit - 1].pk)) if len(rows) > limit else None}


@desk.writes("POST", "/shop/orders/{order}/invoice", scope="fulfilment:write", gives=Invoice)
def issue_invoice(request: HttpRequest, order: str, body: Issuing) -> Any:
    """The books gave the invoice a number."""
    made = fulfilment.issue_invoice(order=numbered(order), number=body.number.strip(), at=clock.now())
    noted(request, made.order_id, "invoiced")
    return vars(made)


@desk.writes("POST", "/shop/orders/{order}/payments/{payment}/came", scope="fulfilment:write", gives=Came)
def money_came(request: HttpRequest, order: str, payment: str, body: Coming) -> Any:
    """Somebody saw a transfer come in. Only for gateways by hand: the others say so themselves."""
    outcome = payments.came_by_hand(
        order=numbered(order), payment=number("pay", payment, "a payment"), reference=body.reference, at=clock.now()
    )
    noted(request, numbered(order), "saw_money_come")
    return {"outcome": outcome}


@desk.writes("POST", "/shop/orders/{order}/backs/{back}/given", scope="refunds:write", gives=Given)
def money_given(request: HttpRequest, order: str, back: str, body: Coming) -> Any:
    """Somebody gave the money back by hand. Twice is once."""
    reference = body.reference or signature(request)
    wanted = number("bck", back, "money on its way back")
    news = payments.given_by_hand(order=numbered(order), back=wanted, reference=reference, at=clock.now())
    noted(request, numbered(order), "gave_money_back")
    return {"news": news}


def wished(text: str) -> int:
    return number("req", text, "a request")


def noted(request: HttpRequest, order: int, did: str) -> None:
    trail.note(Order(pk=order), did, order=code("ord", order), through=signature(request))


def asked(one: Any) -> dict[str, Any]:
    known = {"code": code("req", one.pk), "order": code("ord", one.order_id), "granted": one.refund_id is not None}
    return {**vars(one), **known}


def billed(one: Any) -> dict[str, Any]:
    return {**vars(one), "order": code("ord", one.order_id), "amount": one.due}
