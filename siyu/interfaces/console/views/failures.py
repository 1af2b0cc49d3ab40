"""What reactions could not take: why, and what becomes of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.eventlog import failures as log
from siyu.core.eventlog.models import Failure
from siyu.core.people.codes import code
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import whole
from siyu.kit import clock


@require_safe
@needs("log.mend")
def failures(request: HttpRequest) -> HttpResponse:
    found = log.failures(before=whole(request, "before"))
    page: dict[str, Any] = {
        "rows": [{"failed": one, "code": code(one.identity) if one.identity else ""} for one in found[: log.PAGE]],
        "older": found[log.PAGE - 1].number if len(found) > log.PAGE else None,
    }
    return render(request, "console/failures.html", page)


@require_POST
@needs("log.mend")
def try_again(request: HttpRequest, number: int) -> HttpResponse:
    trail.note(log.try_again(number=number, at=clock.now()), "tried_again")
    messages.success(request, _("It is tried again within seconds."))
    return redirect("console:failures")


@require_POST
@needs("log.mend")
def give_up(request: HttpRequest, number: int) -> HttpResponse:
    trail.note(log.give_up(number=number), "gave_up")
    return redirect("console:failures")


@require_POST
@needs("log.mend")
def dismiss(request: HttpRequest, number: int) -> HttpResponse:
    """What it should have set off stays undone; why stands in the audit trail."""
    reason = request.POST.get("reason", "").strip()[:200]
    gone = log.dismiss(number=number, reason=reason)
    about = {"reaction": gone.reaction, "event": gone.event, "error": gone.reason[:200], "reason": reason}
    trail.note(Failure(pk=number, reaction=gone.reaction), "dismissed", **about)
    messages.success(request, _("It is dismissed; why stands in the audit trail."))
    return redirect("console:failures")
