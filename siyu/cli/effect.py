"""siyu effect: what an action did against a holdout, of a file."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--arm", required=True, metavar="COLUMN", help="Which arm a row is of.")
@click.option("--control", required=True, metavar="VALUE", help="The arm that was left alone.")
@click.option("--outcome", required=True, metavar="COLUMN", help="A number: spend, or 0 and 1.")
@click.option(
    "--pre", default="", metavar="COLUMN", help="The same or a like number from before: narrows the interval."
)
@click.option("--cluster", default="", metavar="COLUMN", help="What was drawn by lot, where it was not the person.")
@click.option("--worth", type=float, help="The smallest lift worth its money; default: 5 % of control's mean.")
@click.option("--share", "shares", multiple=True, metavar="ARM=PART", help="What the lot was to give; default: equal.")
@click.option(
    "--peeking", is_flag=True, help="Somebody looked before the planned end: intervals that hold all the same."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def effect(
    *, file: Path, arm: str, control: str, outcome: str, pre: str, cluster: str, worth: float | None,
    shares: tuple[str, ...], peeking: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compare the arms of FILE, one row a person, with the control: lift, interval, and whether it works."""
    from siyu.core.eventlog import lake
    from siyu.core.insight.trials import files
    from siyu.core.insight.trials.effect import Plan

    plan = Plan(control, worth=worth, shares=dict(map(share, shares)) or None, peeking=peeking)
    with lake.connect() as db:
        found = files.effect(db, file, arm=arm, outcome=outcome, pre=pre, cluster=cluster, plan=plan)
    if as_json:
        arms = [one._asdict() for one in found.arms]
        click.echo(json.dumps({"arms": arms, "split": found.split, "theta": found.theta}, ensure_ascii=False))
        return
    shown = Table("arm", "people", "mean", "lift", "95 %", "p", "verdict")
    for one in found.arms:
        shown.add_row(one.arm, f"{one.people:,}", f"{one.mean:.6g}", *lifted(one))
    Console(width=max(Console().width, 110)).print(shown)


def lifted(one: Any) -> tuple[str, ...]:
    if one.lift is None:
        return "", "", "", one.verdict
    verdict = f"{one.verdict}: {one.needed:,} more" if one.needed else one.verdict
    return f"{one.lift:+.6g}", f"{one.ci[0]:+.6g} … {one.ci[1]:+.6g}", f"{one.p:.2g}", verdict


def share(text: str) -> tuple[str, float]:
    name, _, part = text.rpartition("=")
    try:
        return name, float(part)
    except ValueError:
        raise click.BadParameter(f"{text!r}: write ARM=PART, such as control=0.1") from None
