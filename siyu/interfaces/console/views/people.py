"""People: the list, and one person's page."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import best, lifecycle, next_product, rfm, roster, visitors
from siyu.core.insight import timeline as happened
from siyu.core.outreach import queries as outreach
from siyu.core.people import actions, consent, queries
from siyu.core.people.codes import number_of
from siyu.core.people.models import Person, Tag
from siyu.core.team import trail
from siyu.features.loyalty import card
from siyu.interfaces.console import timeline
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole
from siyu.interfaces.console.portrait import lines, why_quiet
from siyu.kit import clock

LIKELY = 5
HISTORY = 10
"""Words on consent that the page shows."""


@require_safe
@needs("people.view")
def people(request: HttpRequest) -> HttpResponse:
    asked: dict[str, Any] = {
        "search": text(request, "search"),
        "stage": choice(request, "stage", lifecycle.STAGES),
        "segment": choice(request, "segment", rfm.SEGMENTS),
        "among": choice(request, "among", best.AMONG),
        "tag": whole(request, "tag"),
        "sort": choice(request, "sort", roster.SORTS) or "newest",
    }
    page = roster.roster(**asked, after=request.GET.get("after", ""))
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "page": page,
        "asked": asked,
        "filtered": any(value for name, value in asked.items() if name != "sort"),
        "older": urlencode({**kept, "after": page.next}) if page.next else "",
        "stages": lifecycle.STAGES,
        "segments": rfm.SEGMENTS,
        "tags": tags(),
        "total": Person.objects.count(),
    }
    rows_only = request.htmx and "after" in request.GET  # type: ignore[attr-defined]
    return render(request, "console/people/rows.html" if rows_only else "console/people/people.html", context)


def tags() -> list[Tag]:
    return list(Tag.objects.select_related("group").order_by("group__name", "name"))


@require_safe
@needs("people.view")
def person(request: HttpRequest, code: str) -> HttpResponse:
    who = queries.person(number_of(code))
    drawn = roster.portrait(who.number)
    kind = choice(request, "kind", timeline.KINDS)
    context = {
        "who": who,
        "drawn": drawn,
        "lines": lines(drawn) if drawn else [],
        "why": why_quiet(drawn) if drawn else None,
        "consents": consent.standing(who.number),
        "words": consent.history(who.number)[:HISTORY],
        "channels": consent.CHANNELS,
        "purposes": consent.PURPOSES,
        "likely": likely(who.number),
        "out": visitors.standing_of(who.number),
        "days": timeline.days(stretch(who.number, kind)),
        "told": outreach.told(who.number),
        "card": card.of_person(who.number, at=clock.now()),
        "kind": kind,
        "kinds": list(timeline.KINDS),
        "tags": [
            tag for tag in tags() if tag.pk not in {carried.number for carried in who.tags} and not tag.retired_at
        ],
    }
    return render(request, "console/people/person.html", context)


def likely(number: int) -> list[dict[str, Any]]:
    """Next products, one of each title; none until the worker has learnt from orders."""
    try:
        found = next_product.recommend(number, k=3 * LIKELY)
    except next_product.NotFitted:
        return []
    firsts: dict[str, dict[str, Any]] = {}
    for one in found:
        firsts.setdefault(one["title"], one)
    return list(firsts.values())[:LIKELY]


@require_safe
@needs("people.view")
def older(request: HttpRequest, code: str) -> HttpResponse:
    """The next stretch of the timeline."""
    number, before = number_of(code), timeline.token(request.GET.get("before", ""))
    kind = choice(request, "kind", timeline.KINDS)
    page = stretch(number, kind, before)
    return render(request, "console/people/timeline.html", {"days": timeline.days(page), "code": code, "kind": kind})


def stretch(number: int, kind: str, before: tuple[datetime, int] | None = None) -> happened.Stretch:
    if kind == timeline.BEHAVIOUR:
        return happened.behaviour(number, before=before, limit=timeline.PAGE)
    return happened.timeline(number, before=before, limit=timeline.PAGE, names=timeline.names(kind))


@never_cache
@require_POST
@needs("people.reveal")
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Phones and the like in full; who looked stands in the audit trail."""
    who = queries.person(number_of(code))
    trail.note(Person(pk=who.number, name=who.name), "revealed", code=who.code)
    return render(request, "console/people/identities.html", {"who": who, "full": True})


@require_POST
@needs("people.change")
def tag(request: HttpRequest, code: str) -> HttpResponse:
    who, tag = queries.person(number_of(code)), found(request.POST.get("tag", ""))
    actions.tag(tag=tag, identities=[who.number], by=request.user.get_username(), at=clock.now())
    trail.note(tag, "tagged", code=who.code)
    return tags_of(request, code)


@require_POST
@needs("people.change")
def untag(request: HttpRequest, code: str) -> HttpResponse:
    who, tag = queries.person(number_of(code)), found(request.POST.get("tag", ""))
    actions.untag(tag=tag, identities=[who.number], by=request.user.get_username(), at=clock.now())
    trail.note(tag, "untagged", code=who.code)
    return tags_of(request, code)


def found(number: str) -> Tag:
    tag = Tag.objects.select_related("group").filter(pk=number).first() if number.isdecimal() else None
    if tag is None:
        raise Http404
    return tag


def tags_of(request: HttpRequest, code: str) -> HttpResponse:
    return redirect("console:people-person", code)
