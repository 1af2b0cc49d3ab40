"""The frame of every members' page: the brand, the tabs at the thumb."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Tab(NamedTuple):
    """`name` is its address's name, and the beginning of the names of the pages below it."""

    name: str
    label: str | Promise
    icon: str


TABS = [
    Tab("me", _("Me"), "me"),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    here = (match.url_name or "").partition("-")[0] if match else ""
    tabs = [{**tab._asdict(), "url": reverse(f"pages:{tab.name}"), "here": tab.name == here} for tab in TABS]
    return {"brand": settings.SIYU.brand, "tabs": tabs}
