"""siyu source and siyu events: where behaviour comes from, and how much of it there is."""

import json
from typing import Any

import click

from siyu.cli import main

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


@main.group()
def source() -> None:
    """Sources: apps, sites and mini-programs whose SDKs send their events here."""


@source.command()
@click.argument("name")
@click.option("--protocol", required=True, help="What its SDK speaks: segment or sensors.")
@click.option("--namespace", default="", help="What kind of number its user ids are, such as member; default: NAME.")
@as_json_option
def create(name: str, protocol: str, namespace: str, as_json: bool) -> None:
    """Open a source NAME; prints what its SDK must be given."""
    from siyu.core.eventlog import sources
    from siyu.kit import clock

    made = sources.create(name=name, protocol=protocol, namespace=namespace, at=clock.now())
    told = {"name": made.name, "protocol": made.protocol, **way_in(made)}
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else told.get("write_key") or told["url"])


def way_in(made: Any) -> dict[str, str]:
    """What its SDK must be given: a key, or with Sensors an address that holds it."""
    from django.conf import settings

    from siyu.core.eventlog.sources import address

    if made.protocol == "segment":
        return {"write_key": made.key}
    return {"url": address(made, f"http://{settings.SIYU.host}:{settings.SIYU.port}")}


@source.command("list")
@as_json_option
def list_sources(as_json: bool) -> None:
    """All sources."""
    from siyu.core.eventlog.models import Source

    rows = list(Source.objects.order_by("name").values("name", "protocol", "namespace", "made_at", "closed_at"))
    if as_json:
        click.echo(json.dumps(rows, default=lambda moment: moment.isoformat(), ensure_ascii=False))
        return
    for row in rows:
        state = f"closed {row['closed_at']:%Y-%m-%d}" if row["closed_at"] else "open"
        click.echo(f"{row['name']}  {row['protocol']}, user ids are {row['namespace']} ({state})")


@source.command()
@click.argument("name")
@as_json_option
def close(name: str, as_json: bool) -> None:
    """Shut the source NAME: its key opens nothing any more, what it has sent stays."""
    from siyu.core.eventlog import sources
    from siyu.kit import clock

    closed = sources.close(source=sources.named(name), at=clock.now())
    assert closed.closed_at
    if as_json:
        click.echo(json.dumps({"name": closed.name, "closed_at": closed.closed_at.isoformat()}, ensure_ascii=False))
    else:
        click.echo(f"{closed.name} is closed; processes that run notice within seconds.")


@main.group()
def events() -> None:
    """Events: what has come in."""


@events.command()
@click.option("--source", help="Only what this source has sent.")
@click.option("--event", help="Only events of this name.")
@as_json_option
def count(source: str | None, event: str | None, as_json: bool) -> None:
    """How many events the lake holds, and how many landed messages still wait for it."""
    from siyu.core.insight.happenings import tally

    told = tally(source=source, event=event)
    click.echo(json.dumps(told) if as_json else f"{told['events']:,} events; {told['waiting']:,} messages wait")


@events.command("plan")
@click.option("--source", help="Only what this source has sent.")
@as_json_option
def tracking_plan(source: str | None, as_json: bool) -> None:
    """The tracking plan: events and properties as they come, what is expected of them, what came otherwise."""
    from siyu.core.eventlog.plan import plan

    found = plan(source)
    if as_json:
        click.echo(json.dumps(found, default=lambda moment: moment.isoformat(), ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['source']}  {row['event']}  {row['volume']:,}")
        for one in row["properties"]:
            click.echo(f"    {one['name']}: {one['type']}  {one['volume']:,}")
        for one in row["violations"]:
            click.echo(f"    ! {one['property']}: {one['fault']}  {one['volume']:,}")
