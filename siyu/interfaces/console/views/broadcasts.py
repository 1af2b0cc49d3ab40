"""Broadcasts: a list, writing one, what the gate would say, and one under way with its controls."""

import secrets
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.insight.models import Audience
from siyu.core.insight.trials import queries as trials
from siyu.core.outreach import broadcasts, channels
from siyu.core.outreach.broadcasts import results
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.writing import BadBroadcast, Wish
from siyu.core.outreach.models import REASONS, RECEIPTS, STATES
from siyu.core.outreach.templates import queries as templates
from siyu.core.people import queries as people
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, clean, moment, whole
from siyu.interfaces.console.views import arms
from siyu.interfaces.console.views.catalogue import amount
from siyu.interfaces.console.words import currency, outreach, refusal
from siyu.kit import clock, money
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

    def write() -> Broadcast:
        made = broadcasts.draft(
            wish=wished(request), by=request.user.get_username(), at=clock.now(), key=key_of(request)
        )
        trail.note(made, "drafted", by=request.user)
        return made

    return written(request, write, {"holdout": 10, "window": 14, "channel": "inapp"} | variants([], []))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outreach.write")
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """All of a draft anew; whom it was for stays, where nothing else is said."""
    one = results.found(number)

    def write() -> Broadcast:
        made = broadcasts.change(broadcast=number, wish=wished(request, one), at=clock.now())
        trail.note(made, "changed", by=request.user)
        return made

    return written(request, write, form_of(one), one)


def written(
    request: HttpRequest, write: Callable[[], Broadcast], form: dict[str, Any], one: Broadcast | None = None
) -> HttpResponse:
    """What is wrong is said above the form, and what was typed stays."""
    no: Refused | None = None
    if request.method == "POST":
        try:
            return redirect("console:broadcasts-one", write().pk)
        except Refused as refused:
            no, said = refused, request.POST
            form = {name: said.get(name, "") for name in (*SHOWN, "audience")}
            form |= variants(said.getlist("version"), said.getlist("weight"))
    context = {
        "no": no and refusal(no), "form": form, "one": one, "kept": one and for_whom(one),
        "channels": [each.code for each in channels.all_channels()], "templates": templates.listing(),
        "audiences": Audience.objects.filter(archived_at=None).order_by("name"), "key": secrets.token_hex(16),
    }  # fmt: skip
    return render(request, "console/outreach/broadcast_new.html", context, status=no.status if no else 200)


def variants(versions: Sequence[str], weights: Sequence[str]) -> dict[str, Any]:
    """A line for each letter, and 1 where no weight is said."""
    rows = zip_longest("ABCDE", versions, weights, fillvalue="")
    return {"variants": [{"place": a, "version": v, "weight": w or "1"} for a, v, w in rows if a]}


def form_of(one: Broadcast) -> dict[str, Any]:
    """A draft as the form has it."""
    unit = 10 ** money.exponent(currency())
    said = {name: getattr(one, name) or "" for name in ("title", "channel", "window", "quiet", "zone", "campaign")}
    numbers = {"holdout": one.holdout // 100, "per_minute": one.per_minute or "", "cost": one.cost / unit or ""}
    spent = {"budget": "" if one.budget is None else one.budget / unit}
    audience = {"audience": str(one.audience_id) if one.audience_id else "kept"}
    told = variants([str(each["version"]) for each in one.variants], [str(each["weight"]) for each in one.variants])
    return said | numbers | spent | audience | told


def for_whom(one: Broadcast) -> str:
    """What it was for, where that is no saved audience."""
    if (many := results.listed_people(one)) is not None:
        return _("the list that was given: %d people") % many
    return _("the definition that was given") if one.definition is not None else ""


def wished(request: HttpRequest, one: Broadcast | None = None) -> Wish:
    said = request.POST
    weights = zip_longest(said.getlist("version"), said.getlist("weight"), fillvalue="")
    return Wish(
        title=clean(said.get("title", ""), 200),
        channel=said.get("channel", "")[:30],
        variants=[{"version": count(each) or 0, "weight": count(weight) or 1} for each, weight in weights if each],
        **whom(request, one),
        holdout=(count(said.get("holdout", "")) or 0) * 100,
        window=count(said.get("window", "")) or 0,
        quiet=said.get("quiet", "defer"),
        zone=said.get("zone", "brand"),
        per_minute=count(said.get("per_minute", "")),
        cost=amount(said, "cost") or 0,
        budget=amount(said, "budget"),
        campaign=clean(said.get("campaign", ""), 60),
    )


def whom(request: HttpRequest, one: Broadcast | None) -> dict[str, Any]:
    """A saved audience, what the draft was for before, or the people of a list."""
    audience = request.POST.get("audience", "")
    if audience == "kept" and one:
        return {"people": results.people_listed(one), "definition": one.definition}
    if audience:
        return {"audience": count(audience)}
    found = broadcasts.named(request.POST.get("list", "")[:LONGEST_LIST].splitlines())
    for each in found.bad[:BAD_SHOWN]:
        messages.warning(request, f"{each.line}: {each.said} – {outreach(each.reason)}")
    if len(found.bad) > BAD_SHOWN:
        messages.warning(request, _("%d lines were refused.") % len(found.bad))
    return {"people": list(found.people)}


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
    context = {"zone": settings.SIYU.zone} | going(found)
    return render(request, "console/outreach/broadcast.html", context)


@require_safe
@needs("outreach.view")
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far it is; asked for again and again while it is under way."""
    return render(request, "console/outreach/progress.html", going(results.whole(number)))


def going(whole: results.Whole) -> dict[str, Any]:
    """How far it is, by arm; each figure leads to its people."""
    where = reverse("console:broadcasts-behind", args=[whole.broadcast.pk])
    table = arms.table(whole.arms, lambda what, arm: f"{where}?what={what}" + (f"&arm={arm}" if arm else ""))
    trial = whole.broadcast.dispatch and whole.broadcast.dispatch.trial_id
    return {"whole": whole, "arms": table, "trial": trials.code(trial) if trial else ""}


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
