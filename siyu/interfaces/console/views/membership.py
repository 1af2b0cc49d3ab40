"""Memberships: plans and what they bring in, who holds one, granting one, and giving money back."""

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.people import codes
from siyu.core.team import trail
from siyu.features.commerce import shelves
from siyu.features.loyalty.membership import ending, opening, plans, queries, rules
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, whole
from siyu.interfaces.console.members import member_behind
from siyu.interfaces.console.views.catalogue import amount
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

ROWS = 4
RIGHTS = ("access", "birthday", "boost", "course", "distribution", "offline")
"""What a plan gives beside coupons, points, badges and cards: a kind, and words for it."""


@require_safe
@needs("loyalty.view")
def membership(request: HttpRequest) -> HttpResponse:
    found = queries.overview(clock.now())
    soon = [(one, person(one)) for one in found.soon]
    on_sale = [row.plan for row in found.plans if row.state == "running"]
    context = {"page": found, "soon": soon, "key": secrets.token_hex(16), "on_sale": on_sale, "at": clock.now()}
    return render(request, "console/loyalty/membership.html", context)


def person(of: Any) -> str:
    """The code of who holds it; nothing where they were erased."""
    return codes.code(of.identity.person_id) if of.identity.person_id else ""


@require_safe
@needs("loyalty.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """The purchases behind a plan's figures."""
    at = clock.now()
    rows = [
        {"term": row, "person": person(row.membership), "state": queries.state_of(row, at), "look": look}
        for row in queries.terms(number, before=whole(request, "before") or 0)
        for look in [ending.preview(row, at)]
    ]
    context = {"plan": plans.plan_of(number), "rows": rows, "shown": queries.SHOWN, "key": secrets.token_hex(8)}
    return render(request, "console/loyalty/membership_plan.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def new(request: HttpRequest) -> HttpResponse:
    """Write a plan, or a new version of one; or first see what some members would pay for it and get."""
    problem, trial, said = None, [], request.POST
    old = whole(request, "from")
    try:
        if request.method == "POST":
            wish = written(said)
            if "try" not in said:
                plans.write(**wish, by=request.user.get_username(), at=clock.now(), replaces=old)
                messages.success(request, _("Written. Put it on sale when it is right."))
                return redirect("console:membership")
            trial = queries.rehearse(plans.sound(**wish), clock.now())
    except Refused as no:
        problem = no
    context = {
        "no": problem and refusal(problem), "trial": [(held and person(held), offer) for held, offer in trial],
        "said": said or (blank(plans.plan_of(old)) if old else DEFAULTS), "tiers": rules.TIERS, "old": old,
        "periods": list(rules.PERIODS), "offered": gifts.offered(), "rights": RIGHTS, "rows": form_rows(said, old),
    }  # fmt: skip
    return render(
        request, "console/loyalty/membership_form.html", context, status=problem.status if problem else 200
    )  # fmt: skip


DEFAULTS = {"cooling_days": 7, "grace_days": 7, "remind_days": 7}


def blank(plan: Any) -> dict[str, Any]:
    """A form that says what a version before says."""
    said = {name: getattr(plan, name) for name in ("title", "text", "tier", "period", *DEFAULTS)}
    return said | {"price": shelves.plain(plan.price)}


def form_rows(said: QueryDict, old: int | None) -> dict[str, Any]:
    """The rows of what it gives, as they were said; of a version before, what that gives."""
    gives = plans.plan_of(old).gives if old and not said else []
    things = gifts.rows(gives)[:ROWS]
    rights = [right_row(one) for one in gives if one["kind"] in RIGHTS][:ROWS]
    if said:
        things = [gifts.Row(said.get(f"what{n}", ""), said.get(f"number{n}", "")) for n in range(ROWS)]
        rights = [tuple(said.get(f"{name}{n}", "") for name in ("right", "words", "more")) for n in range(ROWS)]
    return {
        "things": list(enumerate(things + [gifts.Row()] * (ROWS - len(things)))),
        "rights": list(enumerate(rights + [("", "", "")] * (ROWS - len(rights)))),
    }


def right_row(one: dict[str, Any]) -> tuple[str, ...]:
    terms = one["terms"]
    said = terms.get("what") or terms.get("to") or terms.get("title") or ""
    return one["kind"], said, str(terms.get("percent") or terms.get("where") or terms.get("days") or "")


def right(kind: str, said: str, more: str) -> list[dict[str, Any]]:
    """A right of one row, or none; what is amiss is refused by the kind."""
    words = {"access": {"to": said}, "course": {"title": said}, "offline": {"what": said, "where": more}}
    terms: dict[str, Any] = words.get(kind, {"what": said})
    if kind == "boost":
        terms = terms | {"percent": gifts.whole(more)}
    if kind == "birthday" and more:
        terms = terms | {"days": gifts.whole(more)}
    return [{"kind": kind, "terms": terms}] if kind in RIGHTS else []


def written(said: QueryDict) -> dict[str, Any]:
    gives: list[dict[str, Any]] = []
    for n in range(ROWS):
        gives += gifts.read(said.get(f"what{n}", ""), said.get(f"number{n}", ""))
        words, more = clean(said.get(f"words{n}", ""), 200), clean(said.get(f"more{n}", ""), 200)
        gives += right(said.get(f"right{n}", ""), words, more)
    return {
        "title": clean(said.get("title", ""), 101), "text": clean(said.get("text", ""), 501),
        "tier": said.get("tier", ""), "period": said.get("period", ""), "price": amount(said, "price") or 0,
        "gives": gives, **{name: gifts.whole(said.get(name, "")) for name in DEFAULTS},
    }  # fmt: skip


@require_POST
@needs("loyalty.change")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: plans.publish(plan=number, at=clock.now()), "published", _("It is on sale."))


@require_POST
@needs("loyalty.change")
def close(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: plans.close(plan=number, at=clock.now()), "closed", _("It is off sale."))


@require_POST
@needs("loyalty.give")
def grant(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()

    def verb() -> Any:
        return opening.grant(
            plan=gifts.whole(said.get("plan", "")), identity=member_behind(said.get("member", "")), by=by,
            key=f"{by}:{clean(said.get('key', ''), 60)}", at=clock.now(),
        )  # fmt: skip

    return done(request, verb, "given", _("Given."))


@require_POST
@needs("orders.change")
def refund(request: HttpRequest, number: int) -> HttpResponse:
    by, key = request.user.get_username(), clean(request.POST.get("key", ""), 60)
    reason = clean(request.POST.get("reason", ""), 200)

    def verb() -> Any:
        return ending.refund(term=number, key=f"{number}:{key}", reason=reason, by=by, at=clock.now())

    return done(request, verb, "refunded", _("Given back."))


def done(request: HttpRequest, verb: Callable[[], Any], what: str, sentence: str) -> HttpResponse:
    return carried_out(request, lambda: trail.note(verb(), what, by=request.user), sentence, "console:membership")
