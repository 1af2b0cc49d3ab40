"""The frame of every page: the rail, the brand, day or night."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siyu.core.team.roles import may


class Place(NamedTuple):
    """A link of the rail. `name` is its address's name, and the beginning of the names of the pages below it."""

    name: str
    label: str | Promise
    permission: str
    part: str | Promise = ""


LOOP = [
    Place("cockpit", _("Cockpit"), "insight.view"),
    Place("wasted", _("Which half is wasted"), "trials.view"),
    Place("cycles", _("Rounds"), "trials.view"),
    Place("reports", _("Reports"), "reports.view"),
    Place("people", _("People"), "people.view"),
    Place("audiences", _("Audiences"), "audiences.view"),
    Place("tags", _("Tags"), "people.view"),
    Place("screening", _("Screening"), "screening.view"),
    Place("returns", _("Cost and return"), "insight.view", _("Traffic")),
    Place("traffic", _("Channels"), "traffic.view"),
    Place("spend", _("Traffic spend"), "traffic.view"),
    Place("touch_rules", _("Touch rules"), "traffic.view"),
    Place("links", _("Links"), "links.view"),
    Place("live_codes", _("Live codes"), "links.view"),
    Place("routing", _("What works where"), "links.view"),
    Place("domains", _("Domains of links"), "links.view"),
    Place("attribution", _("Attribution"), "traffic.view"),
    Place("flow", _("Three domains"), "traffic.view"),
    Place("twice", _("Bought twice"), "traffic.view"),
    Place("reach", _("Reach"), "traffic.view"),
    Place("orders", _("Orders"), "orders.view", _("Shop")),
    Place("catalogue", _("Catalogue"), "catalogue.view"),
    Place("stock", _("Stock"), "catalogue.view"),
    Place("counter", _("Counter"), "orders.hand"),
    Place("check_in", _("Check-in"), "loyalty.view", _("Loyalty")),
    Place("levels", _("Levels"), "loyalty.view"),
    Place("tasks", _("Tasks"), "loyalty.view"),
    Place("badges", _("Badges"), "loyalty.view"),
    Place("coupons", _("Coupons"), "loyalty.view"),
    Place("points", _("Points"), "loyalty.view"),
    Place("mall", _("Mall"), "loyalty.view"),
    Place("membership", _("Membership"), "loyalty.view"),
    Place("benefits", _("Benefits"), "loyalty.view"),
    Place("ledger", _("Books"), "loyalty.view"),
    Place("broadcasts", _("Broadcasts"), "outreach.view", _("Outreach")),
    Place("templates", _("Templates"), "outreach.view"),
    Place("messages", _("Sent and kept back"), "outreach.view"),
    Place("gate", _("Send gate"), "outreach.view"),
    Place("errands", _("Messages by hand"), "outreach.hand"),
    Place("imports", _("Imports"), "imports.view", _("Data")),
    Place("shops", _("Shops"), "sources.view"),
    Place("sources", _("Sources"), "sources.view"),
    Place("plan", _("Tracking plan"), "sources.view"),
    Place("visitors", _("Excluded visitors"), "sources.view"),
    Place("team", _("Team"), "team.manage", _("House")),
    Place("keys", _("API keys"), "keys.manage"),
    Place("failures", _("Failures"), "log.mend"),
    Place("outbox", _("Outbox"), "outbox.view"),
    Place("erasures", _("Erasures"), "people.erase"),
    Place("audit", _("Audit"), "audit.view"),
]
"""By the loop: what exists is a link, what comes later is not there."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the base template needs, for every page. Before anybody chooses, day and night follow the system."""
    return {
        "brand": settings.SIYU.brand,
        "theme": theme if (theme := request.COOKIES.get("theme")) in ("dark", "light") else "auto",
        "rail": rail(request),
    }


def rail(request: HttpRequest) -> list[dict[str, Any]]:
    if not (user := getattr(request, "user", None)) or not user.is_authenticated:
        return []
    match = request.resolver_match
    here = (match.url_name or "").partition("-")[0] if match else ""
    return [
        {**place._asdict(), "url": reverse(f"console:{place.name}"), "here": place.name == here}
        for place in LOOP
        if may(user, place.permission)
    ]


def home(operator: Any) -> str:
    """The first page of the rail that the operator may see."""
    allowed = (place.name for place in LOOP if may(operator, place.permission))
    return reverse(f"console:{next(allowed, 'account')}")
