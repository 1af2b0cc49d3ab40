"""siyu demo: the sample brand, from an empty folder to the console."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from siyu.cli import main, running
from siyu.cli.running import err

OPERATOR = "demo"
BRAND = {"brand": "Sample grocer", "currency": "USD", "zone": "UTC", "demo_payments": "true"}
"""What the sample is: a grocer that sells in dollars; it names no zone. A button stands for money."""


@main.command()
@click.option("--no-serve", is_flag=True, help="End after the report.")
@click.option("--port", type=int, help="Port to listen on.")
def demo(no_serve: bool, port: int | None) -> None:
    """Import a real brand's sales history, print its portrait, serve the console. A second run changes nothing."""
    from siyu import sample
    from siyu.cli.files import shown
    from siyu.sample.shop import PHONE

    with step("The data folder"):
        prepare()
    with step("Importing the sample"), shown() as progress:
        sample.load(progress)
    with step("Drawing portraits"):
        draw()
    print_report()
    password = sign_in()
    if no_serve:
        return
    err.print(f"Sign in as [bold]{OPERATOR}[/bold] with [bold]{password}[/bold]")
    err.print(
        f"Members shop at [bold]/m/[/bold]: sign in as [bold]{PHONE}[/bold]; the code stands in the console's Outbox",
        highlight=False,
    )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "siyu", "serve", *(["--port", str(port)] if port else [])])  # noqa: S606


@contextmanager
def step(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    err.print(f"  {what:<24} {time.perf_counter() - began:5.1f} s", highlight=False)


def prepare() -> None:
    """A folder of the sample's own: its money is not somebody else's."""
    from django.conf import settings

    from siyu.kit.refusals import Refused

    new = not (settings.HOME / "settings.env").exists()
    if not new and settings.SIYU.currency != BRAND["currency"]:
        raise Refused(f"{settings.HOME} is another brand's; choose an empty SIYU_HOME", code="folder_taken")
    running.prepare(**(BRAND if new else {}))


def draw() -> None:
    """What the worker would do next: the month's screening, and what is drawn from a lake that says all of it; and a
    report of that."""
    from siyu.core.eventlog.drain import drain_all
    from siyu.core.insight import screening
    from siyu.core.insight.refresh import refresh_derived
    from siyu.features.traffic import returns, wasted
    from siyu.kit import clock
    from siyu.sample import reports

    screening.monthly(clock.now())
    drain_all()
    refresh_derived(clock.now())
    returns.keep_fresh(clock.now())
    wasted.keep_fresh(clock.now())
    reports.subscribe(clock.now())


def print_report() -> None:
    from siyu.cli.portrait import show
    from siyu.core.insight.report import kept

    show(kept())


def sign_in() -> str:
    """The demo operator's password: made once, kept beside the data for the next run."""
    from django.conf import settings

    from siyu.core.team.actions import NameTaken, create_operator
    from siyu.kit import clock

    note = settings.HOME / "demo-password"
    try:
        _, password = create_operator(username=OPERATOR, owner=True, at=clock.now())
    except NameTaken:
        return note.read_text() if note.exists() else "the password you chose"
    note.touch(mode=0o600)
    note.write_text(password)
    return password
