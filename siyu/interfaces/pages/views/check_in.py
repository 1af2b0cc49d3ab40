"""The calendar of check-ins."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from siyu.features.loyalty.checkin import actions, queries
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def calendar(request: HttpRequest) -> HttpResponse:
    month = read_day(request.GET.get("month", "") + "-01")
    return show(
        request, "pages/check_in.html", {"page": queries.page(mine(request).identity, month=month, at=clock.now())}
    )


@require_POST
@member_required
def check_in(request: HttpRequest) -> HttpResponse:
    """A second tap on the same day finds it done."""
    try:
        streak = actions.check_in(identity=mine(request).identity, at=clock.now())
        days = streak.days
        messages.success(request, ngettext("Checked in.", "Checked in, %(n)d days in a row.", days) % {"n": days})
    except actions.AlreadyCheckedIn as no:
        messages.success(request, refusal(no))
    return redirect("pages:check_in")


@require_POST
@member_required
def make_up(request: HttpRequest) -> HttpResponse:
    try:
        day = read_day(request.POST.get("day", ""))
        if day is None:
            raise actions.NothingToMakeUp("that is no day")
        actions.make_up(identity=mine(request).identity, day=day, at=clock.now())
        messages.success(request, _("Made up."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("pages:check_in")


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-06-01") else None
    except ValueError:
        return None
