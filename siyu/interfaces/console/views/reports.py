"""Scheduled reports: who gets them, what went out, and the page that whoever has its address may read."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from siyu.core.outreach import channels
from siyu.core.team import trail
from siyu.features.traffic.reports import queries, subscribing, telling
from siyu.features.traffic.reports.models import RHYTHMS, Report
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs, open_to_anybody
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, text
from siyu.interfaces.console.views.cockpit import audience, gone_quiet, to_decide
from siyu.kit import clock
from siyu.kit.refusals import Refused

UNREAD = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "private, no-store"}
"""The address is the key: it goes to no other house, and into no index."""


@require_safe
@needs("reports.view")
def listed(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    context = {
        "subscriptions": queries.subscriptions(),
        "editions": [(one, queries.state(one, at)) for one in queries.editions()],
        "rhythms": RHYTHMS, "languages": settings.LANGUAGES, "hours": range(24),
        "carried": channels.serving().get("email") == "email",
    }  # fmt: skip
    return render(request, "console/reports/reports.html", context)


@require_POST
@needs("reports.manage")
def subscribe(request: HttpRequest) -> HttpResponse:
    said, hour = request.POST, request.POST.get("hour", "")
    addresses = clean(said.get("addresses", ""), 20_000).replace(",", " ").replace(";", " ").split()

    def verb() -> None:
        subscribing.subscribe(
            addresses=addresses, rhythm=said.get("rhythm", ""), language=said.get("language", ""),
            hour=int(hour) if hour.isascii() and hour.isdigit() and len(hour) < 3 else -1,
            by=request.user.get_username(), at=clock.now(),
        )  # fmt: skip

    return carried_out(request, verb, _("Subscribed."), "console:reports")


@require_POST
@needs("reports.manage")
def end(request: HttpRequest, number: int) -> HttpResponse:
    def verb() -> None:
        subscribing.end(subscription=number, at=clock.now())

    return carried_out(request, verb, _("Nothing more is sent there."), "console:reports")


@require_POST
@needs("reports.manage")
def send_now(request: HttpRequest, number: int) -> HttpResponse:
    """The worker sends it within a minute."""

    def verb() -> None:
        made = subscribing.send_now(subscription=number, at=clock.now())
        trail.note(made.subscription, "sent_now", by=request.user, first=made.report.first.isoformat())

    return carried_out(request, verb, _("It goes out within a minute."), "console:reports")


@require_POST
@needs("reports.manage")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    def verb() -> None:
        made = subscribing.revoke(edition=number, at=clock.now())
        trail.note(made.subscription, "revoked", by=request.user, first=made.report.first.isoformat())

    return carried_out(request, verb, _("Nobody can read it by that address any more."), "console:reports")


@require_safe
@needs("reports.view")
def preview(request: HttpRequest, rhythm: str) -> HttpResponse:
    """What would go out now, in the reader's language."""
    if rhythm not in RHYTHMS:
        raise Http404
    return shown(request, subscribing.preview(rhythm, at=clock.now()), {"preview": True})


@require_safe
@open_to_anybody
def read(request: HttpRequest, code: str) -> HttpResponse:
    """In the language of its subscription; gone is gone, and says no more than an address that never was."""
    try:
        one = queries.by_code(code, at=clock.now())
    except Refused:
        raise Http404 from None
    with translation.override(one.subscription.language):
        answer = shown(request, one.report, {"code": one.code, "until": one.expires_at})
    for name, value in UNREAD.items():
        answer[name] = value
    return answer


@csrf_exempt
@require_POST
@open_to_anybody
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever gets the report ends it; programs of mail may post here, too."""
    try:
        one = queries.by_code(code, at=clock.now())
        if not one.subscription.ended_at:
            subscribing.end(subscription=one.subscription.pk, at=clock.now())
    except Refused:
        raise Http404 from None
    with translation.override(one.subscription.language):
        return render(request, "console/reports/left.html", {"code": one.code})


def shown(request: HttpRequest, report: Report, more: dict[str, Any]) -> HttpResponse:
    said = telling.told(report)
    if kind := sheets.asked(request):
        return as_file(kind, report, said, text(request, "table", 20))
    actions = [one | {"url": opens(one["code"], report.figures)} for one in said.next]
    tables = [one for one in said.tables if one.code != "next"]
    context = {"report": report, "said": said, "tables": tables, "actions": actions, **more}
    return render(request, "console/reports/report.html", context)


def as_file(kind: str, report: Report, said: telling.Told, table: str) -> HttpResponse:
    """One table, or all of them in one workbook; of CSV the first, where none is named."""
    found = [one for one in said.tables if table in ("", one.code)]
    if not found:
        raise Http404
    name = f"report-{report.rhythm}-{report.first}"
    if kind == "xlsx":
        return sheets.book(name, [(one.code, one.head, plain(one)) for one in found])
    return sheets.answer(kind, f"{name}-{found[0].code}", found[0].head, plain(found[0]))


def plain(table: telling.Table) -> list[list[Any]]:
    return [[cell.plain for cell in row] for row in table.rows]


def opens(action: str, figures: dict[str, Any]) -> str:
    """The audience of an action, prepared, for whoever may see it."""
    return {
        "at_risk": audience(("stage", "=", "at_risk")),
        "new": audience(("stage", "=", "new")),
        "quiet": gone_quiet(figures["best_fifth"]) or reverse("console:people") + "?among=quiet&sort=spend",
        "undecided": to_decide(figures.get("round")),
    }[action]
