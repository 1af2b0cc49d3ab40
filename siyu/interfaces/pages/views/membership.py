"""A member's paid membership: what there is to choose, what it gives, buying, and giving back."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.features.loyalty.membership import buying, queries
from siyu.interfaces.pages import codes
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def membership(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    found = queries.of_member(mine(request).identity, at=at)
    return show(request, "pages/membership.html", {"page": found, "key": secrets.token_hex(16), "at": at})


@require_POST
@member_required
def buy(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        order = buying.buy(
            plan=whole(said.get("plan", "")), identity=mine(request).identity,
            expected=whole(said.get("expected", "")), key=said.get("key", "")[:64] or secrets.token_hex(16),
            at=clock.now(),
        )  # fmt: skip
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect("pages:membership")
    return redirect("pages:orders-pay", codes.code("order", order.pk))


@require_POST
@member_required
def refund(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        reason = said.get("reason", "").replace("\0", "")[:200]
        buying.ask_refund(
            term=whole(said.get("term", "")), identity=mine(request).identity, reason=reason, at=clock.now()
        )  # fmt: skip
        messages.success(request, _("We have it, and will look at it."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("pages:membership")


def whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
