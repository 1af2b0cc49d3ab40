"""Rounds of plan, do, check, act: what was meant, what was done, what it brought, what follows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight.models import Audience, Cycle
from siyu.core.insight.pdca import queries, verbs
from siyu.core.insight.pdca.verbs import BadCycle
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean
from siyu.interfaces.console.views import glance
from siyu.interfaces.console.words import currency, refusal
from siyu.kit import clock, money
from siyu.kit.refusals import Refused


@require_safe
@needs("trials.view")
def listed(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.everyone(), **choices(), "said": {}}
    return render(request, "console/cycles/cycles.html", context)


def choices() -> dict[str, Any]:
    return {"goals": Cycle.GOALS, "audiences": Audience.objects.filter(archived_at=None).order_by("name")[:200]}


@require_safe
@needs("trials.view")
def one(request: HttpRequest, code: str) -> HttpResponse:
    said = queries.told(queries.cycle_of(code))
    rows = [
        {"line": line, "verdict": line.verdict, "tone": glance.TONES.get(line.verdict, "unknown"),
         "goal": getattr(line, said["cycle"].goal)}
        for line in said["lines"]
    ]  # fmt: skip
    context = said | choices() | {"rows": rows, "decisions": verbs.DECISIONS, "form": form_of(said["cycle"])}
    return render(request, "console/cycles/cycle.html", context)


def form_of(cycle: Cycle) -> dict[str, Any]:
    """The plan as the form has it."""
    unit = 10 ** money.exponent(currency())
    return {
        "title": cycle.title, "goal": cycle.goal, "target": (cycle.target or 0) / 100 or "",
        "audience": cycle.audience_id, "actions": cycle.actions, "budget": cycle.budget / unit or "",
        "begins_on": cycle.begins_on.isoformat(), "ends_on": cycle.ends_on.isoformat(),
    }  # fmt: skip


@require_POST
@needs("trials.manage")
def plan(request: HttpRequest) -> HttpResponse:
    try:
        made = verbs.plan(**read(request), by=request.user.get_username(), at=clock.now())
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect("console:cycles")
    return redirect("console:cycles-one", queries.code(made.pk))


@require_POST
@needs("trials.manage")
def act(request: HttpRequest, code: str) -> HttpResponse:
    """Whatever a button of the page says."""
    number, by, at = queries.cycle_of(code).pk, request.user.get_username(), clock.now()
    trial = int(said) if (said := request.POST.get("trial", "")).isdecimal() and len(said) < 16 else 0
    note = clean(request.POST.get("note", ""), 1000)
    deeds: dict[str, Callable[[], Any]] = {
        "change": lambda: verbs.change(cycle=number, **read(request)),
        "begin": partial(verbs.begin, cycle=number, by=by, at=at),
        "link": partial(verbs.link, cycle=number, trial=trial),
        "unlink": partial(verbs.unlink, cycle=number, trial=trial),
        "decide": partial(
            verbs.decide, cycle=number, decision=request.POST.get("decision", ""), note=note, by=by, at=at
        ),
    }
    deed = deeds.get(request.POST.get("do", ""), deeds["begin"])
    return carried_out(request, deed, _("Noted."), "console:cycles-one", code)


def read(request: HttpRequest) -> dict[str, Any]:
    said = request.POST
    audience = said.get("audience", "")
    return {
        "title": clean(said.get("title", ""), 201),
        "goal": clean(said.get("goal", ""), 20),
        "target": whole(said.get("target", ""), 100) or None,
        "audience": int(audience) if audience.isdecimal() and len(audience) < 16 else None,
        "actions": clean(said.get("actions", ""), 5000),
        "budget": whole(said.get("budget", ""), 10 ** money.exponent(currency())),
        "begins_on": day(said.get("begins_on", "")),
        "ends_on": day(said.get("ends_on", "")),
    }


def whole(said: str, unit: int) -> int:
    """A number that a form says, in hundredths or minor units."""
    try:
        return round(Decimal(said.strip() or "0") * unit)
    except (InvalidOperation, ValueError, OverflowError):
        raise BadCycle("a budget and a target are numbers from nothing upwards") from None


def day(said: str) -> date:
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        raise BadCycle("a round has a first and a last day") from None
