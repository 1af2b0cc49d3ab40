"""A portrait in words: each line says what we know, how we know it and how fresh it is."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siyu.core.insight.lifecycle import RULE
from siyu.interfaces.console.words import product
from siyu.kit import formats


class Line(NamedTuple):
    name: str
    value: str
    how: str


def lines(drawn: dict[str, Any]) -> list[Line]:
    """What the orders tell. A line without a value is left out."""
    orders = drawn["orders"]
    if not orders:
        return [Line(_("Orders"), _("none yet"), _("nothing bought under a known identity"))]
    said = [
        Line(_("Orders"), formats.number(orders), days_of(drawn)),
        Line(_("Basket"), formats.money(drawn["average_basket"]), from_orders(orders)),
        rhythm(drawn),
        favourites(drawn),
        discounts(drawn),
        returned(drawn),
    ]
    return [line for line in said if line]


def from_orders(orders: int) -> str:
    return ngettext("from %(n)s order", "average of %(n)s orders", orders) % {"n": formats.number(orders)}


def days_of(drawn: dict[str, Any]) -> str:
    times = {"first": formats.day(drawn["first_order_at"]), "last": formats.day(drawn["last_order_at"])}
    return _("first %(first)s, last %(last)s") % times


def rhythm(drawn: dict[str, Any]) -> Line | None:
    gap = drawn["repurchase_interval_days"]
    if gap is None:
        return None
    how = _("average time between %(n)s order days") % {"n": formats.number(drawn["active_days"])}
    return Line(_("Rhythm"), _("every %(days)s") % {"days": formats.days(gap)}, how)


def favourites(drawn: dict[str, Any]) -> Line | None:
    names = drawn["favourite_categories"]
    if not names:
        return None
    share = {"share": formats.percent(drawn["favourite_share"], 0), "n": formats.number(drawn["categories"])}
    how = _("the first is %(share)s of spend in %(n)s categories") % share
    return Line(_("Likes"), ", ".join(product(name) for name in names), how)


def discounts(drawn: dict[str, Any]) -> Line | None:
    share = drawn["discount_share"]
    if share is None:
        return None
    return Line(_("Discounts"), formats.percent(share), _("of list price, in all orders"))


def returned(drawn: dict[str, Any]) -> Line | None:
    if not drawn["refunded"]:
        return None
    return Line(
        _("Sent back"), formats.money(drawn["refunded"]), _("of %(all)s") % {"all": formats.money(drawn["gmv"])}
    )


class Quiet(NamedTuple):
    """Why somebody is, or is not, at risk."""

    days: int
    gap: float
    gap_is_own: bool
    risk_after: int
    lapsed_after: int
    share: float
    """How far towards lapsed."""
    alive: float | None


def why_quiet(drawn: dict[str, Any]) -> Quiet | None:
    """The rule of the life stages, with this person's figures in it."""
    if drawn["recency_days"] is None:
        return None
    own = own_gap(drawn)
    gap = max(float(RULE.shortest), own or drawn["base_gap"] or float(RULE.unknown_gap))
    lapsed = RULE.lapsed * gap
    return Quiet(
        days=drawn["recency_days"],
        gap=gap,
        gap_is_own=own is not None,
        risk_after=round(RULE.at_risk * gap),
        lapsed_after=round(lapsed),
        share=min(1.0, drawn["recency_days"] / lapsed),
        alive=drawn["alive"],
    )


def own_gap(drawn: dict[str, Any]) -> float | None:
    """The person's own rhythm, once there are days enough for one."""
    gap = drawn["repurchase_interval_days"]
    if not gap:
        return None
    reach = formats.local(drawn["last_order_at"]).date() - formats.local(drawn["first_order_at"]).date()
    return gap if round(reach.days / gap) + 1 >= RULE.rhythm_after else None
