"""Tasks: written, published, closed."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.features.loyalty.tasks import actions, conditions, queries
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, moment, number_or_text
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

STEPS, GIFTS = 4, 3


@require_safe
@needs("loyalty.view")
def tasks(request: HttpRequest) -> HttpResponse:
    return render(request, "console/loyalty/tasks.html", {"rows": queries.overview(clock.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def new(request: HttpRequest) -> HttpResponse:
    problem = None
    if request.method == "POST":
        try:
            actions.write(**written(request.POST), by=request.user.get_username(), at=clock.now())
            messages.success(request, _("Written. Publish it when it is right."))
            return redirect("console:tasks")
        except Refused as no:
            problem = no
    context = form(request.POST) | {"no": problem and refusal(problem)}
    return render(request, "console/loyalty/task.html", context, status=problem.status if problem else 200)


def form(said: QueryDict) -> dict[str, Any]:
    """What was typed, again."""
    names = ("title", "event", "count", "field", "op", "value")
    typed = [said.getlist(f"step-{name}") for name in names]
    steps = [dict(zip(names, row, strict=True)) for row in zip(*typed, strict=False)]
    gave = [gifts.Row(*row) for row in zip(said.getlist("what"), said.getlist("number"), strict=False)]
    return {
        "said": said,
        "steps": steps + [{}] * (STEPS - len(steps)),
        "gifts": gave + [gifts.Row()] * (GIFTS - len(gave)),
        "kinds": conditions.KINDS,
        "events": conditions.COUNTABLE,
        "ops": list(conditions.OPS)[:-1],
        "offered": gifts.offered(),
    }


def written(said: QueryDict) -> dict[str, Any]:
    what, numbers = said.getlist("what"), said.getlist("number")
    return {
        "title": clean(said.get("title", ""), 101),
        "text": clean(said.get("text", ""), 501),
        "kind": said.get("kind", ""),
        "steps": steps_of(said),
        "gives": [gift for row in zip(what, numbers, strict=False) for gift in gifts.read(*row)],
        "begins_at": moment(said.get("begins_at", "")),
        "ends_at": moment(said.get("ends_at", "")),
    }


def steps_of(said: QueryDict) -> list[dict[str, Any]]:
    names = ("title", "event", "count", "field", "op", "value")
    found = []
    for title, event, count, field, op, value in zip(*(said.getlist(f"step-{n}") for n in names), strict=False):
        if event:
            where = [{"field": clean(field, 51), "op": op, "value": number_or_text(clean(value, 200))}] if field else []
            found.append({"title": clean(title, 101), "event": event, "count": gifts.whole(count), "where": where})
    return found


@require_POST
@needs("loyalty.change")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    verb = partial(actions.publish, task=number, at=clock.now())
    return carried_out(request, verb, _("It counts from now on."), "console:tasks")


@require_POST
@needs("loyalty.change")
def close(request: HttpRequest, number: int) -> HttpResponse:
    verb = partial(actions.close, task=number, at=clock.now())
    return carried_out(request, verb, _("It counts no more."), "console:tasks")
