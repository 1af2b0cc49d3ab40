"""Visitors whose behaviour does not count: the rules, whom they caught, and an operator's word against them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import visitors as asked
from siyu.core.insight.visitors.listing import RULES
from siyu.core.insight.visitors.ruling import BadRule
from siyu.core.people.codes import number_of
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, whole
from siyu.kit import clock


@require_safe
@needs("sources.view")
def visitors(request: HttpRequest) -> HttpResponse:
    rule = choice(request, "rule", RULES)
    page, ruling = asked.excluded(after=whole(request, "after"), rule=rule), asked.in_force()
    context = {
        "page": page,
        "ruling": ruling,
        "words": [(word, page.words.get(word, 0)) for word in ruling.words],
        "rule": rule,
        "rules": RULES,
    }
    return render(request, "console/visitors/visitors.html", context)


@require_POST
@needs("sources.manage")
def change(request: HttpRequest) -> HttpResponse:
    said = request.POST
    pace = said.get("pace", "")
    if not (pace.isascii() and pace.isdigit() and len(pace) < 9):
        raise BadRule("a pace is a whole number")
    words = said.get("words", "").replace(",", "\n").splitlines()
    by = request.user.get_username()
    made = asked.rule(listed="listed" in said, words=words, pace=int(pace), by=by, at=clock.now())
    trail.note(made, "changed", by=request.user)
    messages.success(request, _("The worker applies it to everything that ever came, within minutes."))
    return redirect("console:visitors")


@require_POST
@needs("people.change")
def exclude(request: HttpRequest, code: str) -> HttpResponse:
    number, reason = number_of(code), request.POST.get("reason", "")
    asked.exclude(person=number, reason=reason, by=request.user.get_username(), at=clock.now())
    trail.note(Person(pk=number), "excluded", code=code, reason=reason[:200])
    return redirect("console:people-person", code)


@require_POST
@needs("people.change")
def readmit(request: HttpRequest, code: str) -> HttpResponse:
    number, reason = number_of(code), request.POST.get("reason", "")
    asked.readmit(person=number, reason=reason, by=request.user.get_username(), at=clock.now())
    trail.note(Person(pk=number), "readmitted", code=code, reason=reason[:200])
    return redirect("console:people-person", code)
