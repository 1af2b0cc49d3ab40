"""The check-in programme: what a streak gives, and who comes."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.team import trail
from siyu.features.loyalty.checkin import actions, cards, queries
from siyu.features.loyalty.models import MakeUpCard
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.members import member_behind
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

ROWS = 6


@require_safe
@needs("loyalty.view")
def overview(request: HttpRequest) -> HttpResponse:
    found = queries.overview(clock.now())
    most = max([n for _, n in found.days] or [0]) or 1
    context = {
        "found": found,
        "days": [(day, n, n / most) for day, n in reversed(found.days)][:14],
        "rows": form_rows(found.steps),
        "offered": gifts.offered(),
        "key": secrets.token_hex(16),
    }
    return render(request, "console/loyalty/check_in.html", context)


def form_rows(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each gift, and empty ones."""
    filled = [
        {"days": step["days"], "repeats": step["repeats"], "gift": gift}
        for step in steps
        for gift in gifts.rows(step["gives"])
    ]
    return filled + [{"days": "", "repeats": False, "gift": gifts.Row()}] * max(1, ROWS - len(filled))


@require_POST
@needs("loyalty.change")
def write(request: HttpRequest) -> HttpResponse:
    said = request.POST
    rows = zip(
        said.getlist("days"), said.getlist("repeats"), said.getlist("what"), said.getlist("number"), strict=False
    )
    steps = [
        {"days": gifts.whole(days), "repeats": repeats == "yes", "gives": gifts.read(what, number)}
        for days, repeats, what, number in rows
        if days.strip()
    ]
    try:
        reaches_back = gifts.whole(said.get("reaches_back", ""))
        by = request.user.get_username()
        actions.write_programme(steps=steps, reaches_back=reaches_back, by=by, at=clock.now())
        messages.success(request, _("The programme holds from now on."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:check_in")


@require_POST
@needs("loyalty.give")
def grant(request: HttpRequest) -> HttpResponse:
    """Cards by hand, once for a form that was shown."""
    said = request.POST
    try:
        who = member_behind(said.get("member", ""))
        count, because = gifts.whole(said.get("cards", "")), said.get("because", "").replace("\0", "")[:200]
        key = f"hand:{said.get('key', '')[:64]}"
        cards.grant(identity=who, cards=count, key=key, because=because, at=clock.now())
        for card in MakeUpCard.objects.filter(identity=who, key=f"{key}:0"):
            trail.note(card, "granted_cards", by=request.user, cards=count)
        messages.success(request, _("Granted."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:check_in")
