"""The cart: a member's, or that of a browser that nobody has signed in on."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.features.commerce import browsing, carts, shopfront
from siyu.features.commerce.carts import Owner
from siyu.interfaces.pages import access, codes
from siyu.interfaces.pages.access import going_on, me, open_to_anybody, owner, show
from siyu.kit import clock

KEPT = 90 * 86_400
"""Seconds that a browser remembers its cart."""


@require_safe
@open_to_anybody
def cart(request: HttpRequest) -> HttpResponse:
    basket = shopfront.cart(owner(request), at=clock.now())
    return show(request, "pages/cart.html", {"basket": basket, "member": me(request) is not None})


@require_POST
@open_to_anybody
def add(request: HttpRequest) -> HttpResponse:
    """The cart keeps what is in it and gets more; a browser without one gets its cookie with it."""
    whose = owner(request)
    fresh = "" if whose.identity or whose.cookie else secrets.token_urlsafe(24)
    whose = Owner(cookie=fresh) if fresh else whose
    key = request.POST.get("key", "").replace("\0", "")[:40]
    browsing.pick(owner=whose, variant=variant(request), quantity=pieces(request), key=key, at=clock.now())
    messages.success(request, _("It is in your cart."))
    answer = redirect(going_on(request) or "pages:cart")
    if fresh:
        answer.set_cookie(access.CART, fresh, **access.sealed(KEPT))
    return answer


@require_POST
@open_to_anybody
def put(request: HttpRequest) -> HttpResponse:
    """Set how many; 0 takes it out."""
    carts.put(owner=owner(request), variant=variant(request), quantity=pieces(request), at=clock.now())
    return redirect("pages:cart")


def variant(request: HttpRequest) -> int:
    return codes.number("variant", request.POST.get("variant", ""))


def pieces(request: HttpRequest) -> int:
    """What is no number is too many, and refused as such."""
    said = request.POST.get("quantity", "1")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else -1
