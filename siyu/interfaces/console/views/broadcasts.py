"""Broadcasts: a list, writing one, what the gate would say, and one under way with its controls."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.insight.models import Audience
from siyu.core.outreach import broadcasts, channels
from siyu.core.outreach.broadcasts import results
from siyu.core.outreach.broadcasts.writing import BadBroadcast, Wish
from siyu.core.outreach.models import REASONS, RECEIPTS, STATES
from siyu.core.outreach.templates import queries as templates
from siyu.core.people import queries as people
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, clean, moment, whole
from siyu.interfaces.console.views.catalogue import amount
from siyu.interfaces.console.words import outreach, refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

BAD_SHOWN = 5
LONGEST_LIST = 4_000_000
"""Characters of a pasted list."""
SHOWN = ("title", "channel", "holdout", "window", "quiet", "zone", "per_minute", "cost", "budget", "campaign", "list")


@require_safe
@needs("outreach.view")
def listed(request: HttpRequest) -> HttpResponse:
    page = results.listing(before=whole(request, "before") or 0)
    return render(request, "console/outreach/broadcasts.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outreach.write")
def new(request: HttpRequest) -> HttpResponse:
    """Written down as a draft; bad lines of a list are said on its page."""
    no: Refused | None = None
    said = request.POST
    if request.method == "POST":
        try:
            wish = wished(request)
            by, at = request.user.get_username(), clock.now()
            made = broadcasts.draft(wish=wish, by=by, at=at, key=key_of(request))
            trail.note(made, "drafted", by=request.user)
            return redirect("console:broadcasts-one", made.pk)
        except Refused as refused:
            no = refused
    form = {name: said.get(name, "") for name in SHOWN} if said else {"holdout": 10, "window": 14, "channel": "inapp"}
    context = {
        "no": no and refusal(no),
        "form": form | {"versions": said.getlist("version"), "audience": said.get("audience", "")},
        "channels": [one.code for one in channels.all_channels()],
        "templates": templates.listing(),
        "audiences": Audience.objects.filter(archived_at=None).order_by("name"),
        "key": secrets.token_hex(16),
    }
    return render(request, "console/outreach/broadcast_new.html", context, status=no.status if no else 200)


def wished(request: HttpRequest) -> Wish:
    said = request.POST
    audience, people_named = said.get("audience", ""), None
    if not audience:
        found = broadcasts.named(said.get("list", "")[:LONGEST_LIST].splitlines())
        for one in found.bad[:BAD_SHOWN]:
            messages.warning(request, f"{one.line}: {one.said} – {outreach(one.reason)}")
        if len(found.bad) > BAD_SHOWN:
            messages.warning(request, _("%d lines were refused.") % len(found.bad))
        people_named = list(found.people)
    return Wish(
        title=clean(said.get("title", ""), 200),
        channel=said.get("channel", "")[:30],
        variants=[{"version": count(one) or 0, "weight": 1} for one in said.getlist("version") if one],
        audience=count(audience) if audience else None,
        people=people_named,
        holdout=(count(said.get("holdout", "")) or 0) * 100,
        window=count(said.get("window", "")) or 0,
        quiet=said.get("quiet", "defer"),
        zone=said.get("zone", "brand"),
        per_minute=count(said.get("per_minute", "")),
        cost=amount(said, "cost") or 0,
        budget=amount(said, "budget"),
        campaign=clean(said.get("campaign", ""), 60),
    )


def count(said: str) -> int | None:
    """Nothing said is nothing; what is no number is refused as one."""
    said = said.strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise BadBroadcast(_("A number is written in digits."))
    return int(said)


@require_safe
@needs("outreach.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    found = results.whole(number)
    context = {"whole": found, "zone": settings.SIYU.zone}
    return render(request, "console/outreach/broadcast.html", context)


@require_safe
@needs("outreach.view")
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far it is; asked for again and again while it is under way."""
    return render(request, "console/outreach/progress.html", {"whole": results.whole(number)})


@require_safe
@needs("outreach.view")
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """What the gate would say now."""
    found = results.preview(number, at=clock.now())
    return render(request, "console/outreach/preview.html", {"found": found})


@require_safe
@needs("people.view")
def behind(request: HttpRequest, number: int) -> HttpResponse:
    """The people behind a figure."""
    what = choice(request, "what", (*REASONS, *RECEIPTS, *STATES))
    if not what:
        raise Http404
    arm, after = whole(request, "arm") or 0, whole(request, "after") or 0
    numbers = results.behind(number, what, arm=arm, after=after)
    rows = people.listed(list(Person.objects.filter(pk__in=numbers).order_by("pk").values_list("pk", "since", "name")))
    following = numbers[-1] if len(numbers) == results.SHOWN else None
    context = {"one": results.found(number), "what": what, "arm": arm, "rows": rows, "next": following}
    return render(request, "console/outreach/behind.html", context)


@require_POST
@needs("outreach.send")
def turn(request: HttpRequest, number: int) -> HttpResponse:
    """Plan, take back, pause, resume or stop."""
    by, at, said = request.user.get_username(), clock.now(), request.POST.get("do", "")
    try:
        if said == "plan":
            starts = moment(request.POST.get("starts", ""))
            made = broadcasts.plan(broadcast=number, by=by, at=at, starts_at=starts)
        elif said in VERBS:
            made = VERBS[said](broadcast=number, by=by, at=at)
        else:
            raise Http404
        trail.note(made, f"broadcast_{said}", by=request.user)
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:broadcasts-one", number)


VERBS: dict[str, Any] = {
    "take_back": broadcasts.take_back,
    "pause": broadcasts.pause,
    "resume": broadcasts.resume,
    "stop": broadcasts.stop,
}


def key_of(request: HttpRequest) -> str:
    """Of the form: sent twice, it is done once."""
    return f"console:{request.user.pk}:{request.POST.get('key', '')[:64] or secrets.token_hex(16)}"
