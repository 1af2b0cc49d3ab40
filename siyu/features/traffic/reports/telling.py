"""A report in the reader's language: a sentence, and tables that are the same on the page, in the mail and in files."""

from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from siyu.features.traffic import glance, lately
from siyu.features.traffic.models import DOMAINS
from siyu.features.traffic.reports.models import Report
from siyu.features.traffic.tree import UNKNOWN
from siyu.kit import formats, money

FIGURES: dict[str, str | Promise] = {
    "gmv": gettext_lazy("GMV"),
    "buyers": gettext_lazy("Buyers"),
    "newcomers": gettext_lazy("First-time buyers"),
    "orders": gettext_lazy("Orders"),
    "orders_per_buyer": gettext_lazy("Orders a buyer"),
    "aov": gettext_lazy("Average order"),
}
GROUPS: dict[str, str | Promise] = {
    "factor": gettext_lazy("How many, how often, how much"),
    "buyer": gettext_lazy("Who bought"),
    "channel": gettext_lazy("What brought them"),
    "department": gettext_lazy("Departments"),
    "category": gettext_lazy("Categories"),
}
BUYERS: dict[str, str | Promise] = {
    "new": gettext_lazy("First-time buyers"),
    "returning": gettext_lazy("Returning buyers"),
}
VERDICTS: dict[str, str | Promise] = {
    "works": gettext_lazy("Works"),
    "wasted": gettext_lazy("Wasted"),
    "not known yet": gettext_lazy("Not known yet"),
    "not measured": gettext_lazy("Not measured"),
}
SHOWN = 12
"""Channels of the loop; the rest is one line."""


class Cell(NamedTuple):
    """`kind`: how it is read: text, number or money."""

    kind: str
    value: Any

    def __str__(self) -> str:
        read: dict[str, Any] = {"text": str, "number": formats.number, "money": formats.money}
        return str(read[self.kind](self.value))

    @property
    def plain(self) -> Any:
        """For files: money in major units."""
        return float(money.major(self.value, settings.SIYU.currency)) if self.kind == "money" else self.value


class Table(NamedTuple):
    code: str
    title: str
    head: list[str]
    rows: list[list[Cell]]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """(head, kind)"""
        return [(name, cell.kind) for name, cell in zip(self.head, self.rows[0], strict=True)]


def row(kinds: str, *values: Any) -> list[Cell]:
    """`kinds`: a letter for each value."""
    return [Cell(KINDS[kind], value) for kind, value in zip(kinds, values, strict=True)]


KINDS = {"t": "text", "n": "number", "m": "money"}


class Told(NamedTuple):
    title: str
    sentence: str
    tables: list[Table]
    next: list[dict[str, Any]]
    """What to do: code, title, text, people and money at stake; the most money first."""


def told(report: Report) -> Told:
    """In the language of the moment, with the names that channels have now."""
    said, actions = report.figures, todo(report.figures)
    tables = [figures(said["changes"]), why(said["changes"]), came(said["loop"]), spent(said["sums"])]
    shown = [one for one in (*tables, asked(actions)) if one.rows]
    return Told(title(report), sentence(said["changes"]), shown, actions)


def title(report: Report) -> str:
    days = {"day": formats.day(report.first), "month": formats.month(report.first)}
    span = f"{formats.day(report.first)} – {formats.day(report.last)}"
    return days.get(report.rhythm, span)


def sentence(changes: dict[str, Any]) -> str:
    now, before = changes["now"]["gmv"], changes["before"]["gmv"]
    words = {"money": formats.short_money(now), "change": formats.short_money(abs(now - before))}
    if not before:
        return _("%(money)s sold; nothing in the period before") % words
    words["share"] = formats.percent(abs(now - before) / before)
    if now > before:
        return _("%(money)s sold: %(change)s more than in the period before, up %(share)s") % words
    if now < before:
        return _("%(money)s sold: %(change)s less than in the period before, down %(share)s") % words
    return _("%(money)s sold, as much as in the period before") % words


def figures(changes: dict[str, Any]) -> Table:
    kinds = {"gmv": "tmmm"}
    rows = [
        row(kinds.get(name, "tnnn"), str(FIGURES[name]), was, now, now - was)
        for name in ("gmv", "buyers", "newcomers", "orders")
        for was, now in [(changes["before"][name], changes["now"][name])]
    ]
    return Table("figures", _("The period"), [_("Figure"), _("Before"), _("Now"), _("Difference")], rows)


def why(changes: dict[str, Any]) -> Table:
    groups = {"factor": changes["factors"], **changes["groups"]}
    called = glance.names()
    rows = [
        row("ttm", str(GROUPS[group]), label(group, one["name"], called), one["change"])
        for group in GROUPS for one in groups.get(group, [])
    ]  # fmt: skip
    head = [_("Split by"), _("What"), _("Change of GMV")]
    return Table("changes", _("What changed, and why"), head, rows)


def label(group: str, name: str, called: dict[str, str]) -> str:
    if not name:
        return _("All others")
    if group == "channel":
        return _("Nobody knows where from") if name == UNKNOWN else called.get(name, name)
    return str({"factor": FIGURES, "buyer": BUYERS}.get(group, {}).get(name, name))


def came(loop: dict[str, Any] | None) -> Table:
    """Who became known lately, by channel: how many can be reached, how many have ordered."""
    called, domains = glance.names(), {code: str(name) for code, name in DOMAINS}
    found: dict[tuple[str, str], list[int]] = {}
    for one in loop["flows"] if loop else []:
        sums = found.setdefault((one["channel"], one["domain"]), [0, 0, 0])
        for place, counts in enumerate((True, one["way"] != "", one["outcome"] != "nothing")):
            sums[place] += one["people"] * counts
    most_first = sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
    lines = [
        (label("channel", channel, called), domains.get(domain, "–"), sums) for (channel, domain), sums in most_first
    ]
    if len(lines) > SHOWN:
        rest = [sum(some) for some in zip(*(sums for _name, _domain, sums in lines[SHOWN:]), strict=True)]
        lines = [*lines[:SHOWN], (_("Other channels"), "–", rest)]
    head = [_("Channel"), _("Domain"), _("People"), _("Can be reached"), _("Have ordered")]
    title = _("The loop: who came within %(days)s days") % {"days": lately.DAYS}
    return Table("loop", title, head, [row("ttnnn", name, domain, *sums) for name, domain, sums in lines])


def spent(sums: dict[str, int]) -> Table:
    rows = [row("tm", str(VERDICTS[word]), sums[word]) for word in VERDICTS if any(sums.values())]
    return Table("money", _("Money by what is known of it"), [_("Verdict"), _("Money spent")], rows)


def asked(actions: list[dict[str, Any]]) -> Table:
    rows = [row("tnm", one["title"], one["people"], one["stake"]) for one in actions]
    head = [_("What to do next"), _("People"), _("Money at stake")]
    return Table("next", _("What to do next"), head, rows)


def todo(said: dict[str, Any]) -> list[dict[str, Any]]:
    """What is empty is not there; the most money first."""
    risk, best, new, open_ones = said["at_risk"], said["best_fifth"], said["lifecycle"]["new"], said["undecided"]
    year = _("They brought %(money)s within a year.") % {"money": formats.short_money(risk["gmv_365d"])}
    quiet = _("Gone quiet after spending %(money)s.") % {"money": formats.short_money(best["quiet_gmv"])}
    found = [
        ("at_risk", risk["people"], risk["ltv"] or risk["gmv_365d"], year,
            ngettext("Win back %(n)s person at risk", "Win back %(n)s people at risk", risk["people"])),
        ("quiet", best["quiet"], best["quiet_gmv"], quiet,
            ngettext("Call %(n)s of the best fifth", "Call %(n)s of the best fifth", best["quiet"])),
        ("undecided", open_ones, 0, _("Seed users to invite first, each with reasons."),
            ngettext("Decide on %(n)s candidate", "Decide on %(n)s candidates", open_ones)),
        ("new", new, 0, _("First order within 30 days: the second one decides."),
            ngettext("Welcome %(n)s new buyer", "Welcome %(n)s new buyers", new)),
    ]  # fmt: skip
    rows = [
        {"code": code, "people": n, "stake": stake or 0, "text": text, "title": name % {"n": formats.number(n)}}
        for code, n, stake, text, name in found
        if n
    ]
    return sorted(rows, key=lambda one: -one["stake"])
