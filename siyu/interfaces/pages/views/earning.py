"""Levels, tasks, badges, and certificates that anybody may verify."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.features.loyalty.badges import actions as badges
from siyu.features.loyalty.badges import queries as worn
from siyu.features.loyalty.levels import queries as levels
from siyu.features.loyalty.tasks import queries as tasks
from siyu.interfaces.pages.access import member_required, mine, open_to_anybody, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def all_tasks(request: HttpRequest) -> HttpResponse:
    return show(request, "pages/tasks.html", {"tasks": tasks.of_member(mine(request).identity, at=clock.now())})


@require_safe
@member_required
def all_badges(request: HttpRequest) -> HttpResponse:
    found = worn.of_member(mine(request).identity)
    mine_, others = [one for one in found if one.at], [one for one in found if not one.at]
    return show(request, "pages/badges.html", {"worn": mine_, "others": others})


@require_safe
@member_required
def my_level(request: HttpRequest) -> HttpResponse:
    return show(request, "pages/level.html", {"one": levels.of_member(mine(request).identity, at=clock.now())})


@require_POST
@member_required
def show_holder(request: HttpRequest) -> HttpResponse:
    """What of my name a certificate shows."""
    said = request.POST.get("certificate", "")
    try:
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 18 else 0
        badges.show_holder(identity=mine(request).identity, certificate=number, shows=request.POST.get("shows", ""))
        messages.success(request, _("Saved."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("pages:badges")


@require_safe
@open_to_anybody
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever has the address may look, and sees the certificate and nothing else."""
    try:
        found = worn.verified(code)
    except badges.NoSuchCertificate:
        raise Http404 from None
    return show(request, "pages/certificate.html", {"one": found, "address": request.build_absolute_uri()})
