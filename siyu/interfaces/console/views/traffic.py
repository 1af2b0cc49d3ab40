"""The tree of channels, what they cost, and the rules that say which touch came through which."""

from datetime import UTC, date
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.people import queries as people
from siyu.core.team import trail
from siyu.features.traffic import queries, ruling, spending, starting
from siyu.features.traffic import tree as growing
from siyu.features.traffic.models import DOMAINS, SIGNS
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import text, whole
from siyu.interfaces.console.views import tables
from siyu.interfaces.console.views.people import number_of as number_of_person
from siyu.kit import clock, money


@require_safe
@needs("traffic.view")
def tree(request: HttpRequest) -> HttpResponse:
    if kind := sheets.asked(request):
        return sheets.answer(kind, "channels", *tables.tree())
    limbs = queries.tree()
    context = {
        "domains": limbs, "campaigns": queries.campaigns(), "operators": queries.operators(), "choices": DOMAINS,
        "empty": not any(some for _, _, some in limbs), "offered": len(starting.PLATFORMS),
        "platforms": [limb.platform for _, _, some in limbs for limb in some if not limb.platform.retired_at],
    }  # fmt: skip
    return render(request, "console/traffic/tree.html", context)


@require_POST
@needs("traffic.change")
def plant(request: HttpRequest) -> HttpResponse:
    made = starting.plant(by=request.user.get_username(), at=clock.now())
    messages.success(
        request, _("%(n)s platforms stand in the tree; rename, move and retire as you like.") % {"n": made}
    )
    return redirect("console:traffic")


@require_POST
@needs("traffic.change")
def open_place(request: HttpRequest) -> HttpResponse:
    """A platform, a channel or a campaign."""
    said, by, at = request.POST, request.user.get_username(), clock.now()
    names = {"code": said.get("code", ""), "name": said.get("name", "")}

    def verb() -> None:
        if said.get("kind") == "platform":
            growing.open_platform(**names, domain=said.get("domain", ""), at=at)
        elif said.get("kind") == "campaign":
            begins, ends = day_of(said.get("begins_on", "")), day_of(said.get("ends_on", ""))
            growing.open_campaign(**names, begins_on=begins, ends_on=ends, by=by, at=at)
        else:
            owner = number_of(said.get("owner", ""))
            growing.open_channel(**names, platform=said.get("platform", ""), owner=owner, by=by, at=at)

    return carried_out(request, verb, _("Opened."), "console:traffic")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("traffic.change")
def place(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """One of the tree: its name, owner and place; and its end, which can be taken back."""
    if kind not in growing.KINDS:
        raise Http404
    found = growing.one(growing.KINDS[kind], code)  # type: ignore[type-var]
    if request.method == "POST":
        return carried_out(request, lambda: change(request, kind, code), _("Changed."), "console:traffic")
    context = {"kind": kind, "one": found, "operators": queries.operators(), "history": queries.history(code),
        "channels": queries.channels(),
        "platforms": [limb.platform for _, _, some in queries.tree() for limb in some if not limb.platform.retired_at],
    }  # fmt: skip
    return render(request, "console/traffic/place.html", context)


def change(request: HttpRequest, kind: str, code: str) -> None:
    said, by, at = request.POST, request.user.get_username(), clock.now()
    match said.get("do"):
        case "rename":
            growing.rename(kind=kind, code=code, name=said.get("name", ""))
        case "give" if kind == "channel":
            growing.give_to(channel=code, owner=number_of(said.get("owner", "")))
        case "through" if kind == "campaign":
            growing.run_through(campaign=code, channel=said.get("channel", ""))
        case "move" if kind == "channel":
            growing.move(channel=code, platform=said.get("platform", ""), by=by, at=at)
        case "retire":
            growing.retire(kind=kind, code=code, by=by, at=at)
        case "reopen":
            growing.reopen(kind=kind, code=code, by=by, at=at)


@require_safe
@needs("traffic.view")
def spend(request: HttpRequest) -> HttpResponse:
    """What was spent, and a form for one day more."""
    channel, before = text(request, "channel"), min(whole(request, "before") or 0, 10**6)
    if kind := sheets.asked(request):
        return sheets.answer(kind, "spend", *tables.spend(channel))
    rows = queries.spent(channel=channel, before=before)
    sums = queries.spent_by_channel()
    context = {
        "rows": rows[: queries.PAGE], "next": before + queries.PAGE if len(rows) > queries.PAGE else 0,
        "total": sum(cost for _, cost in sums), "sums": sums, "channel": channel, "campaigns": queries.campaigns(),
        "channels": queries.channels(), "currency": settings.SIYU.currency,
        "today": clock.day_of(clock.now(), settings.SIYU.zone),
    }  # fmt: skip
    return render(request, "console/traffic/spend.html", context)


@require_POST
@needs("traffic.change")
def enter(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        currency = said.get("currency", "").strip().upper() or settings.SIYU.currency
        day = day_of(said.get("day", ""))
        if day is None:
            raise spending.BadSpend("say on which day")
        rate = decimal(said["rate"]) if said.get("rate", "").strip() else None
        spending.record(
            day=day, channel=said.get("channel", ""), campaign=said.get("campaign", ""),
            creator=said.get("creator", ""), currency=currency, rate=rate, by=by, at=clock.now(),
            amount=money.minor(decimal(said.get("amount", "")), currency),
        )  # fmt: skip

    return carried_out(request, verb, _("Entered."), "console:spend")


@require_safe
@needs("traffic.view")
def rules(request: HttpRequest) -> HttpResponse:
    """Rules in their order, and what no rule knows, from which a press makes one."""
    if kind := sheets.asked(request):
        return sheets.answer(kind, "touch-rules", *tables.rules())
    missing, times = queries.unmatched()
    context = {
        "rules": [(rule, queries.looks(rule)) for rule in queries.rules()], "unmatched": missing, "times": times,
        "channels": queries.channels(), "campaigns": queries.campaigns(), "signs": SIGNS[:-1], "kinds": ruling.KINDS,
        "terms": ruling.terms(),
    }  # fmt: skip
    return render(request, "console/traffic/rules.html", context)


@require_POST
@needs("traffic.change")
def write_rule(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        seen = {sign: said.get(sign, "").replace("\0", "") for sign in SIGNS}
        placed = number_of(said.get("place", "")) or 100
        ruling.write(
            channel=said.get("channel", ""),
            campaign=said.get("campaign", ""),
            place=placed,
            by=by,
            at=clock.now(),
            **seen,
        )

    return carried_out(
        request, verb, _("It holds for the past too; the figures follow within a minute."), "console:touch_rules"
    )


@require_POST
@needs("traffic.change")
def close_rule(request: HttpRequest, number: int) -> HttpResponse:
    return carried_out(request, lambda: ruling.close(rule=number, at=clock.now()), _("Closed."), "console:touch_rules")


@require_POST
@needs("traffic.change")
def terms(request: HttpRequest) -> HttpResponse:
    """How far back a touch counts, and what to assume where no cost is known."""
    said, by = request.POST, request.user.get_username()

    def verb() -> None:
        margin = int(decimal(said["margin"]) * 100) if said.get("margin", "").strip() else None
        made = ruling.set_terms(
            window_days=number_of(said.get("window", "")) or 0, margin=margin, by=by, at=clock.now()
        )
        trail.note(made, "changed", by=request.user, window_days=made.window_days, margin=made.margin)

    return carried_out(request, verb, _("Changed."), "console:touch_rules")


@require_safe
@needs("people.view")
def touches(request: HttpRequest, code: str) -> HttpResponse:
    """By which ways somebody came, the newest first."""
    who = people.person(number_of_person(code))
    with open_touchpoints() as db:
        found = queries.touches_of(db, who.number)
    names = {one.channel.code: one.channel.name for one in queries.channels(retired=True)}
    domains = dict(DOMAINS)
    rows = [
        (one, one.happened_at.replace(tzinfo=UTC), names.get(one.channel), domains.get(one.domain)) for one in found
    ]
    return render(request, "console/traffic/touches.html", {"who": who, "rows": rows})


def day_of(said: str) -> date | None:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None


def number_of(said: str) -> int | None:
    said = said.strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def decimal(said: str) -> Decimal:
    try:
        found = Decimal(said.strip().replace(",", ""))
    except InvalidOperation:
        raise spending.BadSpend("that is no amount") from None
    if not found.is_finite() or abs(found) > 10**12:
        raise spending.BadSpend("that is no amount")
    return found
