"""Levels: the scheme in force, drafts with what they would do, locks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.team import trail
from siyu.features.loyalty.levels import actions, judging, queries
from siyu.features.loyalty.levels.metrics import METRICS
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import FALLING, LOSING
from siyu.features.loyalty.models import LevelScheme, LevelStanding
from siyu.features.loyalty.tasks.conditions import COUNTABLE
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.members import member_behind
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

DIMENSIONS, LEVELS = 6, 6
SPANS = ("lifetime", "rolling", "month", "quarter", "year", "level", "anniversary")
PART = ("name", "metric", "event", "span", "days", "points", "per")
RUNG = ("level", "enter", "keep", "what", "number")


@require_safe
@needs("loyalty.view")
def levels(request: HttpRequest) -> HttpResponse:
    found = queries.overview(clock.now())
    most = max([n for _name, n in found.ladder] or [0]) or 1
    return render(
        request,
        "console/loyalty/levels.html",
        {"found": found, "ladder": [(name, n, n / most) for name, n in found.ladder]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def new(request: HttpRequest) -> HttpResponse:
    """A draft, beginning with what is in force."""
    problem = None
    if request.method == "POST":
        try:
            made = actions.write(body=body_of(request.POST), by=request.user.get_username(), at=clock.now())
            return redirect("console:levels-one", made.version)
        except Refused as no:
            problem = no
    now = actions.in_force(clock.now())
    said = typed(request.POST) if problem else filled(now.body if now else EXAMPLE)
    context = said | {
        "no": problem and f"{refusal(problem)} {problem.message}", "metrics": list(METRICS), "events": COUNTABLE,
        "spans": SPANS, "falling": FALLING, "losing": LOSING, "offered": gifts.offered(),
    }  # fmt: skip
    return render(request, "console/loyalty/scheme_form.html", context, status=problem.status if problem else 200)


@require_safe
@needs("loyalty.view")
def one(request: HttpRequest, version: int) -> HttpResponse:
    """What it says, and of a draft what it would do to those who are here."""
    found = LevelScheme.objects.filter(version=version).first()
    if found is None:
        raise Http404
    at = clock.now()
    scheme = read(found.body, gifts=False)
    context: dict[str, Any] = {"one": found, "scheme": scheme, "said": filled(found.body, spare=0)}
    if not found.published_at:
        outlook = judging.dry_run(scheme, at)
        context |= {"outlook": outlook, "moves": queries.moves(outlook, scheme, actions.in_force(at))}
    return render(request, "console/loyalty/scheme.html", context)


@require_POST
@needs("loyalty.change")
def publish(request: HttpRequest, version: int) -> HttpResponse:
    try:
        actions.publish(version=version, by=request.user.get_username(), at=clock.now())
        messages.success(request, _("It is in force. Everybody is judged by it within a minute."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:levels")


@require_POST
@needs("loyalty.give")
def lock(request: HttpRequest) -> HttpResponse:
    said, at = request.POST, clock.now()
    try:
        who = member_behind(said.get("member", ""))
        rank, reason = gifts.whole(said.get("rank", "")), said.get("reason", "").replace("\0", "")[:200]
        actions.lock(
            identity=who,
            rank=rank,
            until=ending(said.get("until", "")),
            reason=reason,
            by=request.user.get_username(),
            at=at,
        )
        trail.note(LevelStanding(pk=who), "locked", by=request.user, rank=rank, reason=reason)
        messages.success(request, _("Locked."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:levels")


@require_POST
@needs("loyalty.give")
def unlock(request: HttpRequest, number: int) -> HttpResponse:
    actions.unlock(identity=number, at=clock.now())
    trail.note(LevelStanding(pk=number), "unlocked", by=request.user)
    return redirect("console:levels")


def ending(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=ZoneInfo(settings.SIYU.zone))
    except ValueError:
        raise actions.BadLock("that is no day") from None


def body_of(said: QueryDict) -> dict[str, Any]:
    """The scheme as the form says it; what is nonsense is refused by the verb."""
    rungs = [row for row in rows(said, RUNG) if row["level"].strip()]
    return {
        "dimensions": [part(row) for row in rows(said, PART) if row["name"].strip()],
        "levels": [rung(row) for row in rungs],
        "grace_days": gifts.whole(said.get("grace_days", "")),
        "falling": said.get("falling", ""),
        "losing": said.get("losing", ""),
    }


def rows(said: QueryDict, names: tuple[str, ...]) -> list[dict[str, str]]:
    columns = [[one.replace("\0", "")[:100] for one in said.getlist(name)] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]


def part(row: dict[str, str]) -> dict[str, Any]:
    span = row["span"]
    window: dict[str, Any] = (
        {"kind": "calendar", "unit": span} if span in ("month", "quarter", "year") else {"kind": span}
    )
    window |= {"days": gifts.whole(row["days"])} if span == "rolling" else {}
    said: dict[str, Any] = {"name": row["name"], "metric": row["metric"], "window": window}
    said |= {"event": row["event"]} if row["metric"] == "event" else {}
    return said | {"points": gifts.whole(row["points"]), "per": gifts.whole(row["per"])}


def rung(row: dict[str, str]) -> dict[str, Any]:
    numbers = {name: gifts.whole(row[name]) for name in ("enter", "keep")}
    return {"name": row["level"], **numbers, "gives": gifts.read(row["what"], row["number"])}


def typed(said: QueryDict) -> dict[str, Any]:
    parts, rungs = rows(said, PART), rows(said, RUNG)
    for row in rungs:
        row["gift"] = gifts.Row(row["what"], row["number"])  # type: ignore[assignment]
    rest = {name: said.get(name, "") for name in ("grace_days", "falling", "losing")}
    return {"parts": parts, "rungs": rungs, "rest": rest}


def filled(body: dict[str, Any], spare: int = 1) -> dict[str, Any]:
    """A scheme as the form's rows."""
    parts = [
        {**one, "span": one["window"].get("unit") or one["window"]["kind"], "days": one["window"].get("days", "")}
        for one in body["dimensions"]
    ]
    rungs = [{**one, "level": one["name"], "gift": gifts.rows(one.get("gives", []))[0]} for one in body["levels"]]
    if spare:
        parts += [{}] * max(1, DIMENSIONS - len(parts))
        rungs += [{}] * max(1, LEVELS - len(rungs))
    return {"parts": parts, "rungs": rungs, "rest": {name: body[name] for name in ("grace_days", "falling", "losing")}}


EXAMPLE: dict[str, Any] = {
    "dimensions": [
        {"name": "Spend", "metric": "spend", "window": {"kind": "rolling", "days": 365}, "points": 1, "per": 100},
        {"name": "Check-ins", "metric": "check_ins", "window": {"kind": "rolling", "days": 365}, "points": 2, "per": 1},
    ],
    "levels": [
        {"name": f"V{n}", "enter": enter, "keep": enter * 6 // 10}
        for n, enter in enumerate((1, 300, 1000, 3000, 8000), 1)
    ],
    "grace_days": 30, "falling": "one", "losing": "leave",
}  # fmt: skip
