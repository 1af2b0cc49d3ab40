"""The orders desk: what waits, one order, and what an operator may do with it."""

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.people.codes import code as person_code
from siyu.core.team import trail
from siyu.features.commerce import desk as asked
from siyu.features.commerce import fulfilment, payments, refunds
from siyu.features.commerce.models import Order
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text
from siyu.interfaces.console.views import selling
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@needs("orders.view")
def orders(request: HttpRequest) -> HttpResponse:
    queue = choice(request, "queue", asked.QUEUES)
    if kind := sheets.asked(request):
        rows = asked.every(queue=queue, search=text(request, "search", 20), most=sheets.MOST)
        return sheets.answer(kind, "orders", *selling.orders(rows))
    page = asked.orders(queue=queue, search=text(request, "search", 20), after=text(request, "after", 20))
    return render(request, "console/orders/orders.html", {"page": page, "queue": queue})


@require_safe
@needs("orders.view")
def order(request: HttpRequest, code: str) -> HttpResponse:
    one = asked.order(asked.number_of(code))
    person = person_code(one.row.person) if one.row.person else ""
    return render(request, "console/orders/order.html", {"one": one, "person": person, "key": secrets.token_hex(8)})


def doing(did: str) -> Callable:
    """A button of the order's page: do it, note it, come back; a refusal is said on the page."""

    def decorate(do: Callable[[HttpRequest, int], str | None]) -> Callable[..., HttpResponse]:
        @require_POST
        @needs("orders.change")
        def view(request: HttpRequest, code: str) -> HttpResponse:
            number = asked.number_of(code)
            try:
                said = do(request, number)
            except Refused as no:
                messages.error(request, refusal(no))
            else:
                trail.note(Order(pk=number), did, by=request.user, order=code)
                if said:
                    messages.success(request, said)
            return redirect("console:orders-one", code)

        return view

    return decorate


def by(request: HttpRequest) -> str:
    return request.user.get_username()


@doing("shipped")
def ship(request: HttpRequest, order: int) -> str:
    said = request.POST
    fulfilment.ship(order=order, carrier=said.get("carrier", ""), tracking=said.get("tracking", ""), at=clock.now())
    return _("On its way.")


@doing("packed")
def ready(request: HttpRequest, order: int) -> str:
    fulfilment.make_ready(order=order, at=clock.now())
    return _("It waits in the store, and its buyer can see that.")


@doing("handed_over")
def hand_over(request: HttpRequest, order: int) -> str:
    fulfilment.hand_over(order=order, by=by(request), at=clock.now(), cash="cash" in request.POST)
    return _("Handed over.")


@doing("cancelled")
def cancel(request: HttpRequest, order: int) -> str:
    refunds.cancel(order=order, by=by(request), at=clock.now())
    return _("Cancelled. What was paid goes back.")


@doing("invoiced")
def invoice(request: HttpRequest, order: int) -> str | None:
    fulfilment.issue_invoice(order=order, number=request.POST.get("number", "").strip()[:50], at=clock.now())
    return None


@doing("declined")
def decline(request: HttpRequest, order: int) -> str | None:
    answer = request.POST.get("answer", "")
    refunds.decline(request=whole(request.POST, "request"), answer=answer, by=by(request), at=clock.now())
    return None


@doing("granted")
def grant(request: HttpRequest, order: int) -> str:
    refunds.grant(
        request=whole(request.POST, "request"), by=by(request), at=clock.now(), restock="restock" in request.POST
    )
    return _("Refunded. The money is on its way.")


@doing("saw_money_come")
def came(request: HttpRequest, order: int) -> str:
    """A transfer has come in; late, or for an order that is paid, it must go back."""
    said = request.POST
    outcome = payments.came_by_hand(
        order=order, payment=whole(said, "payment"), reference=said.get("reference", ""), at=clock.now()
    )
    return _("It is paid.") if outcome == "settled" else _("The order cannot take it any more: give it back.")


@doing("gave_money_back")
def gave(request: HttpRequest, order: int) -> str | None:
    """Money that changes hands in a store is back when an operator says so."""
    reference = _("by hand, %s") % by(request)
    payments.given_by_hand(order=order, back=whole(request.POST, "back"), reference=reference, at=clock.now())
    return None


@require_safe
@needs("orders.change")
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """What a refund of the chosen pieces would do: a part of the order's page."""
    what, no = None, ""
    try:
        what = refunds.preview(
            order=asked.number_of(code),
            pieces=pieces(request.GET),
            at=clock.now(),
            shipping="shipping" in request.GET,
        )
    except Refused as refused:
        no = refusal(refused)
    return render(request, "console/orders/preview.html", {"what": what, "no": no})


@doing("refunded")
def refund(request: HttpRequest, order: int) -> str:
    said = request.POST
    refunds.refund(
        order=order,
        pieces=pieces(said),
        shipping="shipping" in said,
        restock="restock" in said,
        key=said.get("key", "")[:64],
        reason=said.get("reason", "")[:200],
        by=by(request),
        at=clock.now(),
    )
    return _("Refunded. The money is on its way.")


def pieces(said: Any) -> dict[int, int]:
    """{line's ordinal: pieces} of fields called `pieces-0` …; those left at zero are not meant."""
    found = {}
    for name in said:
        head, _dash, ordinal = name.partition("-")
        if head == "pieces" and ordinal.isdecimal() and (n := whole(said, name)):
            found[int(ordinal)] = n
    return found


def whole(said: Any, name: str) -> int:
    value = said.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
