"""Points: what earns them, what they are worth, what they cost, and points by hand."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.people import codes
from siyu.core.team import trail
from siyu.features.loyalty.points import earning, queries, writing
from siyu.features.loyalty.points.rehearsing import rehearse
from siyu.features.loyalty.points.spending import programme_at
from siyu.features.loyalty.tasks import conditions
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, moment, number_or_text, whole
from siyu.interfaces.console.members import member_behind
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

LIMITS = ("per", "most_a_day", "most_a_person", "most", "waits_days", "lives_days")


@require_safe
@needs("loyalty.view")
def points(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    context = {
        "rows": queries.overview(), "owed": queries.liability(at), "programme": programme_at(at),
        "key": secrets.token_hex(16),
    }  # fmt: skip
    return render(request, "console/loyalty/points.html", context)


@require_safe
@needs("loyalty.view")
def rule(request: HttpRequest, number: int) -> HttpResponse:
    """The rows behind what a rule gave."""
    after = whole(request, "after") or 0
    found = queries.earnings(number, after=after)
    rows = [(row, row.identity.person_id and codes.code(row.identity.person_id)) for row in found]
    return render(request, "console/loyalty/earnings.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def new(request: HttpRequest) -> HttpResponse:
    """Write a rule; or first see what it would have given."""
    problem, trial, said = None, None, request.POST
    if request.method == "POST":
        try:
            wish = written(said)
            if "try" not in said:
                writing.write(**wish, by=request.user.get_username(), at=clock.now())
                messages.success(request, _("Written. Publish it when it is right."))
                return redirect("console:points")
            trial = rehearse(**wish, at=clock.now())
        except Refused as no:
            problem = no
    context = {
        "said": said, "no": problem and refusal(problem), "trial": trial, "events": conditions.COUNTABLE,
        "ops": list(conditions.OPS)[:-1],
        "sample": [(codes.code(person), name, n) for person, name, n in trial.sample if person] if trial else [],
    }  # fmt: skip
    return render(request, "console/loyalty/points_rule.html", context, status=problem.status if problem else 200)


def written(said: QueryDict) -> dict[str, Any]:
    field = clean(said.get("field", ""), 51)
    where = [{"field": field, "op": said.get("op", ""), "value": number_or_text(clean(said.get("value", ""), 200))}]
    limits = {name: gifts.whole(text) for name in LIMITS if (text := said.get(name, "").strip())}
    return {
        "title": clean(said.get("title", ""), 101),
        "event": said.get("event", ""),
        "points": gifts.whole(said.get("points", "")),
        "where": where if field else [],
        "begins_at": moment(said.get("begins_at", "")),
        "ends_at": moment(said.get("ends_at", "")),
        **limits,
    }


@require_POST
@needs("loyalty.change")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: writing.publish(rule=number, at=clock.now()), _("It gives points from now on."))


@require_POST
@needs("loyalty.change")
def close(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: writing.close(rule=number, at=clock.now()), _("It gives no more points."))


@require_POST
@needs("loyalty.change")
def worth(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        writing.set_worth(
            worth=gifts.whole(said.get("worth", "")), most_percent=gifts.whole(said.get("most_percent", "")),
            remind_days=gifts.whole(said.get("remind_days", "")), by=by, at=clock.now(),
        )  # fmt: skip

    return done(request, verb, _("Points are worth that from now on."))


@require_POST
@needs("loyalty.give")
def give(request: HttpRequest) -> HttpResponse:
    """By hand, with a reason; the form's key lets a second press give nothing more."""
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        made = earning.give(
            identity=member_behind(said.get("member", "")), by=by, at=clock.now(),
            points=gifts.whole(said.get("points", "")), because=f"hand:{by}"[:80],
            key=f"hand:{by}:{clean(said.get('key', ''), 60)}"[:150], memo=clean(said.get("memo", ""), 200),
        )  # fmt: skip
        trail.note(made, "given", by=request.user)

    return done(request, verb, _("Given."))


def done(request: HttpRequest, verb: Any, sentence: str) -> HttpResponse:
    return carried_out(request, verb, sentence, "console:points")
