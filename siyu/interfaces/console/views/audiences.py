"""Audiences: build a question node by node, see how many it means, keep it, take snapshots, export."""

import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import actions, audiences, queries, roster
from siyu.core.insight.models import Audience, Snapshot
from siyu.core.people import queries as people
from siyu.core.people.codes import number_of
from siyu.core.people.models import Person, Tag
from siyu.core.team import trail
from siyu.features.traffic import queries as traffic
from siyu.interfaces.console import builder
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import text
from siyu.kit import clock, codes, formats

SAMPLE = 5
MOST_EVENTS = 40


def found(code: str) -> Audience:
    number = codes.decode("aud", code, settings.SECRET_KEY)
    one = Audience.objects.filter(pk=number, archived_at=None).first() if number is not None else None
    if one is None:
        raise Http404
    return one


def language() -> str:
    return "zh-hans" if formats.chinese() else "en"


@require_safe
@needs("audiences.view")
def saved(request: HttpRequest) -> HttpResponse:
    found = queries.saved_audiences(search=text(request, "search"), limit=200)
    return render(request, "console/audiences/saved.html", found)


@require_safe
@needs("audiences.view")
def new(request: HttpRequest) -> HttpResponse:
    """With the definition that a suggestion prepared, or with nothing in it."""
    return render(
        request, "console/audiences/audience.html", page(builder.read(request.GET.get("definition", "")[:4000]))
    )


@require_safe
@needs("audiences.view")
def one(request: HttpRequest, code: str) -> HttpResponse:
    audience = found(code)
    kept = {"audience": audience, "code": code, "snapshots": queries.snapshots(audience, limit=12)}
    return render(request, "console/audiences/audience.html", page(audience.definition) | kept)


def page(definition: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """The builder: the nodes with their counts, what can be added, and five of those who are in."""
    told = audiences.explain(definition, language=language(), draw=SAMPLE, seed=seed)
    as_of = datetime.fromisoformat(told["as_of"])
    return {
        "text": builder.written(definition),
        "people": told["people"],
        "of": told["of"],
        "share": told["people"] / told["of"] if told["of"] else 0,
        "ms": told["ms"],
        "past": as_of if clock.now() - as_of > timedelta(days=1) else None,
        "join": told["tree"]["op"],
        "nodes": nodes(told["tree"], told["of"]),
        "sample": sample(told["sample"]),
        "seed": seed + 1,
        **choices(),
    }


def nodes(tree: dict[str, Any], of: int) -> list[dict[str, Any]]:
    """The tree as a flat list: each node with its place, its depth and its bar."""
    listed: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], place: str, depth: int) -> None:
        share = node["people"] / of if of else 0
        group = node["op"] in ("all", "any", "not") and bool(node["children"])
        listed.append({**node, "place": place, "depth": min(depth, 3), "share": share, "group": group})
        for n, child in enumerate(node["children"]):
            walk(child, f"{place}.{n}", depth + 1)

    top = tree if tree["op"] in ("all", "any") else {"op": "all", "children": [tree]}
    for n, child in enumerate(top["children"]):
        walk(child, str(n), 0)
    return listed


def sample(numbers: list[int]) -> list[dict[str, Any]]:
    rows = Person.objects.filter(pk__in=numbers).values_list("pk", "since", "name")
    drawn = roster.of(numbers) if roster.portraits.kept() else {}
    return [{"who": who, "drawn": drawn.get(who.number, roster.NOT_DRAWN)} for who in people.listed(list(rows))]


def choices() -> dict[str, Any]:
    """What conditions can speak of."""
    return {
        "traits": audiences.traits(),
        "events": [event for event in audiences.events() if event["count"]][:MOST_EVENTS],
        "tags": Tag.objects.filter(retired_at=None).select_related("group").order_by("group__name", "name"),
        "others": Audience.objects.filter(archived_at=None).order_by("name")[:200],
        "ways": traffic.ways(),
        "operators": builder.OPERATORS,
        "matches": builder.MATCHES,
    }


@require_POST
@needs("audiences.view")
def build(request: HttpRequest) -> HttpResponse:
    """The builder after a press of one of its buttons; nothing is kept."""
    definition = builder.read(request.POST.get("definition", "")[:100_000])
    said = {name: str(value)[:200] for name, value in request.POST.items()}
    definition = builder.changed(definition, said.get("do", ""), said, settings.SIYU.currency)
    seed = int(said["seed"]) if said.get("do") == "draw" and said.get("seed", "").isdecimal() else 0
    return render(request, "console/audiences/builder.html", page(definition, seed % 1000))


@require_POST
@needs("audiences.view")
def why(request: HttpRequest) -> HttpResponse:
    """Why somebody is in or out: each condition with what was measured."""
    definition = builder.read(request.POST.get("definition", "")[:100_000])
    who = people.person(number_of(request.POST.get("person", "")))
    told = audiences.why(definition, who.number, language=language())
    lines: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        if not node["children"]:
            lines.append(node)
        for child in node["children"]:
            walk(child)

    walk(told["tree"])
    return render(request, "console/audiences/why.html", {"who": who, "told": told, "lines": lines})


@require_POST
@needs("audiences.change")
def save(request: HttpRequest) -> HttpResponse:
    """A new audience, or what one of that code says from now on."""
    code = request.POST.get("code", "")
    audience = actions.save_audience(
        name=request.POST.get("name", ""),
        definition=builder.read(request.POST.get("definition", "")[:100_000]),
        by=request.user.get_username(),
        at=clock.now(),
        audience=found(code) if code else None,
    )
    messages.success(request, _("Saved."))
    return redirect("console:audiences-one", codes.encode("aud", audience.pk, settings.SECRET_KEY))


@require_POST
@needs("audiences.change")
def snapshot(request: HttpRequest, code: str) -> HttpResponse:
    taken: Snapshot = actions.take_snapshot(audience=found(code), by=request.user.get_username(), at=clock.now())
    messages.success(request, _("Kept: %(n)s people.") % {"n": formats.number(taken.people)})
    return redirect("console:audiences-one", code)


@require_POST
@needs("audiences.export")
def export(request: HttpRequest, code: str) -> HttpResponse:
    """The people as a CSV; who took it stands in the audit trail."""
    audience = found(code)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "audience.csv"
        number = audiences.export(audience.definition, to=file)
        body = file.read_bytes()
    trail.note(audience, "exported", people=number)
    name = f"{code}-{time.strftime('%Y%m%d')}.csv"
    return HttpResponse(body, "text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_POST
@needs("audiences.change")
def archive(request: HttpRequest, code: str) -> HttpResponse:
    actions.archive_audience(audience=found(code), at=clock.now())
    return redirect("console:audiences")
