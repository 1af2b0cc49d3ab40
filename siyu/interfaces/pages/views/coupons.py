"""A member's coupons, and where a code is typed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.features.loyalty.coupons import issuing, queries
from siyu.interfaces.pages.access import going_on, member_required, mine, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def coupons(request: HttpRequest) -> HttpResponse:
    page = {"wallet": queries.wallet(mine(request).identity, at=clock.now()), "next": going_on(request)}
    return show(request, "pages/coupons.html", page)


@require_POST
@member_required
def enter(request: HttpRequest) -> HttpResponse:
    """A code that somebody was given elsewhere. It lies in the wallet then; where they came from, they go on."""
    try:
        issuing.claim(identity=mine(request).identity, text=request.POST.get("code", ""), at=clock.now())
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect("pages:coupons")
    messages.success(request, _("It is yours."))
    return redirect(going_on(request) or "pages:coupons")
