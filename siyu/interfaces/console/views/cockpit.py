"""The cockpit: the portrait of the customer base on one page."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from siyu.core.insight import lifecycle, portraits, report, screening
from siyu.core.links import domains
from siyu.core.people import queries
from siyu.core.people.models import Person
from siyu.features.commerce import margin
from siyu.interfaces.console import charts, sheets, words
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.views import glance
from siyu.interfaces.console.views import screening as rounds
from siyu.interfaces.console.views.tables import amount
from siyu.kit import clock, formats, money


@require_safe
@needs("insight.view")
def cockpit(request: HttpRequest) -> HttpResponse:
    try:
        figures = report.kept()
    except portraits.NotYet:
        return render(request, "console/cockpit/empty.html")
    if not figures["orders"]:
        return render(request, "console/cockpit/empty.html")
    if kind := sheets.asked(request):
        return as_file(kind, figures)
    came = glance.loop()
    context = {
        "finding": report.finding(figures),
        "report": figures,
        "past": clock.now() - figures["as_of"] > timedelta(days=2),
        "sums": glance.sums(),
        "alarms": [one for one in domains.standing() if one.quiet_at],
        "stats": stats(figures),
        "todo": todo(figures),
        "stages": stages(figures),
        "rule": lifecycle.sentence(figures.get("lifecycle_gap", lifecycle.RULE.unknown_gap)),
        "segments": segments(figures),
        "cohorts": cohorts(figures["cohorts"][-8:], running(figures["as_of"])),
        "ltv": worth(figures["ltv"]),
        "margin": margin.kept(),
        "candidates": first_to_call(figures["candidates"][:5]),
        "changed": glance.changed(figures.get("changes")),
        "loop": came,
        "charts": charts.page(
            gmv=gmv(figures["months"], running(figures["as_of"])), **({"loop": came["chart"]} if came else {})
        ),
        "map_styles": charts.map_styles(),
    }
    return render(request, "console/cockpit/cockpit.html", context)


def as_file(kind: str, figures: dict[str, Any]) -> HttpResponse:
    """Its months, stages, segments and cohorts as a workbook; as CSV the months."""
    tables = [
        (_("Months"), [_("Month"), _("GMV"), _("Orders"), _("Buyers"), _("First-time buyers")],
            [[m["month"], amount(m["gmv"]), m["orders"], m["buyers"], m["new"]] for m in figures["months"]]),
        (_("Stage"), [_("Stage"), _("People")], [[words.word(name), n] for name, n in figures["lifecycle"].items()]),
        (_("Segment"), [_("Segment"), _("People")], [[words.segment(name), n] for name, n in figures["rfm"].items()]),
        (_("Who comes back"), [_("Month"), _("People"), _("Ordered again, by month since")],
            [[one["month"], one["size"], *one["retained"][1:]] for one in figures["cohorts"]]),
    ]  # fmt: skip
    if kind == "xlsx":
        return sheets.book("cockpit", tables)
    return sheets.answer(kind, "cockpit-months", *tables[0][1:])


def first_to_call(candidates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = people_of([one["person"] for one in candidates])
    return [one | {"who": known[one["person"]]} for one in candidates if one["person"] in known]


def people_of(numbers: list[int]) -> dict[int, queries.Row]:
    rows = Person.objects.filter(pk__in=numbers).values_list("pk", "since", "name")
    return {who.number: who for who in queries.listed(list(rows))}


def titles(numbers: list[int]) -> dict[int, str]:
    return {number: words.title(who) for number, who in people_of(numbers).items()}


def behind_url(metric: str, **filters: str) -> str:
    asked = f"?{urlencode(filters)}" if filters else ""
    return reverse("console:cockpit-behind", args=[metric]) + asked


def running(as_of: datetime) -> bool:
    """Whether the last month of the report is not whole yet."""
    local = formats.local(as_of)
    return (local.day, local.time()) != (1, time.min)


def stats(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Five figures in one card. Whole months only in the small lines."""
    months = figures["months"][:-1] if running(figures["as_of"]) else figures["months"]
    ltv = figures["ltv"]
    line = [
        {
            "name": _("GMV"),
            "figure": formats.short_money(figures["gmv"]),
            "line": [month["gmv"] for month in months],
            "note": _("%(orders)s orders") % {"orders": formats.number(figures["orders"])},
            "url": behind_url("gmv"),
            "kind": "private",
        },
        {
            "name": _("Buyers"),
            "figure": formats.number(figures["buyers"]),
            "line": [month["buyers"] for month in months],
            "note": _("of %(people)s people known") % {"people": formats.number(figures["people"])},
            "url": behind_url("buyers"),
        },
        {
            "name": _("Average order"),
            "figure": formats.short_money(figures["aov"]),
            "line": [month["gmv"] / month["orders"] if month["orders"] else None for month in months],
            "note": _("after discounts, before refunds"),
            "url": behind_url("aov"),
        },
        {
            "name": _("ARPU"),
            "figure": formats.short_money(figures["arpu"]),
            "line": [month["gmv"] / month["buyers"] if month["buyers"] else None for month in months],
            "note": _("net of refunds, per buyer"),
            "url": behind_url("arpu"),
        },
        {
            "name": _("Bought again"),
            "figure": formats.percent(figures["repurchase_rate"]),
            "line": [1 - month["new"] / month["buyers"] if month["buyers"] else None for month in months],
            "note": _("buyers with two orders or more"),
            "url": behind_url("repurchase_rate"),
        },
    ]
    if ltv and (total := ltv["total"]):
        interval = {"low": formats.short_money(total["low"]), "high": formats.short_money(total["high"])}
        line[2] = {
            "name": _("Expected, %(days)s days") % {"days": ltv["horizon_days"]},
            "figure": formats.short_money(total["expected"]),
            "line": [],
            "note": _("95%%: %(low)s to %(high)s") % interval,
            "url": reverse("console:people") + "?sort=lifetime",
        }
    return line


def todo(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """What to do next, by the money at stake; what is empty is not there."""
    risk, best = figures["at_risk"], figures["best_fifth"]
    people = reverse("console:people")
    items = [
        {
            "stake": risk["ltv"] or risk["gmv_365d"],
            "count": risk["people"],
            "icon": "clock",
            "title": ngettext("Win back %(n)s person at risk", "Win back %(n)s people at risk", risk["people"]),
            "text": _("They brought %(money)s within a year.") % {"money": formats.short_money(risk["gmv_365d"])},
            "url": people + "?stage=at_risk&sort=spend",
            "audience": audience(("stage", "=", "at_risk")),
            "verb": _("See who"),
        },
        {
            "stake": best["quiet_gmv"],
            "count": best["quiet"],
            "icon": "people",
            "title": ngettext("Call %(n)s of the best fifth", "Call %(n)s of the best fifth", best["quiet"]),
            "text": _("Gone quiet after spending %(money)s.") % {"money": formats.short_money(best["quiet_gmv"])},
            "url": people + "?among=quiet&sort=spend",
            "audience": gone_quiet(best),
            "verb": _("See who"),
        },
        undecided(),
        {
            "stake": 0,
            "count": figures["lifecycle"]["new"],
            "icon": "star",
            "title": ngettext("Welcome %(n)s new buyer", "Welcome %(n)s new buyers", figures["lifecycle"]["new"]),
            "text": _("First order within 30 days: the second one decides."),
            "url": people + "?stage=new&sort=recent",
            "audience": audience(("stage", "=", "new")),
            "verb": _("See who"),
        },
    ]
    found = sorted((one for one in items if one["count"]), key=lambda one: -(one["stake"] or 0))
    return [one | {"title": one["title"] % {"n": formats.number(one["count"])}} for one in found]


def gone_quiet(best: dict[str, Any]) -> str:
    """Of the best fifth, who spent as much as the least of them and went quiet; of reports of before nobody can say."""
    least = best.get("least")
    return audience(("gmv", ">=", least), ("stage", "in", ["at_risk", "lapsed"])) if least else ""


def audience(*traits: tuple[str, str, Any]) -> str:
    """The builder with these conditions in it."""
    nodes = [{"trait": {"name": name, "op": op, "value": value}} for name, op, value in traits]
    asked = json.dumps({"version": 1, "where": {"all": nodes}})
    return f"{reverse('console:audiences-new')}?{urlencode({'definition': asked})}"


def undecided() -> dict[str, Any]:
    newest, count = screening.awaiting()
    return {
        "stake": 1,
        "count": count,
        "icon": "screening",
        "title": ngettext("Decide on %(n)s candidate", "Decide on %(n)s candidates", count),
        "text": _("Seed users to invite first, each with reasons."),
        "url": to_decide(newest.pk if newest else None),
        "verb": _("Decide"),
    }


def to_decide(number: int | None) -> str:
    """The candidates of a round that wait; of reports of before nobody knows which."""
    if number is None:
        return reverse("console:screening")
    return reverse("console:screening-round", args=[rounds.code_of(number)]) + "?state=open"


def stages(figures: dict[str, Any]) -> list[dict[str, Any]]:
    highest = max(figures["lifecycle"].values(), default=0) or 1
    moved = dict.fromkeys(figures["lifecycle"], 0)
    for move in figures["transitions"]:
        if move["from"] != move["to"]:
            moved[move["to"]] += move["people"]
            if move["from"]:
                moved[move["from"]] -= move["people"]
    return [
        {
            "code": stage,
            "people": people,
            "share": people / highest,
            "moved": moved[stage],
            "url": f"{reverse('console:people')}?stage={stage}&sort=spend",
        }
        for stage, people in figures["lifecycle"].items()
        if people
    ]


def segments(figures: dict[str, Any]) -> list[dict[str, Any]]:
    buyers = figures["buyers"] or 1
    return [
        {
            "code": segment,
            "people": people,
            "share": people / buyers,
            "heat": min(5, round(12 * people / buyers)),
            "url": f"{reverse('console:people')}?segment={segment}&sort=spend",
        }
        for segment, people in figures["rfm"].items()
    ]


def cohorts(found: list[dict[str, Any]], running: bool) -> dict[str, Any]:
    """Percent of each month's newcomers who ordered again, by months since; what is of the running month says so."""
    width = max((len(one["retained"]) for one in found), default=1) - 1
    rows = []
    for one in found:
        shares = [people / one["size"] if one["size"] else 0 for people in one["retained"][1:]]
        cells = [{"share": share, "heat": min(5, int(share * 6)), "running": False} for share in shares]
        if running and cells:
            cells[-1]["running"] = True
        rows.append(
            {
                "label": month_label(one["month"]),
                "size": one["size"],
                "cells": cells + [None] * (width - len(cells)),
                "running": running and not cells,
                "url": behind_url("buyers", cohort=one["month"]),
            }
        )
    return {"months": range(1, width + 1), "rows": rows, "running": running and bool(rows)}


def month_label(month: str) -> str:
    return formats.month(datetime.strptime(month + "-15", "%Y-%m-%d").replace(tzinfo=UTC))


def worth(ltv: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is expected, and how well the same model foresaw a period that was held back."""
    if not ltv or not ltv["total"]:
        return None
    said: dict[str, Any] = {"total": ltv["total"], "days": ltv["horizon_days"], "customers": ltv["customers"]}
    said["each"] = ltv["total"]["expected"] / max(1, ltv["customers"])
    calibration = ltv.get("calibration") or {}
    for what in ("orders", "spend", "amount"):
        if what in calibration:
            said[what] = calibration[what]
    said["calibration"] = calibration
    return said


def gmv(months: list[dict[str, Any]], running: bool) -> Any:
    currency_unit = 10 ** money.exponent(words.currency())
    values = [month["gmv"] / currency_unit for month in months]
    ticks = [(step, formats.short_money(step * currency_unit)) for step in charts.steps(max(values, default=0))]
    return charts.bars(
        [month_label(month["month"]) for month in months],
        values,
        months=month_ticks([month["month"] for month in months]),
        words=[formats.money(month["gmv"]) for month in months],
        ticks=ticks,
        links=[behind_url("gmv", month=month["month"]) for month in months],
        running=_("so far") if running else "",
    )


def month_ticks(months: list[str], most: int = 12) -> list[str]:
    """Short, so that they stand upright on a phone: the year below the first month and every January."""
    step = -(-len(months) // most)
    said = []
    for n, (year, _sign, month) in enumerate(one.partition("-") for one in months):
        name = formats.short_month(int(month))
        said.append("" if n % step else f"{name}<br>{year}" if n == 0 or int(month) <= step else name)
    return said
