"""What went out as files, because nothing else carries the channel: a demo's sign-in codes are read here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from siyu.core.outreach import channels
from siyu.interfaces.console.access import needs

SHOWN = 50


@never_cache
@require_safe
@needs("outbox.view")
def outbox(request: HttpRequest) -> HttpResponse:
    files = [channel for channel, sender in channels.serving().items() if sender == "outbox"]
    return render(request, "console/outbox.html", {"rows": channels.latest(SHOWN), "channels": files})
