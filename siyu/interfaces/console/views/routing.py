"""What works where: a tester and the table behind it; and the domains that links stand on."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.links import domains
from siyu.core.links.routing import agents, policy
from siyu.core.links.routing.agents import Place
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import choice, clean, text
from siyu.kit import clock

HEEDED = timedelta(days=1)


@require_safe
@needs("links.view")
def tester(request: HttpRequest) -> HttpResponse:
    """What would happen to somebody in this app who opens that address; an app is chosen, or read of a user agent."""
    agent, target = text(request, "agent", 1_000), text(request, "target", 2_000) or "https://item.taobao.com/"
    app, system = choice(request, "app", agents.apps()) or "wechat", choice(request, "os", agents.systems()) or "ios"
    where = agents.place(agent) if agent else Place(app, system)
    kind = kind_of(target)
    context = {
        "agent": agent, "target": target, "where": where, "kind": kind, "line": spoken(policy.line(where, kind)),
        "wallet": spoken(policy.wallet(where)), "apps": agents.apps(), "systems": agents.systems(),
        "lines": list(map(spoken, policy.lines())), "wallets": list(map(spoken, policy.wallets())),
        "kinds": policy.kinds(), "told": agents.data(),
    }  # fmt: skip
    return render(request, "console/links/routing.html", context)


def spoken[L: (policy.Line, policy.Wallet)](line: L) -> L:
    """With its note in the reader's language."""
    return line._replace(note=line.zh) if (get_language() or "").startswith("zh") else line


def kind_of(target: str) -> str:
    try:
        return policy.kind_of(target)
    except ValueError:
        return policy.WEB


@require_safe
@needs("links.view")
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "console/links/domains.html", {"rows": domains.standing(), "house": domains.house()})


@require_POST
@needs("links.change")
def add(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()
    host, note = clean(said.get("host", ""), 255), clean(said.get("note", ""), 200)
    return done(request, lambda: domains.add(host=host, note=note, by=by, at=clock.now()), _("Links answer there."))


@require_POST
@needs("links.change")
def prefer(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: domains.prefer(domain=number, at=clock.now()), _("Links are shown with it now."))


@require_POST
@needs("links.change")
def retire(request: HttpRequest, number: int) -> HttpResponse:
    return done(request, lambda: domains.retire(domain=number, at=clock.now()), _("It is shown no more."))


@require_POST
@needs("links.change")
def heed(request: HttpRequest, number: int) -> HttpResponse:
    return done(
        request, lambda: domains.heed(domain=number, until=clock.now() + HEEDED), _("The alarm is silent for a day.")
    )


def done(request: HttpRequest, verb: Any, sentence: str) -> HttpResponse:
    return carried_out(request, verb, sentence, "console:domains")
