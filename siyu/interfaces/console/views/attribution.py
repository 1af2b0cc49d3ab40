"""Attribution: the seven models side by side, the orders behind them, and where the evidence will stand."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.people.codes import code
from siyu.features.commerce.models import Order
from siyu.features.traffic import incremental, reckoned, ruling
from siyu.features.traffic.attribution import lakeside
from siyu.features.traffic.attribution.models import MODELS
from siyu.features.traffic.attribution.touches import NO_TOUCH
from siyu.features.traffic.models import Channel
from siyu.features.traffic.reckoned import OnItsWay
from siyu.features.traffic.tree import UNKNOWN
from siyu.interfaces.console import charts, sheets, words
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole
from siyu.interfaces.console.views import glance
from siyu.interfaces.console.views.cockpit import titles
from siyu.kit import clock, money

ROWS = 100
CHARTED = 10


@require_safe
@needs("traffic.view")
def attribution(request: HttpRequest) -> HttpResponse:
    try:
        told = kept(request, "attribution")
    except OnItsWay:
        return waiting(request, _("Attribution"))
    said = told.said
    what = choice(request, "of", ("gmv",)) or "conversions"
    gained = incremental.by("channel")
    rows = [
        row | {
            "label": label(row["code"], row["name"]), "credits": row[what],
            "gained": getattr(gained.get(row["code"]), "gmv" if what == "gmv" else "orders", None),
        }
        for row in said["channels"]
    ]  # fmt: skip
    if kind := sheets.asked(request):
        head = [_("Channel"), *map(words.word, MODELS), _("Incremental"), _("at least"), _("at most")]
        cells = (
            [row["label"], *(shown(row["credits"][model], what) for model in MODELS), *measured(row["gained"], what)]
            for row in rows
        )
        return sheets.answer(kind, f"attribution-{said['from']}-{said['until']}", head, cells)
    touched = [row for row in rows if row["code"] != NO_TOUCH]
    context = {
        "said": said, "rows": rows, "models": MODELS, "what": what, "filters": filters(said), "money": what == "gmv",
        "charts": charts.page(credit=dots(touched, what)) if touched else None, "map_styles": charts.map_styles(),
        "query": urlencode(filters(said)), "evidence": glance.evidence(), "told": told, "page": "attribution",
    }  # fmt: skip
    return render(request, "console/traffic/attribution.html", context)


def measured(gained: dict[str, float] | None, what: str) -> list[float | None]:
    return [shown(gained[name], what) if gained else None for name in ("gained", "low", "high")]


def kept(request: HttpRequest, what: str) -> reckoned.Told:
    """What a page says: of now, or the last that the worker reckoned."""
    return reckoned.answer(wish(request.GET, what), at=clock.now())


def wish(said: QueryDict, what: str) -> reckoned.Asked:
    """Days and window, where they are said; nonsense reads as nothing."""
    first, last, window = day(said.get("from", "")), day(said.get("until", "")), said.get("window", "")
    sane = window.isascii() and window.isdigit() and len(window) < 5 and 1 <= int(window) <= 3660
    return reckoned.asked(what, first=first, last=last, window=int(window) if sane else None)


def waiting(request: HttpRequest, title: str) -> HttpResponse:
    """The first answer of its kind over a long history: it comes by itself."""
    answer = render(request, "console/traffic/waiting.html", {"title": title})
    answer["Refresh"] = "5"
    return answer


@require_POST
@needs("traffic.view")
def reckon(request: HttpRequest, what: str) -> HttpResponse:
    """Anew, as soon as the worker can."""
    if what not in reckoned.KINDS:
        raise Http404
    asked = wish(request.POST, what)
    reckoned.want(asked, at=clock.now())
    return redirect(f"{reverse(f'console:{what}')}?{urlencode(asked.filters)}")


def filters(said: dict[str, Any]) -> dict[str, Any]:
    return {"from": said["from"].isoformat(), "until": said["until"].isoformat(), "window": said["window_days"]}


def period(request: HttpRequest) -> lakeside.Period:
    return lakeside.period(day(text(request, "from", 10)), day(text(request, "until", 10)))


def day(said: str) -> date | None:
    """Nonsense reads as nothing."""
    try:
        found = date.fromisoformat(said[:10])
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def days(request: HttpRequest) -> int:
    said = whole(request, "window") or 0
    return said if 1 <= said <= 3660 else ruling.terms().window_days


def label(channel: str, name: str) -> str:
    usual = {NO_TOUCH: _("No touch before"), UNKNOWN: _("Not classified")}
    return str(usual.get(channel) or name or channel)


def names() -> dict[str, str]:
    """What each channel is called here."""
    return dict(Channel.objects.order_by("pk").values_list("code", "name"))


def shown(credit: float, what: str) -> float:
    return round(credit / 10 ** money.exponent(words.currency()), 2) if what == "gmv" else round(credit, 4)


def dots(rows: list[dict[str, Any]], what: str) -> Any:
    """A line a channel, a mark a model: how far apart they are is how little they can be trusted alone."""
    top = rows[:CHARTED][::-1]
    series = {
        str(words.word(model)): [shown(row["credits"][model], what) for row in top] for model in MODELS
    }  # fmt: skip
    links = [reverse("console:attribution-behind") + "?" + urlencode({"channel": row["code"]}) for row in top]
    return charts.dots([row["label"] for row in top], series, links=links)


@require_safe
@needs("traffic.view")
def behind(request: HttpRequest) -> HttpResponse:
    """The orders that were shared out, each with the touches before it."""
    asked, window, channel = period(request), days(request), text(request, "channel", 50)
    kind = sheets.asked(request)
    limit = sheets.MOST if kind else ROWS + 1
    try:
        file = reckoned.rows(wish(request.GET, "attribution"), at=clock.now())
    except OnItsWay:
        return waiting(request, _("Orders that are shared out"))
    found = lakeside.behind(asked, channel=channel, window_days=window, limit=limit, kept=file)
    called = names()
    rows = [row | {"path": [label(one, called.get(one, "")) for one in row["path"]]} for row in with_names(found)]
    if kind:
        sheets.note_export(request, "attribution", len(rows))
        head = [_("When"), _("Order"), _("Person"), _("Touches before"), _("Paid")]
        cells = (
            [row["happened_at"], row["number"], row["code"], " > ".join(row["path"]), shown(row["amount"], "gmv")]
            for row in rows
        )
        return sheets.answer(kind, f"orders-{asked.first}-{asked.last}", head, cells)
    context = {
        "rows": rows[:ROWS], "more": len(rows) > ROWS, "limit": ROWS, "asked": asked, "window": window,
        "channel": label(channel, called.get(channel, "")) if channel else "",
        "query": urlencode({"from": asked.first, "until": asked.last, "window": window, "channel": channel}),
    }  # fmt: skip
    return render(request, "console/traffic/attribution_behind.html", context)


def with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of people, and perhaps of orders, as a page shows them."""
    people = titles([row["person"] for row in rows])
    numbers = [row["order"] for row in rows if "order" in row]
    orders = dict(Order.objects.filter(pk__in=numbers[:ROWS]).values_list("pk", "number")) if numbers else {}
    return [
        row | {
            "code": code(row["person"]), "name": people.get(row["person"], code(row["person"])),
            "number": orders.get(row.get("order") or 0, row.get("order") or ""),
        }
        for row in rows
    ]  # fmt: skip
