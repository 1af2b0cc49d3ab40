"""Why somebody is one person; joining, splitting, taking back; what a guard left open."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from siyu.core.people import queries
from siyu.core.people.codes import number_of
from siyu.core.people.graph import deciding
from siyu.core.people.graph import queries as graph
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import text
from siyu.kit import clock

DOUBTS = 20


@require_safe
@needs("people.merge")
def review(request: HttpRequest) -> HttpResponse:
    """What evidence would join and a guard does not, newest first."""
    context = {"doubts": graph.contested(DOUBTS), "total": graph.contested_count(), "most": graph.LOOKED_AT}
    return render(request, "console/people/review.html", context)


@require_POST
@needs("people.merge")
def apart(request: HttpRequest, number: int) -> HttpResponse:
    deciding.leave_apart(edge=number, at=clock.now())
    return redirect("console:people-review")


@require_POST
@needs("people.merge")
def all_apart(request: HttpRequest, number: int) -> HttpResponse:
    deciding.leave_all_apart(identity=number, at=clock.now())
    return redirect("console:people-review")


@require_safe
@needs("people.view")
def why(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "console/people/why.html", {"who": graph.why(number_of(code))})


@require_safe
@needs("people.merge")
def join(request: HttpRequest, code: str) -> HttpResponse:
    """What joining would move."""
    person, other = number_of(code), somebody(text(request, "with"))
    plan = graph.foresee(deciding.join, person=person, other=other, **signed(request))
    kept = {"with": queries.person(other).code}
    return planned(request, code, plan, "join", [("with", kept["with"])])


@require_POST
@needs("people.merge")
def joined(request: HttpRequest, code: str) -> HttpResponse:
    other = number_of(request.POST.get("with", ""))
    decision = deciding.join(person=number_of(code), other=other, **signed(request))
    noted(decision, "joined")
    return redirect("console:people-why", code)


@require_safe
@needs("people.merge")
def split(request: HttpRequest, code: str) -> HttpResponse:
    """What splitting would move."""
    leaving = numbers(request.GET.getlist("leaving"))
    plan = graph.foresee(deciding.split, person=number_of(code), leaving=leaving, **signed(request))
    return planned(request, code, plan, "split", [("leaving", one) for one in leaving])


@require_POST
@needs("people.merge")
def parted(request: HttpRequest, code: str) -> HttpResponse:
    leaving = numbers(request.POST.getlist("leaving"))
    noted(deciding.split(person=number_of(code), leaving=leaving, **signed(request)), "split")
    return redirect("console:people-why", code)


@require_POST
@needs("people.merge")
def undo(request: HttpRequest, code: str, number: int) -> HttpResponse:
    noted(deciding.undo(decision=graph.decision_numbered(number), **signed(request)), "undone")
    return redirect("console:people-why", code)


@require_POST
@needs("people.merge")
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    edge = deciding.withdraw(edge=number, **signed(request))
    trail.note(Person(pk=number_of(code)), "withdrew", evidence=edge.pk)
    return redirect("console:people-why", code)


@require_POST
@needs("people.merge")
def restore(request: HttpRequest, code: str, number: int) -> HttpResponse:
    edge = deciding.restore(edge=number, **signed(request))
    trail.note(Person(pk=number_of(code)), "restored", evidence=edge.pk)
    return redirect("console:people-why", code)


def planned(request: HttpRequest, code: str, plan: graph.Plan, what: str, said: list[tuple[str, Any]]) -> HttpResponse:
    return render(request, "console/people/plan.html", {"code": code, "plan": plan, "what": what, "said": said})


def somebody(said: str) -> int:
    """By a code, or by a value that one person is known by."""
    found = queries.find(said)
    return found[0] if len(found) == 1 else number_of(said)


def numbers(said: list[str]) -> list[int]:
    return [int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 19]


def signed(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user.get_username(), "at": clock.now()}


def noted(decision: Any, did: str) -> None:
    trail.note(decision, did, person=decision.person, other=decision.other)
