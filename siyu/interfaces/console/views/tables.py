"""Tables of traffic and links as files: head and rows of what their pages show."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from siyu.core.links import clicks as clicked
from siyu.core.links.queries import Listed, ListedCode
from siyu.core.people import codes
from siyu.features.traffic import queries
from siyu.features.traffic.figures import Answer, Return
from siyu.features.traffic.incremental import Gained
from siyu.interfaces.console import sheets, words
from siyu.kit import money

Sheet = tuple[Sequence[Any], Iterable[Sequence[Any]]]


def amount(minor: int | None) -> float | None:
    return None if minor is None else float(money.major(minor, settings.SIYU.currency))


def returns(found: Answer, names: Sequence[tuple[str, Return, Gained | None]]) -> Sheet:
    head = [
        words.word(found.by), _("Traffic spend"), _("Buyers"), _("CAC"), _("Paid back"), _("LTV"), _("LTV : CAC"),
        _("GMV"),
        _("ARPU"), _("Average order"), _("Bought again"), _("2nd month"), _("Orders that would not have been"),
        _("at least"), _("at most"), _("GMV that would not have been"), _("at least"), _("at most"),
    ]  # fmt: skip
    rows = [
        [
            name, amount(row.spend), row.people, amount(row.cac), row.payback, amount(row.ltv), row.ltv_to_cac,
            amount(row.gmv), amount(row.arpu), amount(row.aov), row.repurchase, row.retention, *interval(gained),
        ]
        for name, row, gained in [*names, (_("All"), found.total, None)]
    ]  # fmt: skip
    return head, rows


def interval(gained: Gained | None) -> list[float | None]:
    """Of orders and of GMV."""
    if gained is None:
        return [None] * 6
    gmv = gained.gmv or {}
    return [*gained.orders.values(), *(amount(round(gmv[end])) if gmv else None for end in gained.orders)]


def tree() -> Sheet:
    head = [_("Domain"), _("Platform"), _("Channel"), _("Code"), _("Whose it is"), _("Retired")]
    rows = [
        [domain, limb.platform.name, one.name, one.code, one.owner.get_username() if one.owner else "", one.retired_at]
        for _code, domain, limbs in queries.tree()
        for limb in limbs
        for one in limb.channels
    ]
    return head, rows


def spend(channel: str) -> Sheet:
    head = [_("Day"), _("Channel"), _("Campaign"), _("Creator"), _("Currency"), _("Amount"), _("Cost")]
    rows = (
        [
            row.day, row.channel.name, row.campaign.code if row.campaign else "", row.creator, row.currency,
            float(money.major(row.amount, row.currency)), amount(row.cost),
        ]
        for row in queries.all_spent(channel)
    )  # fmt: skip
    return head, rows


def rules() -> Sheet:
    head = [_("Place"), _("What is seen"), _("Channel"), _("Campaign")]
    rows = [
        [
            rule.place, ", ".join(f"{sign}={value}" for sign, value in queries.looks(rule)), rule.channel.code,
            rule.campaign.code if rule.campaign else "",
        ]
        for rule in queries.rules()
    ]  # fmt: skip
    return head, rows


def links(rows: Sequence[Listed], start: str) -> Sheet:
    name = pgettext("thing", "Name")
    head = [_("Link"), name, _("State"), _("Channel"), _("Campaign"), _("Clicks"), _("Visitors"), _("Bots")]
    return head, [
        [
            start + one.link.code,
            one.link.title,
            words.word(one.state),
            one.link.channel,
            one.link.campaign,
            *one.clicked,
        ]
        for one in rows
    ]


def clicks(code: str) -> Sheet:
    """Of a link or a live code."""
    head = [
        _("When"), _("Visitor"), _("Target"), _("Opened as"), _("App"), _("System"), _("Referrer"), _("Counts"),
    ]  # fmt: skip
    rows = (
        [
            one.at, codes.code(one.identity) if one.identity else "", one.target or one.variant, one.form, one.app,
            one.os, one.referrer, not one.out,
        ]
        for one in clicked.behind(code, limit=sheets.MOST)
    )  # fmt: skip
    return head, rows


def live_codes(rows: Sequence[ListedCode], start: str) -> Sheet:
    head = [_("Live code"), pgettext("thing", "Name"), _("State"), _("Places"), _("Clicks"), _("Visitors"), _("Bots")]
    return head, [
        [start + one.code.code, one.code.title, words.word(one.state), one.places, *one.clicked] for one in rows
    ]
