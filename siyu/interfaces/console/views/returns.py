"""Cost and return: what a buyer cost by the way they came, what they brought since, and who they are."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from siyu.core.people.codes import code
from siyu.core.team import trail
from siyu.features.commerce.models import Order
from siyu.features.traffic import figures, incremental
from siyu.features.traffic import returns as kept
from siyu.features.traffic.ruling import terms
from siyu.interfaces.console import charts, sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole
from siyu.interfaces.console.views import tables
from siyu.interfaces.console.views.cockpit import titles
from siyu.interfaces.console.views.traffic import day_of
from siyu.interfaces.console.words import currency
from siyu.kit import formats, money

BARS = 12
LINES = 5
EXPORTED = 1_000_000


@require_safe
@needs("insight.view")
def returns(request: HttpRequest) -> HttpResponse:
    asked = question(request)
    try:
        found = figures.answer(asked["by"], since=asked["since"], until=asked["until"])
    except kept.NotYet:
        return render(request, "console/traffic/no_returns.html")
    if kind := sheets.asked(request):
        names = [(called(found.by, row), row, gained) for row, gained in incremental.measured(found)]
        return sheets.answer(kind, f"return-by-{found.by}", *tables.returns(found, names))
    context = {
        "query": address(asked),
        **asked, "answer": found, "cuts": CUTS, "until": asked["last"],
        "rows": [{"row": row, "name": called(found.by, row), "url": opens(asked, row.key)} for row in found.rows],
        "charts": charts.page(cac=cac_bars(asked, found), payback=payback(found)), "map_styles": charts.map_styles(),
        "gained": [(called(found.by, row), one) for row, one in incremental.measured(found) if one],
        "basis": found.total.basis, "known": found.total.costed / found.total.net if found.total.net else 0,
        "cheap": told_apart(found),
    }  # fmt: skip
    return render(request, "console/traffic/returns.html", context)


CUTS = ("channel", "platform", "domain", "campaign", "creator", "cohort")


def question(request: HttpRequest) -> dict[str, Any]:
    """By what, and over which days; the form names the last day, the figures the one after."""
    last = day_of(request.GET.get("until", ""))
    until = last + timedelta(days=1) if last and last < date.max else None
    by = choice(request, "by", CUTS) or "channel"
    return {"by": by, "since": day_of(request.GET.get("from", "")), "until": until, "last": last}


def address(asked: dict[str, Any], **more: str) -> str:
    days = {"from": asked["since"], "until": asked["last"]}
    return urlencode({"by": asked["by"], **{name: day for name, day in days.items() if day}, **more})


def opens(asked: dict[str, Any], key: str) -> str:
    return f"{reverse('console:returns-behind')}?{address(asked, key=key)}"


def called(by: str, row: figures.Return) -> str:
    if row.key == "unknown":
        return _("Unknown")
    return row.name or {"campaign": _("No campaign"), "creator": _("No creator")}.get(by, _("All"))


def told_apart(found: figures.Answer) -> tuple[str, str, str, str] | None:
    """The dearest and the cheapest way, for the sentence to begin with."""
    paid = sorted((row for row in found.rows if row.cac), key=lambda row: row.cac or 0)
    if len(paid) < 2:
        return None
    low, high = paid[0], paid[-1]
    return called(found.by, high), formats.money(high.cac), called(found.by, low), formats.money(low.cac)


def cac_bars(asked: dict[str, Any], found: figures.Answer) -> Any:
    paid = [row for row in found.rows if row.cac is not None]
    paid = paid[:BARS] if found.by == "cohort" else sorted(paid, key=lambda row: -(row.cac or 0))[:BARS]
    unit = 10 ** money.exponent(currency())
    return charts.ranks(
        [called(found.by, row) for row in paid], [(row.cac or 0) / unit for row in paid],
        [formats.money(row.cac) for row in paid], [opens(asked, row.key) for row in paid],
    )  # fmt: skip


def payback(found: figures.Answer) -> Any:
    """Contribution less CAC per person by month since the first order: where it crosses nothing, it is paid back."""
    unit = 10 ** money.exponent(currency())
    drawn = [row for row in found.rows if row.curve and row.cac is not None][:LINES]
    drawn = drawn or [row for row in [found.total] if row.curve]
    left = {called(found.by, row): [sum_ - (row.cac or 0) for sum_ in (0, *row.curve)] for row in drawn}
    lines = {name: ([one / unit for one in sums], list(map(formats.money, sums))) for name, sums in left.items()}
    values = [value for some, _ in lines.values() for value in some]
    high, low = max(values, default=0), max((-value for value in values), default=0)
    marks = sorted({*charts.steps(high), *(-step for step in charts.steps(low, 2))}) if low > 0 else charts.steps(high)
    return charts.curves(lines, [(step, formats.short_money(step * unit)) for step in marks], 0)


@require_safe
@needs("people.view")
def behind(request: HttpRequest) -> HttpResponse:
    """The people that a line is made of, and their newest orders."""
    asked, key = question(request), text(request, "key", 200)
    span = {"since": asked["since"], "until": asked["until"]}
    people = figures.people_behind(asked["by"], key, after=whole(request, "after") or 0, limit=figures.ROWS + 1, **span)
    more, people = len(people) > figures.ROWS, people[: figures.ROWS]
    orders = figures.orders_behind(asked["by"], key, limit=30, **span)
    names = titles([one.person for one in people] + [person for _, person, *_ in orders])
    numbers = dict(Order.objects.filter(pk__in=[order for order, *_ in orders]).values_list("pk", "number"))
    context = {
        **asked, "key": key, "name": called(asked["by"], figures.Return(key, figures.named(asked["by"]).get(key, key))),
        "people": [(one, code(one.person), names.get(one.person, code(one.person))) for one in people],
        "orders": [
            (numbers.get(order, ""), code(who), names.get(who, code(who)), at, paid) for order, who, at, paid in orders
        ],
        "here": address(asked, key=key), "back": address(asked), "next": people[-1].person if more else 0,
        "window": terms().window_days,
    }  # fmt: skip
    return render(request, "console/traffic/behind.html", context)


@require_safe
@needs("audiences.export")
def people_csv(request: HttpRequest) -> HttpResponse:
    """All of them as a file; who took it stands in the audit trail."""
    asked, key = question(request), text(request, "key", 200)
    span = {"since": asked["since"], "until": asked["until"]}
    people = figures.people_behind(asked["by"], key, limit=EXPORTED, **span)
    out = StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["person", "first_day", "channel", "campaign", "creator", "orders", "gmv", "net"])
    for one in people:
        amounts = (money.major(amount, currency()) for amount in (one.gmv, one.net))
        said = (plain(text) for text in (one.channel, one.campaign, one.creator))
        sheet.writerow([code(one.person), one.first_day, *said, one.orders, *amounts])
    trail.note(request.user, "exported", by=request.user, people=len(people), key=f"{asked['by']} {key}")  # type: ignore[arg-type]
    headers = {"Content-Disposition": 'attachment; filename="people.csv"'}
    return HttpResponse(out.getvalue(), "text/csv", headers=headers)


def plain(said: str) -> str:
    """What strangers wrote must be no formula to a spreadsheet."""
    return f"'{said}" if said[:1] in "=+-@\t" and said else said
