"""Stores: their stock, and the counter where goods are handed over and vouchers redeemed."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.team import trail
from siyu.features.commerce import desk, fulfilment, shelves
from siyu.features.commerce import stock as verbs
from siyu.features.commerce.models import Order, Voucher
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import text, whole
from siyu.interfaces.console.views import selling
from siyu.interfaces.console.words import refusal
from siyu.kit import clock, codes
from siyu.kit.refusals import Refused

BY_HAND = ("received", "counted", "damaged", "sample", "returned")


@require_safe
@needs("catalogue.view")
def stock(request: HttpRequest) -> HttpResponse:
    store, search = whole(request, "store") or 0, text(request, "search")
    if kind := sheets.asked(request):
        return sheets.answer(kind, "stock", *selling.stock(shelves.stocked(store, search)[: sheets.MOST]))
    context = {
        "page": shelves.stock(store=store, search=search, after=whole(request, "after") or 0),
        "store": store,
        "stores": shelves.stores(),
        "products": shelves.for_sale(),
        "reasons": BY_HAND,
    }
    return render(request, "console/stock/stock.html", context)


@require_safe
@needs("catalogue.view")
def movements(request: HttpRequest, number: int) -> HttpResponse:
    if kind := sheets.asked(request):
        return sheets.answer(kind, f"stock-{number}", *selling.movements(shelves.movements(number, sheets.MOST)))
    return render(request, "console/stock/movements.html", {"rows": shelves.movements(number)})


@require_POST
@needs("stock.change")
def move(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        verbs.book(
            product=number(said, "product"),
            store=number(said, "store"),
            quantity=number(said, "quantity"),
            reason=said.get("reason", ""),
            by=request.user.get_username(),
            note=said.get("note", "")[:200],
            at=clock.now(),
        )
        messages.success(request, _("Booked."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:stock")


@require_POST
@needs("stock.change")
def open_store(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        verbs.set_up(
            name=said.get("name", ""), address=said.get("address", ""), hours=said.get("hours", ""),
            phone=said.get("phone", ""), ships="ships" in said, picks_up="picks_up" in said,
        )  # fmt: skip
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:stock")


@require_safe
@needs("orders.hand")
def counter(request: HttpRequest) -> HttpResponse:
    """Scan or type a code, of an order that is fetched or of a voucher. What a buyer's phone shows leads here."""
    code = text(request, "code", 300).lower().rpartition("code=")[2][:40]
    context: dict[str, Any] = {"code": code, "stores": shelves.stores()}
    if code:
        context |= looked_up(code)
    return render(request, "console/stock/counter.html", context)


def looked_up(code: str) -> dict[str, Any]:
    try:
        if order := codes.decode("pick", code, settings.SECRET_KEY):
            return {"one": desk.order(order)}
        return {"voucher": fulfilment.voucher(code)}
    except Refused as no:
        return {"no": refusal(no)}


@require_POST
@needs("orders.hand")
def hand(request: HttpRequest) -> HttpResponse:
    """Do what the code says: hand over, or redeem."""
    said, by, at = request.POST, request.user.get_username(), clock.now()
    code = said.get("code", "").lower()
    try:
        if order := codes.decode("pick", code, settings.SECRET_KEY):
            fulfilment.hand_over(order=order, by=by, at=at, cash="cash" in said)
            trail.note(Order(pk=order), "handed_over", by=request.user)
            messages.success(request, _("Handed over."))
        else:
            taken = fulfilment.redeem_code(code=code, store=number(said, "store") or None, by=by, at=at)
            trail.note(Voucher(pk=taken.pk), "redeemed", by=request.user)
            messages.success(request, _("Redeemed."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:counter")


def number(said: Any, name: str) -> int:
    value = said.get(name, "").strip()
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0
