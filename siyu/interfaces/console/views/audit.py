"""Who did what, and when."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from siyu.core.team import queries
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import whole

DEEDS = ["signed_in", "sign_in_failed", "created", "changed", "deleted", "exported", "revealed", "tagged", "untagged"]
DEEDS += ["erased", "accepted", "rejected", "reopened", "tried_again", "gave_up", "dismissed", "excluded", "readmitted"]
DEEDS += ["sent_now", "revoked"]


@require_safe
@needs("audit.view")
def audit(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "") for name in ("who", "kind", "did")}
    deeds = queries.trail(who=asked["who"], kind=asked["kind"], did=asked["did"], before=whole(request, "before"))
    more = len(deeds) > queries.PAGE
    page = {
        "deeds": deeds[: queries.PAGE],
        "asked": asked,
        "filtered": any(asked.values()),
        "older": urlencode({**asked, "before": deeds[queries.PAGE - 1].number}) if more else "",
        "names": queries.names(),
        "kinds": queries.kinds(),
        "did": DEEDS,
    }
    return render(request, "console/audit.html", page)
