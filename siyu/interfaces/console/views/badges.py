"""Badges and certificates: made, awarded, revoked."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.team import trail
from siyu.features.loyalty.badges import actions, drawing, queries
from siyu.features.loyalty.models import Certificate
from siyu.features.loyalty.tasks.conditions import COUNTABLE
from siyu.interfaces.console import gifts
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.members import member_behind
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@needs("loyalty.view")
def badges(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.overview(), "shapes": list(drawing.SHAPES), "colours": list(drawing.COLOURS)}
    return render(request, "console/loyalty/badges.html", context)


@require_safe
@needs("loyalty.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "console/loyalty/badge.html", {"one": queries.one(number), "events": COUNTABLE})


@require_POST
@needs("loyalty.change")
def make(request: HttpRequest) -> HttpResponse:
    said = {name: typed(request, name) for name in ("name", "text", "shape", "colour", "symbol")}
    by = request.user.get_username()
    return done(request, lambda: actions.make(**said, by=by, at=clock.now()), _("Made."))


@require_POST
@needs("loyalty.change")
def retire(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: actions.retire(badge=number, at=clock.now()), _("Nobody gets it any more."), number)


@require_POST
@needs("loyalty.change")
def follow(request: HttpRequest, number: int) -> HttpResponse:
    steps = [{"event": typed(request, "event"), "count": gifts.whole(typed(request, "count"))}]
    by = request.user.get_username()
    rule = lambda: actions.follow(badge=number, steps=steps, by=by, at=clock.now())  # noqa: E731
    return done(request, rule, _("Whoever does it from now on gets the badge."), number)


@require_POST
@needs("loyalty.give")
def award(request: HttpRequest, number: int) -> HttpResponse:
    def give() -> None:
        at, by = clock.now(), request.user.get_username()
        who = member_behind(typed(request, "member"))
        key, because = f"hand:{number}:{who}:{at.isoformat()}", typed(request, "because")
        made = actions.award(badge=number, identity=who, key=key, because=because, by=by, at=at)
        trail.note(made.badge, "awarded", by=request.user, award=made.pk)

    return done(request, give, _("Awarded."), number)


@require_POST
@needs("loyalty.give")
def revoke(request: HttpRequest, number: int, award: int) -> HttpResponse:
    def take() -> None:
        by, because = request.user.get_username(), typed(request, "because")
        taken = actions.revoke(award=award, because=because, by=by, at=clock.now())
        trail.note(taken.badge, "revoked", by=request.user, award=award, because=because)

    return done(request, take, _("Revoked."), number)


@require_POST
@needs("loyalty.give")
def certify(request: HttpRequest, number: int, award: int) -> HttpResponse:
    def issue() -> None:
        title, by = typed(request, "title"), request.user.get_username()
        trail.note(actions.issue(award=award, title=title, by=by, at=clock.now()), "issued", by=request.user)

    return done(request, issue, _("Issued."), number)


@require_POST
@needs("loyalty.give")
def revoke_certificate(request: HttpRequest, number: int, certificate: int) -> HttpResponse:
    def take() -> None:
        because = typed(request, "because")
        actions.revoke_certificate(certificate=certificate, because=because, at=clock.now())
        trail.note(Certificate(pk=certificate), "revoked", by=request.user, because=because)

    return done(request, take, _("Revoked."), number)


def typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:201]


def done(request: HttpRequest, verb: Callable[[], object], sentence: str, number: int = 0) -> HttpResponse:
    try:
        verb()
        messages.success(request, sentence)
    except actions.NoSuchBadge:
        return redirect("console:badges")
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:badges-one", number) if number else redirect("console:badges")
