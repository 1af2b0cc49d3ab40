"""The frame of every members' page: the brand, the tabs at the thumb."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from siyu.core.outreach.inbox import unread
from siyu.features.commerce.shopfront import in_cart
from siyu.interfaces.pages.access import me, owner


class Tab(NamedTuple):
    """`name` is its address's name, and the beginning of the names of the pages below it."""

    name: str
    label: str | Promise
    icon: str


TABS = [
    Tab("home", _("Shop"), "home"),
    Tab("cart", _("Cart"), "bag"),
    Tab("orders", _("Orders"), "orders"),
    Tab("me", _("Me"), "me"),
]


MINE = ("membership", "points", "check_in", "level", "tasks", "badges", "inbox")
"""Pages that are reached from the member's own."""


def frame(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    here = (match.url_name or "").partition("-")[0] if match else ""
    here = "me" if here in MINE else here
    tabs = [{**tab._asdict(), "url": reverse(f"pages:{tab.name}"), "here": tab.name == here} for tab in TABS]
    return {
        "brand": settings.SIYU.brand,
        "tabs": tabs,
        "in_cart": SimpleLazyObject(lambda: in_cart(owner(request))),
        "unread": SimpleLazyObject(lambda: waiting(request)),
    }


def waiting(request: HttpRequest) -> int:
    """Messages that the member has not opened."""
    who = me(request)
    return unread(who.identity) if who else 0
