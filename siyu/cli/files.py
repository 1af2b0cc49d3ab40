"""siyu import: files on their way in."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from siyu.cli import main

KINDS = ("orders", "people", "products", "listings", "events", "spend")


@main.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Where a field stands; A+B sums columns.")
@click.option(
    "--source", default="shop", show_default=True, help="Whose file it is; numbers are unique within a source."
)
@click.option("--currency", default="", metavar="CODE", help="The currency of amounts that name none.")
@click.option(
    "--rate", "rates", multiple=True, metavar="EUR=7.8", help="What a currency is worth in the base currency."
)
@click.option("--zone", default="", help="The time zone of times that name none; default: the brand's.")
@click.option("--namespace", default="", help="What kind of number the buyer's or person's is; default: the source.")
@click.option("--at", "said_at", type=click.DateTime(["%Y-%m-%d"]), help="When rows without a time hold from.")
@click.option("--encoding", default="", help="The encoding of a text file; default: found out.")
@click.option(
    "--dialect",
    type=click.Choice(["segment", "sensors"]),
    help="Whose words a file of events is in; default: found out.",
)
@click.option(
    "--preset", default="", help="Whose export it is, such as taobao-items; `none`: nobody's; default: found out."
)
@click.option("--preview", is_flag=True, help="Judge the rows and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def import_(kind: str, files: tuple[Path, ...], as_json: bool, preview: bool, dialect: str | None, **said: Any) -> None:
    """Take in FILES of orders, people, products, our own listings, events or spend: CSV, XLSX, NDJSON or Parquet."""
    from siyu.kit.refusals import Refused

    try:
        options = options_of(**said)
        if not preview:
            settle_currency(kind, options)
        reports = [take(kind, path, options, preview, dialect).as_dict() for path in files]
    except Refused as refusal:
        say_refusal(refusal.as_dict(), as_json)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(reports[0] if len(reports) == 1 else {"runs": reports}, ensure_ascii=False))
        return
    for report in reports:
        show(report, preview)


def options_of(
    *, mapping: tuple[str, ...], rates: tuple[str, ...], zone: str, currency: str, said_at: Any, **said: str
) -> Any:
    from siyu.core.eventlog.imports import Options
    from siyu.kit.clock import day_begins

    if zone:
        parsed(ZoneInfo, zone, "zone_unknown", f"{zone} is no time zone; one is Asia/Shanghai.")
    from django.conf import settings

    return Options(
        said_at=said_at and day_begins(said_at.date(), zone or settings.SIYU.zone),
        mapping={name: tuple(columns.split("+")) for name, columns in map(pair, mapping)},
        rates={code.upper(): rate_of(text) for code, text in map(pair, rates)},
        zone=zone,
        currency=currency.upper(),
        **said,
    )


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and name and value):
        raise click.BadParameter(f"{text}: say NAME=VALUE")
    return name.strip(), value.strip()


def rate_of(text: str) -> Decimal:
    rate = parsed(Decimal, text, "rate_unreadable", f"{text} is no rate.")
    if not 0 < rate < 1_000_000:
        parsed(Decimal, "", "rate_unreadable", f"{text} is no rate.")
    return rate


def parsed(kind: Any, text: str, code: str, sentence: str) -> Any:
    from siyu.kit.refusals import Refused

    try:
        return kind(text)
    except (InvalidOperation, KeyError, ValueError, OSError) as fault:
        raise Refused(sentence, code=code) from fault


def settle_currency(kind: str, options: Any) -> None:
    """The first orders of an instance settle its base currency, where they name one without a rate for it."""
    from django.conf import settings

    from siyu.conf.env import remember
    from siyu.features.commerce.queries import any_orders

    currency: str = options.currency
    if (
        kind != "orders"
        or not currency
        or currency in options.rates
        or currency == settings.SIYU.currency
        or any_orders()
    ):
        return
    remember(settings.SIYU.home, currency=currency)
    settings.SIYU.currency = currency
    click.echo(f"{currency} is the base currency of this instance from now on.", err=True)


def take(kind: str, path: Path, options: Any, preview: bool, dialect: str | None = None) -> Any:
    """One file, and the lake after it."""
    from siyu.core.eventlog.drain import drain_all
    from siyu.core.eventlog.imports.lines import bring_in
    from siyu.kit import clock

    with shown() as progress:
        said: dict[str, Any] = {"at": clock.now(), "preview": preview, "progress": progress}
        report = bring_in(kinds()[kind], path, options=options, dialect=dialect, **said)
        if not preview:
            progress("filling the lake", 0, 0)
            drain_all()
    return report


def kinds() -> dict[str, Any]:
    from siyu.core.eventlog.imports.events import events
    from siyu.core.people.imports import people
    from siyu.features.commerce import imports as commerce
    from siyu.features.traffic.imports import spend

    return {kind.name: kind for kind in (commerce.orders, people, commerce.products, commerce.listings, events, spend)}


@contextmanager
def shown() -> Iterator[Callable[[str, int, int], None]]:
    """Progress on stderr, as a bar."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield progress


def say_refusal(refusal: dict[str, str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(refusal, ensure_ascii=False))
    else:
        click.echo(f"{refusal['message']} ({refusal['code']})", err=True)


def show(report: dict[str, Any], preview: bool) -> None:
    """The report as a page of text."""
    if report["repeated"]:
        click.echo(f"{report['file']} was imported before (run {report['run']}); nothing has changed.")
    elif not (report["taken"] or report["mended"]):
        click.echo(f"Nothing in {report['file']} is new.")
    head = "Would import" if preview else "Imported"
    made = [
        f"{report[what]:,} {what}"
        for what in ("orders", "refunds", "people", "products", "listings", "events", "spend")
        if report[what]
    ]
    if made and (report["taken"] or report["mended"]):
        click.echo(f"{head} {', '.join(made)} from {report['file']}.")
    if report["preset"]:
        click.echo(f"It is an export of {report['preset']}.")
    if report["unread"]:
        click.echo(f"Columns that were not read: {', '.join(report['unread'])}. Say --map FIELD=COLUMN if they matter.")
    lines = ", ".join(f"{what} {report[what]:,}" for what in ("taken", "mended", "refused", "skipped", "unchanged"))
    click.echo(f"Lines: {report['rows']:,}: {lines}.")
    for code, count in sorted(report["reasons"].items()):
        click.echo(f"  {count:>9,}  {code}")
    if report["refused_file"]:
        click.echo(f"Refused rows with their reasons: {report['refused_file']}")
