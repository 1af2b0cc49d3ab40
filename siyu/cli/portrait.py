"""siyu report: the portrait of the customer base."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.columns import Columns
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from siyu.cli import main

DAY = click.DateTime(["%Y-%m-%d"])
BAR = 24
MONTHS = 12


@main.command()
@click.option("--as-of", "as_of", type=DAY, help="As it would have been at the beginning of this day of the brand.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def report(as_of: datetime | None, as_json: bool) -> None:
    """The portrait of the customer base: who buys, how much, how often, and who is worth a call."""
    from django.conf import settings

    from siyu.core.eventlog.drain import drain_all
    from siyu.core.insight import report as portrait
    from siyu.kit import clock

    notes = Console(stderr=True)
    with notes.status("Reading what happened …"):
        drain_all()
        figures = portrait.report(clock.day_begins(as_of.date(), settings.SIYU.zone) if as_of else None)
    if as_json:
        click.echo(portrait.as_json(outside(figures)))
    else:
        show(figures)
        show_margin()


def outside(figures: dict[str, Any]) -> dict[str, Any]:
    """People by their codes: outside the house nobody has a number."""
    from siyu.core.people.codes import code

    return figures | {"candidates": [one | {"person": code(one["person"])} for one in figures["candidates"]]}


def show(figures: dict[str, Any]) -> None:
    """Print it as pages; without orders only what to do."""
    from siyu.core.insight.report import finding

    out = Console()
    out.print(Panel(Text(finding(figures), style="bold"), border_style="red"))
    if figures["orders"]:
        out.print(headline(figures))
        out.print(Columns([stages(figures), segments(figures)], padding=(0, 4)))
        out.print(Group(cohorts(figures), months(figures), worth(figures), first_to_call(figures)))


def show_margin() -> None:
    """What our own shop leaves, where it has sold."""
    from django.conf import settings
    from django.utils.translation import gettext as _

    from siyu.features.commerce import margin
    from siyu.kit.money import text

    whole, _rows = margin.shop()
    if whole.pieces:
        left = text(whole.contribution, settings.SIYU.currency) if whole.costed else _("cost unknown")
        click.echo(_("Contribution of our own shop: %s") % left)
        if whole.unknown and whole.costed:
            click.echo(_("Not in it, since the cost is unknown: %s") % text(whole.unknown, settings.SIYU.currency))


def headline(figures: dict[str, Any]) -> Table:
    """The plain figures, and as of when."""
    from django.utils.translation import gettext as _

    from siyu.kit.money import text

    def money(name: str) -> str:
        return text(figures[name], figures["currency"])

    pairs = [
        (_("people"), f"{figures['people']:,}", _("buyers"), f"{figures['buyers']:,}"),
        (_("orders"), f"{figures['orders']:,}", _("order lines"), f"{figures['lines']:,}"),
        (_("GMV"), money("gmv"), _("net of refunds"), money("net")),
        (_("average order"), money("aov"), _("net per buyer"), money("arpu")),
        (_("bought again"), f"{figures['repurchase_rate']:.1%}", _("as of"), f"{figures['as_of']:%Y-%m-%d %H:%M}"),
        (_("first order"), f"{figures['first_order_at']:%Y-%m-%d}", _("last order"), f"{figures['last_order_at']:%F}"),
    ]
    if unknown := figures["unidentified"]["orders"]:
        money_unknown = text(figures["unidentified"]["gmv"], figures["currency"])
        pairs.append((_("orders of nobody known"), f"{unknown:,}", _("their GMV"), money_unknown))
    table = Table.grid(padding=(0, 2))
    for style in ("dim", "bold", "dim", "bold"):
        table.add_column(style=style, justify="right" if style == "bold" else "left")
    for row in pairs:
        table.add_row(*row)
    return table


def stages(figures: dict[str, Any]) -> Table:
    from django.utils.translation import gettext as _

    from siyu.core.insight.lifecycle import NAMES

    return bars(_("Lifecycle"), NAMES, figures["lifecycle"])


def segments(figures: dict[str, Any]) -> Table:
    from django.utils.translation import gettext as _

    from siyu.core.insight.rfm import NAMES

    return bars(_("RFM segments"), NAMES, figures["rfm"])


def bars(title: str, names: Mapping[str, Any], counts: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=False, title_style="bold", padding=(0, 1))
    most = max(counts.values(), default=0) or 1
    for name, count in counts.items():
        table.add_row(str(names[name]), Text("█" * round(BAR * count / most), style="red"), f"{count:,}")
    return table


def cohorts(figures: dict[str, Any]) -> Table:
    """Of each month's new buyers, the share that ordered again so many months later."""
    from django.utils.translation import gettext as _

    shown = figures["cohorts"][-MONTHS:]
    width = min(MONTHS, max(len(row["retained"]) for row in shown))
    table = Table(
        title=_("Ordering again, by month of first order"), title_justify="left", title_style="bold", box=None
    )
    table.add_column(_("month"))
    table.add_column(_("buyers"), justify="right")
    for later in range(1, width):
        table.add_column(f"+{later}", justify="right")
    for row in shown:
        kept = [shade(people / row["size"]) for people in row["retained"][1:width]]
        table.add_row(row["month"], f"{row['size']:,}", *kept)
    return table


def shade(share: float) -> Text:
    return Text(f"{share:.0%}", style="bold red" if share >= 0.5 else "red" if share >= 0.2 else "dim")


def months(figures: dict[str, Any]) -> Table:
    from django.utils.translation import gettext as _

    from siyu.kit.money import text

    table = Table(title=_("Month by month"), title_justify="left", title_style="bold", box=None)
    for name in (_("month"), _("GMV"), _("orders"), _("buyers"), _("new")):
        table.add_column(name, justify="right")
    for row in figures["months"][-MONTHS:]:
        counts = (f"{row[name]:,}" for name in ("orders", "buyers", "new"))
        table.add_row(row["month"], text(row["gmv"], figures["currency"]), *counts)
    return table


def worth(figures: dict[str, Any]) -> Text:
    """What all of them are expected to spend, and how such a statement held before."""
    from django.utils.translation import gettext as _

    from siyu.kit.money import text

    value, currency = figures["ltv"], figures["currency"]
    if not value["total"]:
        return Text(_("Too little history to say what people are going to spend."), style="dim")
    total = {name: text(value["total"][name], currency) for name in ("expected", "low", "high")}
    said = _("Expected in the next %(days)s days: %(expected)s (95 %%: %(low)s to %(high)s).")
    line = Text("\n" + said % (total | {"days": value["horizon_days"]}), style="bold")
    held = value["calibration"]
    if held and held["spend"]["error"] is not None:
        missed = {"from": held["from"], "until": held["until"], "error": f"{held['spend']['error']:+.1%}"}
        line.append(
            " " + _("Said of %(from)s to %(until)s beforehand, spend was off by %(error)s.") % missed, "not bold"
        )
    return line


def first_to_call(figures: dict[str, Any]) -> Table:
    """The best candidates for seed users, each with the strongest reason."""
    from django.conf import settings
    from django.utils.translation import gettext as _

    language = "zh" if settings.LANGUAGE_CODE.startswith("zh") else "en"
    table = Table(title="\n" + _("Bring these in first"), title_justify="left", title_style="bold", box=None)
    for name in (_("person"), _("score"), _("because")):
        table.add_column(name)
    for one in outside(figures)["candidates"][:10]:
        table.add_row(one["person"], str(one["score"]), one["reasons"][0][f"text_{language}"])
    return table
