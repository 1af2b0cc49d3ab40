"""Which half is wasted: every action by what is known of it, each trial behind it, and the global control group."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import trials
from siyu.core.insight.trials import queries
from siyu.core.insight.trials.findings import Line
from siyu.core.insight.trials.spending import BadCost
from siyu.core.people.codes import code as person_code
from siyu.core.team import trail
from siyu.features.traffic import wasted as ranking
from siyu.interfaces.console import charts, sheets, words
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import clean, text, whole
from siyu.interfaces.console.views import glance
from siyu.interfaces.console.views.cockpit import titles
from siyu.kit import clock, formats, money

ROWS = 100


@require_safe
@needs("trials.view")
def wasted(request: HttpRequest) -> HttpResponse:
    found, at = ranking.ranked(), clock.now()
    if kind := sheets.asked(request):
        return sheets.answer(kind, f"wasted-{at:%Y-%m-%d}", *sheet(found))
    known = queries.coded([key for line in found.actions for key in line.trials])
    widest = max([abs(end) for line in found.actions for end in relative(line)], default=0)
    context = {
        "found": found, "whole": sum(found.sums.values()), "terms": trials.controls.terms(),
        "rotation": trials.controls.standing(at), "in_percent": trials.controls.terms().share / 100,
        "sums": glance.toned(found),
        "together": [{"one": one, "tone": glance.TONES.get(one.line.verdict, "unknown")} for one in found.together],
        "rows": [row(line, [known[key] for key in line.trials], widest) for line in found.actions],
    }  # fmt: skip
    return render(request, "console/trials/wasted.html", context)


def row(line: Line, codes: list[str], widest: float) -> dict[str, Any]:
    low, lift, high = relative(line) or (0, 0, 0)
    return {
        "line": line, "codes": list(enumerate(codes, 1)), "verdict": ranking.called(line), "said": line.verdict,
        "tone": glance.TONES.get(line.verdict, "unknown"), "lift": lift, "low": low, "high": high,
        "x": [50 + 48 * end / widest for end in (low, lift, high)] if widest and line.orders else None,
    }  # fmt: skip


def relative(line: Line) -> tuple[float, ...]:
    """Of orders: the interval and the lift, in parts of what those who were kept out did."""
    said = line.orders
    return tuple(said[end] / said["mean"] for end in ("low", "lift", "high")) if said and said["mean"] else ()


def sheet(found: ranking.Wasted) -> tuple[list[str], list[list[Any]]]:
    gained = (_("Orders that would not have been"), _("from"), _("to"))
    head = [_("What was done"), _("Verdict"), _("Money spent"), _("People reached"), *gained, _("Cost of each")]
    unit = words.currency()
    rows = [
        [line.title, words.word(line.verdict), major(line.cost, unit), line.people,
         *[round(line.orders[name], 2) if line.orders else None for name in ("gained", "gained_low", "gained_high")],
         major(line.cost_per_order, unit)]
        for line in found.actions
    ]  # fmt: skip
    return head, rows + [
        [one.name, words.word("not measured"), major(one.cost, unit), one.buyers, None, None, None, None]
        for one in found.traffic
    ]


def major(amount: float | None, unit: str) -> float | None:
    return None if amount is None else round(amount / 10 ** money.exponent(unit), 2)


@require_safe
@needs("trials.view")
def trial(request: HttpRequest, code: str) -> HttpResponse:
    said = queries.told(queries.trial_of(code))
    found = said["found"]
    effect = found["effect"] if found else None
    context = {
        "trial": said, "effect": effect, "kinds": ("messages", "coupons", "points", "other"),
        "cost": sum(cost["amount"] for cost in said["costs"]),
        "tone": glance.TONES.get(effect["verdict"], "unknown") if effect else "unknown",
        "outcomes": [compared(name, sides) for name, sides in effect["outcomes"].items()] if effect else [],
        "given": given(found) if found else [],
        "segments": segments(found["segments"], said["goal"]) if found else [],
        "until": datetime.fromisoformat(effect["until"]) if effect else None,
        "arms": arms(said, effect), "split": effect and effect["split"],
        "charts": charts.page(course=course(found["course"])) if found else None, "map_styles": charts.map_styles(),
    }  # fmt: skip
    return render(request, "console/trials/trial.html", context)


def arms(said: dict[str, Any], effect: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Who is in it: those kept out, the arms, and the global control group where there is one."""
    if not effect:
        return []
    shares = {"control": 10_000 - sum(said["arms"].values()), **said["arms"]}
    rows = [{"name": name, "share": shares[name] / 10_000, "people": people}
            for name, people in effect["people"].items()]  # fmt: skip
    out = effect["globally_out"]
    return rows + ([{"name": "global control group", "share": None, "people": out}] if out else [])


def compared(name: str, sides: list[dict[str, Any]]) -> dict[str, Any]:
    """An outcome: of those kept out per person, and each arm against them."""
    paid = name in ("gmv", "net", "contribution")
    rows = [shown_side(one, paid) for one in sides[1:]]
    widest = max([abs(end) for one in sides[1:] for end in one["ci"]], default=0)
    for one, side in zip(rows, sides[1:], strict=True):
        low, high = side["ci"]
        one["x"] = [50 + 48 * end / widest for end in (low, side["lift"], high)] if widest else None
    return {"name": name, "mean": per_person(sides[0]["mean"], paid) if sides else "", "sides": rows}


def shown_side(side: dict[str, Any], paid: bool) -> dict[str, Any]:
    low, high = side["ci"]
    return {
        "arm": side["arm"], "verdict": side["verdict"], "tone": glance.TONES.get(side["verdict"], "unknown"),
        "lift": signed(side["lift"], paid), "low": signed(low, paid), "high": signed(high, paid),
        "relative": side["relative"], "needed": side["needed"],
        "gained": total(side["gained"], paid), "least": total(side["low"], paid), "most": total(side["high"], paid),
    }  # fmt: skip


def per_person(value: float, paid: bool) -> str:
    return formats.money(round(value)) if paid else formats.number(value, 3)


def signed(value: float, paid: bool) -> str:
    return ("+" if value > 0 else "") + per_person(value, paid)


def total(value: float, paid: bool) -> str:
    return ("+" if value > 0 else "") + (formats.money(round(value)) if paid else formats.number(value, 0))


def given(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What each arm took, and how much more than as many of those who were kept out."""
    return [
        {
            "kind": kind, "first": n == 0, "arm": one["arm"], "people": one["people"],
            "total": formats.money(round(one["total"])),
            "more": None if one["arm"] == "control" else total(one["gained"], paid=True),
            "least": None if one["low"] is None else total(one["low"], paid=True),
            "most": None if one["high"] is None else total(one["high"], paid=True),
        }
        for kind, arms in found.get("given", {}).items()
        for n, one in enumerate(arms)
    ]  # fmt: skip


def segments(found: dict[str, Any], goal: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "people": sum(one["people"].values()), "verdict": one["verdict"]}
        | shown_side(one["outcomes"][goal][-1], goal in ("gmv", "net", "contribution"))
        for name, one in found.items()
        if len(one["outcomes"].get(goal, ())) > 1
    ]


def course(looks: list[dict[str, Any]]) -> Any:
    """The lift in parts of control's mean, look by look."""
    told = [(one, one["mean"] - one["lift"]) for one in looks if one.get("ci")]
    told = [(one, mean) for one, mean in told if mean > 0]
    return charts.course(
        [f"{formats.local(datetime.fromisoformat(one['at'])):%m-%d}" for one, _mean in told],
        [one["lift"] / mean for one, mean in told],
        [(one["ci"][0] / mean, one["ci"][1] / mean) for one, mean in told],
        [str(words.word(one["verdict"])) for one, _mean in told],
    )


@require_safe
@needs("people.view")
def people(request: HttpRequest, code: str) -> HttpResponse:
    """Who entered an arm, and when."""
    found, arm = queries.trial_of(code), text(request, "arm", 100)
    after = whole(request, "after")
    rows = queries.people_in(found, arm, after=-1 if after is None else after, limit=ROWS + 1)
    more, rows = len(rows) > ROWS, rows[:ROWS]
    names = titles([person for person, _at in rows])
    context = {
        "trial": queries.told(found), "arm": arm, "next": rows[-1][0] if more else None,
        "rows": [(person_code(one), names.get(one, person_code(one)), at) for one, at in rows],
    }  # fmt: skip
    return render(request, "console/trials/people.html", context)


@require_POST
@needs("trials.manage")
def spend(request: HttpRequest, code: str) -> HttpResponse:
    found, said = queries.trial_of(code), request.POST
    kind, by = said.get("kind", ""), request.user.get_username()
    trials.spend(found, kind=kind, amount=entered(said.get("amount", "")), at=clock.now(), by=by,
        note=clean(said.get("note", ""), 200))  # fmt: skip
    trail.note(found, "charged", by=request.user, kind=kind)
    messages.success(request, _("Kept. The figures follow within minutes."))
    return redirect("console:wasted-trial", code)


def entered(said: str) -> int:
    try:
        return money.minor(Decimal(said.strip().replace(",", "")), words.currency())
    except (ValueError, ArithmeticError):
        raise BadCost("a cost is a sum of money from nothing upwards") from None


@require_POST
@needs("trials.manage")
def close(request: HttpRequest, code: str) -> HttpResponse:
    found = queries.trial_of(code)
    trials.close(found, by=request.user.get_username(), at=clock.now())
    trail.note(found, "closed", by=request.user)
    return redirect("console:wasted-trial", code)


@require_POST
@needs("trials.view")
def reckon(request: HttpRequest, code: str) -> HttpResponse:
    """Now, for whoever does not want to wait for the worker."""
    ranking.measure(queries.trial_of(code), at=clock.now())
    return redirect("console:wasted-trial", code)


@require_POST
@needs("trials.controls")
def controls(request: HttpRequest) -> HttpResponse:
    said = request.POST
    share, days = said.get("share", ""), said.get("days", "")
    try:
        basis = round(float(share) * 100)
        many = int(days)
    except (ValueError, OverflowError):
        raise trials.controls.BadControls("a share is a percentage, a rotation a number of days") from None
    made = trials.controls.change(share=basis, days=many, by=request.user.get_username(), at=clock.now())
    trail.note(made, "changed", by=request.user)
    messages.success(request, _("It holds from the next rotation on."))
    return redirect("console:wasted")
