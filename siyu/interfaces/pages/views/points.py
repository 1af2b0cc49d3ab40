"""Points, and the mall where they are exchanged."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.features.loyalty.points import mall as verbs
from siyu.features.loyalty.points import queries
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def points(request: HttpRequest) -> HttpResponse:
    said = request.GET.get("before", "")
    before = int(said) if said.isascii() and said.isdigit() and len(said) < 18 else 0
    found = queries.of_member(mine(request).identity, at=clock.now(), before=before)
    return show(request, "pages/points.html", {"page": found})


@require_safe
@member_required
def mall(request: HttpRequest) -> HttpResponse:
    who, at = mine(request).identity, clock.now()
    page = {
        "offers": queries.offers(who, at=at), "had": queries.redemptions(identity=who),
        "have": queries.of_member(who, at=at).balances.available, "key": secrets.token_hex(16),
    }  # fmt: skip
    return show(request, "pages/mall.html", page)


@require_POST
@member_required
def redeem(request: HttpRequest) -> HttpResponse:
    said = {name: str(value).replace("\0", "")[:200] for name, value in request.POST.items()}
    number = said.get("item", "")
    try:
        verbs.redeem(
            item=int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0,
            identity=mine(request).identity, key=said.get("key", "")[:64] or secrets.token_hex(16), at=clock.now(),
            address={name: said.get(name, "") for name in verbs.ADDRESS},
        )  # fmt: skip
        messages.success(request, _("It is yours."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("pages:points-mall")
