"""The three domains: who moves between them, what is bought twice, and who remains reachable if a platform closes."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import queries as saved
from siyu.core.team import trail
from siyu.features.traffic import flow as moving
from siyu.features.traffic import reach as reaching
from siyu.features.traffic import reckoned, seeds, twice
from siyu.features.traffic.reckoned import OnItsWay
from siyu.interfaces.console import charts, sheets, words
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text
from siyu.interfaces.console.views import attribution as credit
from siyu.interfaces.console.views.audiences import found as audience_of
from siyu.kit import clock, formats

ROWS = 100
COLOURS = {
    "public": "chart-2", "commercial": "chart-3", "private": "chart-1", "quiet": "chart-6",
    "unidentified": "line-field",
}  # fmt: skip


@require_safe
@needs("traffic.view")
def flow(request: HttpRequest) -> HttpResponse:
    try:
        told = credit.kept(request, "flow")
    except OnItsWay:
        return credit.waiting(request, _("Three domains"))
    said = told.said
    if kind := sheets.asked(request):
        head = [_("From"), *(words.word(node) for node in moving.NODES)]
        cells = ([words.word(start), *row.values()] for start, row in said["matrix"].items())
        return sheets.answer(kind, f"flow-{said['from']}-{said['until']}", head, cells)
    filters = credit.filters(said)
    context = {
        "said": said, "filters": filters, "query": urlencode(filters), "map_styles": charts.map_styles(),
        "ends": {node: n for node, n in said["ends"].items() if node != "unidentified"},
        "charts": charts.page(flow=sankey(said, filters)) if said["people"] else None, "told": told, "page": "flow",
    }  # fmt: skip
    return render(request, "console/traffic/flow.html", context)


def sankey(said: dict[str, Any], filters: dict[str, Any]) -> Any:
    """Where they stood on the left, where they stand on the right."""
    left = [node for node in moving.NODES if said["starts"][node]]
    right = [node for node in moving.NODES if said["ends"][node]]
    nodes = [
        (str(words.word(node)), COLOURS[node], behind_url(filters, **{side: node}))
        for side, some in (("start", left), ("end", right)) for node in some
    ]  # fmt: skip
    flows = [
        (n, len(left) + m, people, flow_words(start, end, people), behind_url(filters, start=start, end=end))
        for n, start in enumerate(left) for m, end in enumerate(right) if (people := said["matrix"][start][end])
    ]  # fmt: skip
    return charts.sankey(nodes, flows)


def flow_words(start: str, end: str, people: int) -> str:
    count = ngettext("%(n)s person", "%(n)s people", people) % {"n": formats.number(people)}
    return f"{words.word(start)} → {words.word(end)}<br><b>{count}</b>"


def behind_url(filters: dict[str, Any], **asked: str) -> str:
    return f"{reverse('console:flow-behind')}?{urlencode({**filters, **asked})}"


@require_safe
@needs("traffic.view")
def behind(request: HttpRequest) -> HttpResponse:
    """The people of a cell, or of a figure."""
    asked = {name: choice(request, name, moving.NODES) for name in ("start", "end")}
    measure = choice(request, "measure", moving.MEASURES)
    period, window, kind = credit.period(request), credit.days(request), sheets.asked(request)
    limit = sheets.MOST if kind else ROWS + 1
    try:
        file = reckoned.rows(credit.wish(request.GET, "flow"), at=clock.now())
    except OnItsWay:
        return credit.waiting(request, _("People who moved"))
    rows = credit.with_names(
        moving.behind(period, **asked, measure=measure, window_days=window, limit=limit, kept=file)
    )
    if kind:
        sheets.note_export(request, "flow", len(rows))
        head = [_("Person"), _("Before"), _("After"), _("Last touched")]
        cells = ([one["code"], words.word(one["starts"]), words.word(one["ends"]), one["touched_at"]] for one in rows)
        return sheets.answer(kind, f"people-{period.first}-{period.last}", head, cells)
    filters = {"from": period.first, "until": period.last, "window": window}
    context = {
        "rows": rows[:ROWS], "more": len(rows) > ROWS, "limit": ROWS, "period": period, **asked, "measure": measure,
        "query": urlencode({**filters, **asked, "measure": measure}),
    }  # fmt: skip
    return render(request, "console/traffic/flow_behind.html", context)


@require_safe
@needs("traffic.view")
def bought_twice(request: HttpRequest) -> HttpResponse:
    """Paid touches of people who were private already; and lists that leave them out."""
    try:
        told = credit.kept(request, "twice")
    except OnItsWay:
        return credit.waiting(request, _("Bought twice"))
    said = told.said
    rows = [row | {"label": credit.label(row["code"], row["name"])} for row in said["channels"]]
    if kind := sheets.asked(request):
        head = [_("Channel"), _("Paid touches"), _("of people already private"), _("Spent"), _("Bought twice")]
        cells = (
            [one["label"], one["touches"], one["already_touches"], *(credit.shown(one[what], "gmv") for what in
                ("spend", "twice"))]
            for one in rows
        )  # fmt: skip
        return sheets.answer(kind, f"twice-{said['from']}-{said['until']}", head, cells)
    filters = credit.filters(said)
    context = {
        "said": said, "rows": rows, "filters": filters, "query": urlencode(filters),
        "audiences": saved.saved_audiences(limit=200)["audiences"], "formats": seeds.FORMATS,
        "told": told, "page": "twice",
    }  # fmt: skip
    return render(request, "console/traffic/twice.html", context)


@require_safe
@needs("traffic.view")
def twice_behind(request: HttpRequest) -> HttpResponse:
    period, window, channel = credit.period(request), credit.days(request), text(request, "channel", 50)
    kind, called = sheets.asked(request), credit.names()
    limit = sheets.MOST if kind else ROWS + 1
    try:
        file = reckoned.rows(credit.wish(request.GET, "twice"), at=clock.now())
    except OnItsWay:
        return credit.waiting(request, _("Bought twice"))
    rows = credit.with_names(twice.behind(period, channel=channel, window_days=window, limit=limit, kept=file))
    if kind:
        sheets.note_export(request, "twice", len(rows))
        head = [_("When"), _("Person"), _("Channel"), _("Private since")]
        cells = ([one["happened_at"], one["code"], one["channel"], one["private_at"]] for one in rows)
        return sheets.answer(kind, f"twice-{period.first}-{period.last}", head, cells)
    context = {
        "rows": [row | {"label": credit.label(row["channel"], called.get(row["channel"], ""))} for row in rows[:ROWS]],
        "more": len(rows) > ROWS, "limit": ROWS, "period": period, "window": window,
        "query": urlencode({"from": period.first, "until": period.last, "window": window, "channel": channel}),
    }  # fmt: skip
    return render(request, "console/traffic/twice_behind.html", context)


@require_POST
@needs("audiences.export")
def seed(request: HttpRequest) -> HttpResponseBase:
    """The hashed list, streamed; who took it stands in the audit trail."""
    code, use = request.POST.get("audience", ""), request.POST.get("use", "")
    audience, format = audience_of(code), seeds.of(request.POST.get("format", ""))
    if use not in ("seed", "exclusion"):
        raise Http404
    trail.note(audience, "exported", by=request.user, format=request.POST["format"], use=use)
    name = f"{use}-{code}-{clock.now():%Y%m%d}.csv"
    lines = seeds.csv_lines(audience.definition, format)
    return StreamingHttpResponse(
        lines, content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_safe
@needs("traffic.view")
def reach(request: HttpRequest) -> HttpResponse:
    """Who remains, and by what, if a platform closes."""
    try:
        told = credit.kept(request, "reach")
    except OnItsWay:
        return credit.waiting(request, _("Reach"))
    said = told.said
    if kind := sheets.asked(request):
        head = [_("If it closes"), _("Remain"), _("Lost"), *(words.word(way) for way in reaching.WAYS)]
        cells = (
            [words.word(one["platform"]), one["remain"], one["lost"], *one["ways"].values()]
            for one in said["platforms"]
        )
        return sheets.answer(kind, "reach", head, cells)
    reachable = said["reachable"] or 1
    platforms = [one | {"share": one["remain"] / reachable} for one in said["platforms"]]
    worst = max(said["platforms"], key=lambda one: one["lost"])
    context = {"said": said, "platforms": platforms, "worst": worst, "ways": reaching.WAYS, "query": ""}
    context |= {"told": told, "page": "reach"}
    return render(request, "console/traffic/reach.html", context)


@require_safe
@needs("traffic.view")
def reach_behind(request: HttpRequest, platform: str) -> HttpResponse:
    kind = sheets.asked(request)
    try:
        file = reckoned.rows(reckoned.asked("reach"), at=clock.now())
    except OnItsWay:
        return credit.waiting(request, _("Reach"))
    rows = credit.with_names(reaching.behind(platform, limit=sheets.MOST if kind else ROWS + 1, kept=file))
    if kind:
        sheets.note_export(request, "reach", len(rows))
        head = [_("Person"), _("Reached now by"), _("Could be asked for")]
        cells = ([one["code"], *(", ".join(map(words.word, one[what])) for what in ("may", "could"))] for one in rows)
        return sheets.answer(kind, f"lost-{platform}", head, cells)
    context = {"rows": rows[:ROWS], "more": len(rows) > ROWS, "limit": ROWS, "platform": platform}
    return render(request, "console/traffic/reach_behind.html", context)
