"""siyu attribution: who gets the credit for conversions, by seven models, of a file of paths or touches."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main

WORDS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Where a field stands; path=, person= …")
@click.option("--separator", default=">", show_default=True, help="What stands between the channels of a path.")
@click.option(
    "--window", type=click.FloatRange(0, 3650), metavar="DAYS", help="Touches: no older than so; default: all."
)
@click.option("--half-life", type=click.FloatRange(min=1e-6), help="Time decay: days (7), of paths touches (1).")
@click.option("--ends", type=click.FloatRange(0, 0.5), default=0.4, show_default=True, help="Position: first and last.")
@click.option("--without-nulls", is_flag=True, help="Markov: leave out journeys without a conversion.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone of times that name none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def attribution(
    *, file: Path, mapping: tuple[str, ...], separator: str, window: float | None, half_life: float | None, ends: float,
    without_nulls: bool, zone: str, as_json: bool,
) -> None:  # fmt: skip
    """Share out the conversions of FILE to channels: paths such as a > b > c, or touches (person, at, channel)."""
    from siyu.cli.files import pair
    from siyu.core.eventlog import lake
    from siyu.features.traffic.attribution import Weights
    from siyu.features.traffic.attribution.files import read
    from siyu.features.traffic.attribution.telling import told

    columns = {name: (column,) for name, column in map(pair, mapping)}
    with lake.connect() as db:
        kind, journeys = read(db, file, mapping=columns, separator=separator, window=window, zone=zone)
    plain = told(kind, journeys, Weights(ends, half_life), without_nulls=without_nulls, window=window)
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        show(plain)


def show(plain: dict[str, Any]) -> None:
    out = Console(width=max(Console().width, 110))
    out.print(f"{plain['conversions']:,.10g} conversions of {plain['journeys']:,} journeys", highlight=False)
    shown = Table("channel", title_justify="left")
    for model in WORDS:
        shown.add_column(model.replace("_", " "), justify="right")
    for channel in sorted(plain["channels"], key=lambda name: -plain["models"]["linear"][name]):
        shown.add_row(channel, *(f"{plain['models'][model][channel]:,.2f}" for model in WORDS))
    out.print(shown)
