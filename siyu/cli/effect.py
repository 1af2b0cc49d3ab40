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
@click.option("--by", default="", metavar="COLUMN", help="Also for the people of each of its values.")
@click.option("--worth", type=float, help="The smallest lift worth its money; default: 5 % of control's mean.")
@click.option("--share", "shares", multiple=True, metavar="ARM=PART", help="What the lot was to give; default: equal.")
@click.option(
    "--peeking", is_flag=True, help="Somebody looked before the planned end: intervals that hold all the same."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def effect(
    *, file: Path, arm: str, control: str, outcome: str, pre: str, cluster: str, by: str, worth: float | None,
    shares: tuple[str, ...], peeking: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compare the arms of FILE, one row a person, with the control: lift, interval, and whether it works."""
    from siyu.core.eventlog import lake
    from siyu.core.insight.trials import files
    from siyu.core.insight.trials.effect import Plan

    plan = Plan(control, worth=worth, shares=dict(map(share, shares)) or None, peeking=peeking)
    with lake.connect() as db:
        found = files.effect(db, file, arm=arm, outcome=outcome, pre=pre, cluster=cluster, by=by, plan=plan)
    if as_json:
        click.echo(json.dumps(as_dict(found, by), ensure_ascii=False))
        return
    shown = Table("arm", "people", "mean", "lift", "95 %", "p", "verdict")
    for one in found.whole.arms:
        shown.add_row(one.arm, f"{one.people:,}", f"{one.mean:.6g}", *lifted(one))
    console = Console(width=max(Console().width, 110))
    console.print(shown)
    if by:
        console.print(by_segment(found, by))
        click.echo(
            f"{found.comparisons} comparisons: chance alone finds one in twenty. The last two columns hold of all of "
            "them together (Bonferroni)."
        )


def as_dict(found: Any, by: str) -> dict[str, Any]:
    said = {
        "arms": [one._asdict() for one in found.whole.arms], "split": found.whole.split, "theta": found.whole.theta,
    }  # fmt: skip
    if not by:
        return said
    segments = [
        {"segment": one.name, "people": one.people, "split": one.compared and one.compared.split, "arms": sides(one)}
        for one in found.segments
    ]
    return said | {"by": by, "comparisons": found.comparisons, "correction": "Bonferroni", "segments": segments}


def sides(segment: Any) -> list[dict[str, Any]]:
    if segment.compared is None:
        return []
    corrected = {arm: {"p_corrected": p, "verdict_corrected": said} for arm, (p, said) in segment.corrected.items()}
    return [one._asdict() | corrected.get(one.arm, {}) for one in segment.compared.arms]


def by_segment(found: Any, by: str) -> Table:
    shown = Table(by, "arm", "people", "lift", "95 %", "p, corrected", "verdict, corrected")
    for segment in found.segments:
        if segment.compared is None:
            shown.add_row(segment.name, "", f"{segment.people:,}", "", "", "", "too few")
            continue
        for one in segment.compared.arms[1:]:
            p, verdict = segment.corrected[one.arm]
            lift, ends, *_ = lifted(one)
            shown.add_row(segment.name, one.arm, f"{one.people:,}", lift, ends, f"{p:.2g}", verdict)
    return shown


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
