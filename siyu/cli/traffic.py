"""siyu cac: what people cost and bring."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main

DAY = click.DateTime(["%Y-%m-%d"])
CUTS = ("channel", "platform", "domain", "campaign", "creator", "cohort")


@main.command()
@click.option("--by", type=click.Choice(CUTS), default="channel", show_default=True, help="What a line is.")
@click.option("--from", "since", type=DAY, help="Only people whose first order, and spend whose day, is not before it.")
@click.option("--until", type=DAY, help="The last day that counts of first orders and spend; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; money in minor units.")
def cac(*, by: str, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """What a buyer cost by the way they came, and what they brought since: CAC, payback, LTV : CAC."""
    from siyu.features.traffic import figures, returns
    from siyu.kit import clock

    if not returns.fresh(clock.now()):
        returns.refresh(clock.now())
    last: date | None = until.date() + timedelta(days=1) if until else None
    answer = figures.answer(by, since=since.date() if since else None, until=last)
    if as_json:
        click.echo(json.dumps(plain(answer), ensure_ascii=False))
    else:
        show(answer)


def plain(answer: Any) -> dict[str, Any]:
    from django.conf import settings

    from siyu.features.traffic import incremental

    days = {name: getattr(answer, name) and getattr(answer, name).isoformat() for name in ("since", "until")}
    about = {"by": answer.by, **days, "as_of": answer.as_of.isoformat(), "currency": settings.SIYU.currency}
    about |= {"window_days": answer.window, "margin": answer.margin}
    return about | {"rows": incremental.told(answer), "total": answer.total.as_dict()}


def show(answer: Any) -> None:
    from django.utils.translation import gettext as _

    from siyu.features.traffic import incremental
    from siyu.kit.formats import money, number, percent

    lines = incremental.measured(answer)
    heads = (
        _("Traffic spend"),
        _("Buyers"),
        _("CAC"),
        _("Paid back"),
        _("LTV"),
        _("LTV : CAC"),
        _("GMV"),
        _("Average order"),
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in (*heads, _("Bought again"), *([_("Incremental")] if any(gained for _row, gained in lines) else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for row, gained in [*lines, (answer.total, None)]:
        ratio = "–" if row.ltv_to_cac is None else f"{row.ltv_to_cac:.2f}"
        table.add_row(
            row.name or (_("All") if row is answer.total else "–"), money(row.spend), number(row.people),
            money(row.cac), _("month %s") % row.payback if row.payback else "–", money(row.ltv) + marked(row), ratio,
            money(row.gmv), money(row.aov), percent(row.repurchase),
            *([spread(gained.orders)] if gained else []),
        )  # fmt: skip
    out = Console()
    out = out if out.is_terminal else Console(width=150)
    out.print(table)
    click.echo(_("As of %s. LTV is the contribution of a buyer so far.") % f"{answer.as_of:%Y-%m-%d}")
    if answer.margin is not None:
        share = f"{answer.margin / 100:g}"
        click.echo("* " + _("Where no cost of goods is known, %s%% of sales are assumed to be left.") % share)
    elif any(row.basis == "part" for row in answer.rows):
        click.echo("≥ " + _("The cost of goods is known of a part of sales only; the rest is left out."))


def spread(orders: dict[str, float]) -> str:
    """Orders that would not have been, from and to."""
    return f"{orders['gained']:,.1f} ({orders['low']:,.1f} … {orders['high']:,.1f})"


def marked(row: Any) -> str:
    return {"assumed": " *", "part": " ≥"}.get(row.basis, "")
