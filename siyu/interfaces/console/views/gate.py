"""The gate's rules, what went through it, and where it goes."""

from datetime import time
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight.trials import queries as trials
from siyu.core.outreach import dispatches, posting, queries, rules, suppressing
from siyu.core.outreach.arms import arms_of
from siyu.core.outreach.models import REASONS, STATES, Dispatch
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import choice, clean, whole
from siyu.interfaces.console.views import arms
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@needs("outreach.view")
def gate(request: HttpRequest) -> HttpResponse:
    return render(request, "console/gate/rules.html", {"rules": queries.rules(), "namespaces": suppressing.BY})


@require_POST
@needs("outreach.rules")
def cap(request: HttpRequest) -> HttpResponse:
    said = request.POST
    channel, period = clean(said.get("channel", ""), 30), clean(said.get("period", ""), 10)
    verb = lambda: rules.cap(channel=channel, period=period, most=count(said.get("most", "")))  # noqa: E731
    return carried_out(request, verb, _("The cap holds from now on."), "console:gate")


def count(said: str) -> int | None:
    if not said.strip():
        return None
    if not said.strip().isascii() or not said.strip().isdigit():
        raise rules.BadRule("a cap is a number, or nothing")
    return int(said.strip()[:9])


@require_POST
@needs("outreach.rules")
def quiet(request: HttpRequest) -> HttpResponse:
    begins, ends = (request.POST.get(name, "") for name in ("begins", "ends"))
    verb = lambda: rules.be_quiet(begins=hour(begins), ends=hour(ends))  # noqa: E731
    return carried_out(request, verb, _("Quiet hours hold from now on."), "console:gate")


def hour(said: str) -> time | None:
    try:
        return time.fromisoformat(said).replace(second=0, microsecond=0, tzinfo=None) if said else None
    except ValueError:
        raise rules.BadRule("quiet hours are times of the day") from None


@require_POST
@needs("outreach.rules")
def suppress(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()
    what = {"namespace": clean(said.get("namespace", ""), 20), "value": clean(said.get("value", ""), 200)}
    verb = partial(suppressing.suppress, **what, reason="operator", by=by, at=clock.now())
    return carried_out(request, verb, _("Nothing is sent there any more."), "console:gate")


@require_POST
@needs("outreach.rules")
def free(request: HttpRequest, number: int) -> HttpResponse:
    verb = partial(suppressing.free, number=number, by=request.user.get_username(), at=clock.now())
    return carried_out(request, verb, _("Messages may go there again."), "console:gate")


@require_safe
@needs("outreach.view")
def messages(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.dispatches(), "places": queries.places(), "doubtful": queries.doubtful()}
    return render(request, "console/gate/messages.html", context)


@require_safe
@needs("outreach.view")
def dispatch(request: HttpRequest, number: int) -> HttpResponse:
    """Its figures, and the people or messages behind the one that was chosen."""
    reason, state = choice(request, "reason", REASONS), choice(request, "state", STATES)
    people, older = queries.people_of(number, reason, whole(request, "after") or 0) if reason else ([], None)
    rows = queries.in_state(number, state) if state else []
    one = queries.dispatch(number)
    context = {"one": one, "reason": reason, "state": state, "people": people, "older": older, "rows": rows}
    shown = {"arms": arms.table(arms_of(one.dispatch), behind), "trial": trial_of(one.dispatch)}
    return render(request, "console/gate/dispatch.html", context | shown)


def behind(what: str, arm: int) -> str:
    """Of a dispatch alone the page opens reasons and states to people, of all arms together."""
    return f"?reason={what}" if what in REASONS else f"?state={what}" if what in STATES and what != "sent" else ""


def trial_of(dispatch: Dispatch) -> str:
    return trials.code(dispatch.trial_id) if dispatch.trial_id else ""


@require_POST
@needs("outreach.rules")
def turn(request: HttpRequest, number: int) -> HttpResponse:
    """Pause, resume or stop."""
    verbs = {"pause": dispatches.pause, "resume": dispatches.resume, "stop": dispatches.stop}
    verb = verbs.get(request.POST.get("what", ""))

    def carry() -> None:
        if verb is None:
            raise Refused("pause, resume or stop")
        verb(dispatch=number, by=request.user.get_username(), at=clock.now())

    return carried_out(request, carry, _("Done."), "console:messages-dispatch", number)


@require_POST
@needs("outreach.rules")
def again(request: HttpRequest, number: int) -> HttpResponse:
    verb = partial(posting.send_again, message=number, by=request.user.get_username(), at=clock.now())
    return carried_out(request, verb, _("It is sent again."), "console:messages")
