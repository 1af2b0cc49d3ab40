"""siyu identity: who is whom."""

import json
from dataclasses import asdict

import click

from siyu.cli import main


@main.group()
def identity() -> None:
    """Who is whom: the map of persons."""


@identity.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def rebuild(as_json: bool) -> None:
    """Draw the map of persons anew, after limits or namespaces have changed, and say what that changed.

    Others may go on working. Killed, it is begun again.
    """
    from siyu.core.people.graph.rebuilding import rebuild as draw
    from siyu.kit import clock

    def show(done: int, total: int) -> None:
        click.echo(f"{done:,} of {total:,} identities", err=True)

    found = draw(at=clock.now(), progress=show)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    click.echo(f"{found.identities:,} identities with evidence; {found.moved:,} are of another person now.")
    for guard, (before, now) in found.refused.items():
        click.echo(f"  {guard}: {before:,} ties refused before, {now:,} now")
    for number in found.overruled:
        click.echo(f"  decision {number}: an operator's join that a guard is against now")
