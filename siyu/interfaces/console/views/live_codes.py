"""Live codes: printed once, with places that an operator opens, limits and closes."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.links import clicks, codes, pictures, pools, qr, queries
from siyu.core.links.models import Code
from siyu.interfaces.console import gifts, sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, moment, whole
from siyu.interfaces.console.views import tables
from siyu.interfaces.console.views.links import one_by_one, picture
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

WORDS = ("title", "fallback", "order", "channel", "campaign", "creator")


@require_safe
@needs("links.view")
def listed(request: HttpRequest) -> HttpResponse:
    start = queries.address("", live=True)
    found = queries.live_codes()
    if kind := sheets.asked(request):
        return sheets.answer(kind, "live-codes", *tables.live_codes(found, start))
    rows = [(row, f"{start}{row.code.code}") for row in found]
    return render(request, "console/links/live_codes.html", {"rows": rows, "pools": pools.names(), "code": None})


@require_safe
@needs("links.view")
def one(request: HttpRequest, code: str) -> HttpResponse:
    found = queries.live_code(code)
    if kind := sheets.asked(request):
        return sheets.answer(kind, f"scans-{found.code}", *tables.clicks(found.code))
    address = queries.address(found.code, live=True)
    rows = clicks.behind(found.code, before=whole(request, "before") or 0)
    context = {
        "code": found, "state": queries.state_of_code(found), "places": queries.places(found), "address": address,
        "found": clicks.stats(found.code), "drawn": qr.svg(address, size=180), "key": secrets.token_hex(6),
        **one_by_one(rows),
    }  # fmt: skip
    return render(request, "console/links/live_code.html", context)


@require_POST
@needs("links.change")
def make(request: HttpRequest) -> HttpResponse:
    said = {name: clean(request.POST.get(name, ""), 2_001) for name in (*WORDS, "pool", "code")}
    said["order"] = said["order"] or Code.EVEN
    try:
        made = codes.make(**said, by=request.user.get_username(), at=clock.now())
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect("console:live_codes")
    messages.success(request, _("Made; now say where it leads."))
    return redirect("console:live_codes-one", made.code)


@require_POST
@needs("links.change")
def change(request: HttpRequest, code: str) -> HttpResponse:
    said = {name: clean(request.POST.get(name, ""), 2_001) for name in WORDS}
    return done(request, code, lambda found: codes.change(code=found.pk, at=clock.now(), **said), _("Changed."))


@require_POST
@needs("links.change")
def retire(request: HttpRequest, code: str) -> HttpResponse:
    by = request.user.get_username()

    def verb(found: Code) -> None:
        codes.retire(code=found.pk, by=by, at=clock.now())

    return done(request, code, verb, _("Retired: it leads to its fallback."))


@require_POST
@needs("links.change")
def put(request: HttpRequest, code: str) -> HttpResponse:
    """A place: an address, or an uploaded QR picture that is shown."""
    said, file = request.POST, request.FILES.get("picture")

    def verb(found: Code) -> None:
        shown = {"picture": pictures.keep(file.read(pictures.LARGEST + 1))} if file else {}
        hours = {name: clean(said.get(name, ""), 7) for name in ("days", "from", "to")}
        limits = {name: gifts.whole(text) for name in ("most", "most_a_day", "weight") if (text := said.get(name, ""))}
        codes.put(
            code=found.pk, key=clean(said.get("key", ""), 100) or secrets.token_hex(6), at=clock.now(),
            label=clean(said.get("label", ""), 101), url="" if shown else clean(said.get("url", ""), 2_001),
            text=clean(said.get("text", ""), 201), schedule=[hours] if hours["from"] else [],
            expires_at=moment(said.get("expires_at", "")), **limits, **shown,
        )  # fmt: skip

    return done(request, code, verb, _("It is in the pool."))


@require_POST
@needs("links.change")
def pause(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return done(request, code, lambda _found: codes.pause(place=number, at=clock.now()), _("Nobody is sent there now."))


@require_POST
@needs("links.change")
def resume(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return done(request, code, lambda _found: codes.resume(place=number), _("People are sent there again."))


@require_POST
@needs("links.change")
def remove(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return done(request, code, lambda _found: codes.remove(place=number, at=clock.now()), _("It is out of the pool."))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("links.view")
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    return picture(request, queries.address(queries.live_code(code).code, live=True), code)


def done(request: HttpRequest, code: str, verb: Any, sentence: str) -> HttpResponse:
    found = queries.live_code(code)
    return carried_out(request, lambda: verb(found), sentence, "console:live_codes-one", found.code)
