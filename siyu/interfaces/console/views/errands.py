"""Messages by hand, made for a phone: take some, copy the text into a chat, tick it with what proves it."""

from functools import partial

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from siyu.core.outreach.by_hand import proofs, queries, verbs
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean
from siyu.interfaces.console.views.cockpit import people_of
from siyu.kit import clock


@never_cache
@require_safe
@needs("outreach.hand")
def desk(request: HttpRequest) -> HttpResponse:
    assert request.user.pk
    found = queries.desk(request.user.pk)
    people = people_of([one.person for one in (*found.mine, *found.ended) if one.person])  # type: ignore[attr-defined]
    context = {
        "waiting": found.waiting,
        "counts": found.counts,
        "mine": [(one, people.get(one.person)) for one in found.mine],  # type: ignore[attr-defined]
        "ended": [(one, people.get(one.person)) for one in found.ended],  # type: ignore[attr-defined]
        "at_once": verbs.AT_ONCE,
    }
    return render(request, "console/errands/desk.html", context)


@require_POST
@needs("outreach.hand")
def take(request: HttpRequest) -> HttpResponse:
    assert request.user.pk
    who = request.user.pk
    return carried_out(
        request,
        lambda: verbs.take(operator=who, at=clock.now()),
        _("These are in your hands now."),
        "console:errands",
    )


@require_POST
@needs("outreach.hand")
def give_back(request: HttpRequest) -> HttpResponse:
    assert request.user.pk
    who = request.user.pk
    return carried_out(
        request, lambda: verbs.give_back(operator=who, at=clock.now()), _("They are on the desk again."),
        "console:errands",
    )  # fmt: skip


@require_POST
@needs("outreach.hand")
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Said, with what proves it; or left, with why."""
    assert request.user.pk
    who, at, words = request.user.pk, clock.now(), clean(request.POST.get("proof", ""), 500)
    if request.POST.get("do") == "leave":
        left = partial(verbs.leave, errand=number, operator=who, at=at, reason=words)
        return carried_out(request, left, _("Left."), "console:errands")
    file = request.FILES.get("picture")
    done = partial(verbs.done, errand=number, operator=who, at=at, proof=words, picture=file.read() if file else b"")
    return carried_out(request, done, _("Ticked."), "console:errands")


@never_cache
@require_safe
@needs("outreach.hand")
def proof(request: HttpRequest, number: int) -> HttpResponseBase:
    name = queries.one(number).proof_picture
    if not name or not proofs.path(name).exists():
        raise Http404
    return FileResponse(proofs.path(name).open("rb"), content_type="image/jpeg")
