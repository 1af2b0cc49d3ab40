"""siyu wasted: all that was spent, by what is known of it."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; money in minor units.")
def wasted(*, as_json: bool) -> None:
    """Which half is wasted: what was tried by its verdict, and spend of which nobody was kept out."""
    from siyu.features.traffic import wasted as ranking
    from siyu.kit import clock
    from siyu.kit.formats import money, number

    while ranking.keep_fresh(clock.now()):
        pass
    found = ranking.ranked()
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    shown = Table("verdict", "what", "spent", "people", "orders more", "95 %", "cost of each")
    for line in found.actions:
        gained = line.orders or {}
        ends = f"{gained['gained_low']:,.0f} … {gained['gained_high']:,.0f}" if gained else ""
        more = number(gained.get("gained"))
        each = money(round(line.cost_per_order)) if line.cost_per_order else "–"
        shown.add_row(line.verdict, line.action or line.title, money(line.cost), number(line.people), more, ends, each)
    for one in found.traffic:
        shown.add_row("not measured", one.name, money(one.cost), number(one.buyers), "–", "", "–")
    Console(width=max(Console().width, 120)).print(shown)
    for all_of_it in found.together:
        click.echo(said_of(all_of_it))
    click.echo("  ".join(f"{word}: {money(amount)}" for word, amount in found.sums.items()))


def said_of(one: Any) -> str:
    """All marketing of a rotation, in a line."""
    from siyu.kit.formats import day, number

    days = f"{day(one.since)} – {day(one.until)}"
    said = f"all marketing, {days}: {one.line.verdict}"
    if more := one.line.orders:
        said += f"; {number(more['gained'])} orders more ({number(more['gained_low'])} … {number(more['gained_high'])})"
    needed = f"; {number(one.line.needed)} people more" if one.line.needed else ""
    return f"{said} of {number(one.line.people)} people, against {number(one.kept_out)} who were kept out{needed}"
