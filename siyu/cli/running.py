"""siyu init, serve, worker, createoperator, doctor, demo."""

import json
import os
import sys
from functools import partial

import click
from rich.console import Console

from siyu.cli import main
from siyu.conf.processes import ROOMS

err = Console(stderr=True)


@main.command()
@click.option("--brand", help="The brand's name.")
@click.option("--currency", help="The base currency, such as CNY.")
@click.option("--zone", help="The brand's time zone, such as Asia/Shanghai.")
@click.option("--language", type=click.Choice(["zh-hans", "en"]), help="The console's first language.")
def init(**given: str | None) -> None:
    """Create the data folder and its databases; safe to repeat."""
    chosen = {name: value for name, value in given.items() if value}
    prepare(**chosen)
    click.echo(f"Ready: {home()}")


def home() -> os.PathLike[str]:
    from django.conf import settings

    return settings.SIYU.home


def prepare(**chosen: str) -> None:
    """The data folder with today's tables, and the settings that were given."""
    from django.conf import settings

    from siyu.conf.env import remember
    from siyu.conf.tables import lay
    from siyu.core.eventlog import lake
    from siyu.core.eventlog.react import enrol

    if chosen:
        adopt = type(settings.SIYU).model_validate({**settings.SIYU.model_dump(), **chosen})
        remember(settings.HOME, **chosen)
        for name in chosen:
            setattr(settings.SIYU, name, getattr(adopt, name))
    for alias in settings.DATABASES:
        lay(alias)
    lake.upgrade()
    enrol()


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Run web and worker in one process tree, until stopped."""
    from django.conf import settings

    from siyu.conf.processes import born, load, rooms, run_together, web

    ready = born("prepare", prepare)  # elsewhere: the threads of its engines do not survive a fork
    load("siyu.conf.wsgi", "siyu.conf.worker")
    ready.join()
    if ready.exitcode:
        sys.exit(ready.exitcode)
    host, port = host or settings.SIYU.host, port or settings.SIYU.port
    err.print(f"siyu serves at [bold]http://{host}:{port}[/bold] (Ctrl-C ends)")
    sys.exit(run_together({"web": partial(web, host, port, settings.SIYU.web_threads), **rooms()}))


@main.command()
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@click.option("--room", type=click.Choice(ROOMS), help="Only this part of the work.")
def worker(once: bool, room: str | None) -> None:
    """Run reactions and drain (flow), what is learnt from them (study) and files that operators sent (intake).

    A process each, or all in one with --once.
    """
    from siyu.conf.processes import load, rooms, run_together

    if not (once or room):
        load("siyu.conf.worker")
        sys.exit(run_together(rooms()))
    from siyu.conf.worker import work

    work(*([room] if room else ROOMS), once=once)


@main.command()
@click.argument("username")
@click.option("--owner", is_flag=True, help="May do everything.")
@click.option("--role", "roles", multiple=True, help="community, member, activity, product, media, guide.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def createoperator(username: str, owner: bool, roles: tuple[str, ...], as_json: bool) -> None:
    """Let somebody work in the console; prints a password that is kept nowhere in clear."""
    from siyu.core.team.actions import create_operator
    from siyu.kit import clock
    from siyu.kit.refusals import Refused

    try:
        operator, password = create_operator(username=username, owner=owner, roles=roles, at=clock.now())
    except Refused as refusal:
        click.echo(json.dumps(refusal.as_dict(), ensure_ascii=False) if as_json else refusal.message, err=not as_json)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps({"username": operator.username, "password": password}))
    else:
        click.echo(f"{operator.username} signs in with {password}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def doctor(as_json: bool) -> None:
    """Prove that database, landing and lake agree; exit status 1 when they do not."""
    from dataclasses import asdict

    from siyu.conf.doctor import examine

    findings = list(examine())
    well = all(finding.well for finding in findings)
    if as_json:
        click.echo(json.dumps({"well": well, "checks": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'✓' if finding.well else '✗'} {finding.check}: {finding.text}")
    sys.exit(not well)
