"""Screening: which old customers to invite first. A round a month, decided person by person."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import asof, screening
from siyu.core.insight.models import Candidate, Round
from siyu.core.insight.screening.judging import NothingToJudge, default_windows, judge
from siyu.core.people import queries
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice
from siyu.kit import clock, codes, formats

PAGE = 25
STATES = {
    "open": Q(accepted_at=None, rejected_at=None),
    "accepted": Q(accepted_at__isnull=False),
    "rejected": Q(rejected_at__isnull=False),
}


def code_of(number: int) -> str:
    return codes.encode("rnd", number, settings.SECRET_KEY)


def found(code: str) -> Round:
    number = codes.decode("rnd", code, settings.SECRET_KEY)
    one = Round.objects.filter(pk=number).first() if number is not None else None
    if one is None:
        raise Http404
    return one


@require_safe
@needs("screening.view")
def rounds(request: HttpRequest) -> HttpResponse:
    """The newest month's rounds, and what became of them."""
    counted = Round.objects.annotate(
        all=Count("candidates"),
        accepted=Count("candidates", filter=Q(candidates__accepted_at__isnull=False)),
        rejected=Count("candidates", filter=Q(candidates__rejected_at__isnull=False)),
    )
    rows = [
        {
            "round": one,
            "code": code_of(one.pk),
            "accepted": one.accepted,
            "rejected": one.rejected,
            "open": one.all - one.accepted - one.rejected,
            "done": (one.accepted + one.rejected) / one.all if one.all else 0,
        }
        for one in counted[:60]
    ]
    return render(request, "console/screening/rounds.html", {"rows": rows})


@require_POST
@needs("screening.decide")
def run(request: HttpRequest) -> HttpResponse:
    """This month's rounds, where they are missing."""
    screening.monthly(clock.now())
    return redirect("console:screening")


@require_safe
@needs("screening.view")
def one_round(request: HttpRequest, code: str) -> HttpResponse:
    one = found(code)
    state = choice(request, "state", STATES)
    older = screening.previous(one)
    change = screening.compare(one, older)
    wanted = one.candidates.filter(STATES[state]) if state else one.candidates.all()
    page = Paginator(wanted, PAGE).get_page(request.GET.get("page"))
    context = {
        "round": one,
        "code": code,
        "state": state,
        "states": STATES,
        "page": page,
        "rows": [row(candidate, who, change.moved) for candidate, who in with_people(list(page))],
        "older": older,
        "change": change,
        "counts": {name: one.candidates.filter(which).count() for name, which in STATES.items()},
        "weights": [(part, one.weights.get(part.code, 0)) for part in screening.COMPONENTS],
    }
    return render(request, "console/screening/round.html", context)


def with_people(candidates: list[Candidate]) -> list[tuple[Candidate, queries.Row | None]]:
    numbers = [candidate.person for candidate in candidates]
    people = Person.objects.filter(pk__in=numbers).values_list("pk", "since", "name")
    known = {who.number: who for who in queries.listed(list(people))}
    return [(candidate, known.get(candidate.person)) for candidate in candidates]


def row(candidate: Candidate, who: queries.Row | None, moved: dict[int, int]) -> dict[str, Any]:
    """A candidate as the table shows it: the score as a bar of its parts, each with its sentence."""
    text = "text_zh" if formats.chinese() else "text_en"
    parts, at = [], 0.0
    for n, reason in enumerate(candidate.reasons):
        parts.append({"x": at, "width": reason["points"] / 10, "nth": n % 6 + 1, "points": reason["points"]})
        at += reason["points"] / 10
    return {
        "candidate": candidate,
        "who": who,
        "moved": moved.get(candidate.person, 0),
        "parts": parts,
        "reasons": [
            (part["points"], reason.get(text, reason["code"]))
            for part, reason in zip(parts, candidate.reasons, strict=True)
        ],
    }


@require_safe
@needs("screening.view")
def judgement(request: HttpRequest, code: str) -> HttpResponse:
    """Whether such a score would have found the buyers of the last two months; it takes a second, so it comes after."""
    one = found(code)
    try:
        train, test = default_windows(asof.resolve(one.as_of))
        found_out = judge(train_until=train, test_until=test, category=one.category, resamples=300)
    except NothingToJudge:
        return render(request, "console/screening/judgement.html", {})
    highest = max(figures["spend_per_person"][2] for figures in found_out["by"].values()) or 1
    rows = [
        {
            "name": name,
            "spend": figures["spend_per_person"],
            "captured": figures["captured"],
            "x": [1 + 98 * value / highest for value in figures["spend_per_person"]],
        }
        for name, figures in found_out["by"].items()
    ]
    return render(request, "console/screening/judgement.html", {"judged": found_out, "rows": rows})


def decide(request: HttpRequest, code: str, number: int, verb: Any, did: str, **more: Any) -> HttpResponse:
    one = found(code)
    candidate = Candidate.objects.filter(round=one, pk=number).first()
    if candidate is None:
        raise Http404
    candidate = verb(candidate=candidate, by=request.user.get_username(), at=clock.now(), **more)
    trail.note(one, did, rank=candidate.rank)
    [(candidate, who)] = with_people([candidate])
    return render(request, "console/screening/row.html", {"row": row(candidate, who, {}), "code": code})


@require_POST
@needs("screening.decide")
def accept(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return decide(request, code, number, screening.accept, "accepted")


@require_POST
@needs("screening.decide")
def reject(request: HttpRequest, code: str, number: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:300]
    return decide(request, code, number, screening.reject, "rejected", reason=reason)


@require_POST
@needs("screening.decide")
def reopen(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return decide(request, code, number, screening.reopen, "reopened")
