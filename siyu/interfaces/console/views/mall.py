"""The mall: what points are exchanged for, and what has to be sent."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.team import trail
from siyu.features.loyalty.points import mall as verbs
from siyu.features.loyalty.points import queries
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, moment, whole
from siyu.interfaces.console.views.catalogue import amount
from siyu.kit import clock


@require_safe
@needs("loyalty.view")
def mall(request: HttpRequest) -> HttpResponse:
    to_send = request.GET.get("all") is None
    context = {
        "rows": queries.items(),
        "wishes": queries.redemptions(to_send=to_send, before=whole(request, "before") or 0),
        "to_send": to_send,
        "offered": gifts.offered(),
        "row": gifts.Row(),
    }
    return render(request, "console/loyalty/mall.html", context)


@require_POST
@needs("loyalty.change")
def write(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        limits = {name: gifts.whole(text) for name in ("left", "most_a_member") if (text := said.get(name, "").strip())}
        verbs.write(
            title=clean(said.get("title", ""), 101), text=clean(said.get("text", ""), 501), by=by, at=clock.now(),
            points=gifts.whole(said.get("points", "")), gives=gifts.read(said.get("what", ""), said.get("number", "")),
            cost=amount(said, "cost") or 0, begins_at=moment(said.get("begins_at", "")),
            ends_at=moment(said.get("ends_at", "")), **limits,
        )  # fmt: skip

    return done(request, verb, _("It is in the mall."))


@require_POST
@needs("loyalty.change")
def restock(request: HttpRequest, number: int) -> HttpResponse:
    text = request.POST.get("pieces", "").strip()
    pieces = gifts.whole(text.removeprefix("-")) * (-1 if text.startswith("-") else 1)
    return done(request, lambda: verbs.restock(item=number, pieces=pieces), _("Booked."))


@require_POST
@needs("loyalty.change")
def close(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: verbs.close(item=number, at=clock.now()), _("It is out of the mall."))


@require_POST
@needs("loyalty.give")
def send(request: HttpRequest, number: int) -> HttpResponse:
    said = request.POST

    def verb() -> None:
        carrier, tracking = clean(said.get("carrier", ""), 50), clean(said.get("tracking", ""), 100)
        trail.note(verbs.send(redemption=number, carrier=carrier, tracking=tracking, at=clock.now()), "sent",
            by=request.user)  # fmt: skip

    return done(request, verb, _("Sent."))


@require_POST
@needs("loyalty.give")
def reverse(request: HttpRequest, number: int) -> HttpResponse:
    def verb() -> None:
        by = request.user.get_username()
        trail.note(verbs.reverse(redemption=number, by=by, at=clock.now()), "reversed", by=request.user)

    return done(request, verb, _("Called off; the points are back."))


def done(request: HttpRequest, verb: Any, sentence: str) -> HttpResponse:
    return carried_out(request, verb, sentence, "console:mall")
