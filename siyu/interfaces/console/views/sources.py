"""Sources: where behaviour comes from, what came last, and what could not be taken."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.eventlog import failed, sources
from siyu.core.eventlog.models import FailedMessage, Source
from siyu.core.insight import sources as asked
from siyu.core.team import trail
from siyu.core.team.roles import may
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

SHOWN = 50


@require_safe
@needs("sources.view")
def listed(request: HttpRequest) -> HttpResponse:
    context = {"rows": asked.standings(), "protocols": sources.PROTOCOLS}
    return render(request, "console/sources/sources.html", context)


@require_POST
@needs("sources.manage")
def make(request: HttpRequest) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("name", "protocol", "namespace")}
    made = sources.create(**said, at=clock.now())
    trail.note(made, "source_opened", by=request.user)
    return redirect("console:sources-one", made.pk)


@never_cache
@require_safe
@needs("sources.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "console/sources/source.html", shown(request, found(number)))


@never_cache
@require_safe
@needs("sources.view")
def live(request: HttpRequest, number: int) -> HttpResponse:
    """The last messages, asked again and again while the page is open."""
    return render(request, "console/sources/live.html", current(found(number)))


@require_POST
@needs("sources.manage")
def close(request: HttpRequest, number: int) -> HttpResponse:
    source = sources.close(source=found(number), at=clock.now())
    trail.note(source, "source_closed", by=request.user)
    messages.success(request, _("The source is closed; its key opens nothing any more."))
    return redirect("console:sources-one", number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("sources.manage")
def mend(request: HttpRequest, number: int, message: int) -> HttpResponse:
    """A message that failed, to be changed and sent in again."""
    source, wrong = found(number), stuck(number, message)
    body = request.POST.get("body", wrong.body)
    context = {"source": source, "wrong": wrong, "body": body, "no": None}
    if request.method == "POST":
        try:
            failed.replay(message=wrong, body=body, at=clock.now())
        except Refused as no:
            return render(request, "console/sources/mend.html", {**context, "no": refusal(no)}, status=no.status)
        trail.note(source, "message_replayed", by=request.user)
        messages.success(request, _("The message has landed again."))
        return redirect("console:sources-one", number)
    return render(request, "console/sources/mend.html", context)


@require_POST
@needs("sources.manage")
def discard(request: HttpRequest, number: int, message: int) -> HttpResponse:
    failed.discard(message=stuck(number, message))
    trail.note(found(number), "message_discarded", by=request.user)
    return redirect("console:sources-one", number)


def found(number: int) -> Source:
    source = Source.objects.filter(pk=number).first()
    if source is None:
        raise Http404
    return source


def stuck(number: int, message: int) -> FailedMessage:
    wrong = failed.failed().filter(pk=message, source=found(number).name, replayed_at=None).first()
    if wrong is None:
        raise Http404
    return wrong


def shown(request: HttpRequest, source: Source) -> dict[str, Any]:
    house = f"{request.scheme}://{request.get_host()}"
    key = source.key if may(request.user, "sources.manage") else "…" + source.key[-4:]
    told = Source(name=source.name, key=key)
    return {"house": house, "key": key, "address": sources.address(told, house), **current(source)}


def current(source: Source) -> dict[str, Any]:
    wrong = failed.failed().filter(source=source.name, replayed_at=None).order_by("-pk")[:SHOWN]
    return {"source": source, "arrivals": asked.arrivals(source.name), "wrong": list(wrong)}
