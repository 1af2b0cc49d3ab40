"""siyu audience: count, list, export and explain a definition."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from siyu.cli import main

LISTED = 100
definition_argument = click.argument("definition")
as_of_option = click.option("--as-of", metavar="DATE", help="The facts of then: before this day or moment.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


@main.group()
def audience() -> None:
    """Whom a definition means. DEFINITION is a file, JSON, or the name of a saved audience."""


@audience.command()
@definition_argument
@as_of_option
@json_option
def count(definition: str, as_of: str | None, as_json: bool) -> None:
    """How many people are in it."""
    from siyu.core.insight import audiences

    with refusing(as_json):
        people = audiences.count(read(definition), caught_up(as_of))
    say({"people": people}, as_json, f"{people:,} people")


@audience.command("list")
@definition_argument
@as_of_option
@click.option("--limit", type=click.IntRange(0, 1_000_000), default=LISTED, show_default=True, help="How many to show.")
@json_option
def listing(definition: str, as_of: str | None, limit: int, as_json: bool) -> None:
    """Who is in it, by code."""
    from django.conf import settings

    from siyu.core.insight import audiences
    from siyu.kit import codes

    with refusing(as_json):
        numbers = audiences.members(read(definition), caught_up(as_of))
    people = [codes.encode("per", number, settings.SECRET_KEY) for number in numbers[:limit].tolist()]
    more = [f"… and {len(numbers) - limit:,} more"] if len(numbers) > limit else []
    say({"people": people, "total": len(numbers)}, as_json, "\n".join([*people, *more]))


@audience.command()
@definition_argument
@click.option(
    "--to", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help=".csv .xlsx .parquet"
)
@as_of_option
@json_option
def export(definition: str, file: Path, as_of: str | None, as_json: bool) -> None:
    """Write everyone in it to a file, with what their newest portraits say (not as of an earlier day)."""
    from siyu.core.insight import audiences

    with refusing(as_json):
        people = audiences.export(read(definition), to=file, as_of=caught_up(as_of))
    say({"people": people, "file": str(file)}, as_json, f"{people:,} people in {file}")


@audience.command()
@definition_argument
@as_of_option
@click.option("--dialect", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@json_option
def explain(definition: str, as_of: str | None, dialect: str, as_json: bool) -> None:
    """How many each node keeps, and the query behind it."""
    from siyu.core.insight import asof, audiences

    with refusing(as_json):
        asked, moment = read(definition), caught_up(as_of)
        told = audiences.explain(asked, moment)
        told["sql"] = audiences.sql(asked, dialect=dialect, as_of=asof.resolve(moment))
    say(told, as_json, "\n".join([*bars(told["tree"], told["of"]), "", told["sql"]]))


@audience.command()
@definition_argument
@click.argument("person")
@as_of_option
@json_option
def why(definition: str, person: str, as_of: str | None, as_json: bool) -> None:
    """Why PERSON (per_…) is in or out."""
    from django.conf import settings

    from siyu.core.insight import audiences
    from siyu.kit import codes

    number = codes.decode("per", person, settings.SECRET_KEY)
    if number is None:
        raise click.BadParameter(f"{person!r} is no person's code (per_…).")
    with refusing(as_json):
        told = audiences.why(read(definition), number, caught_up(as_of))
    say(told, as_json, "\n".join(reasons(told["tree"])))


def read(definition: str) -> Any:
    """JSON as it stands, a file of it, or what is saved under the name."""
    from siyu.core.insight.audiences.reading import find

    text = definition
    if not definition.lstrip().startswith("{"):
        if not Path(definition).is_file():
            saved = find(definition)
            if saved is None:
                raise click.BadParameter(f"{definition!r} is neither JSON, a file, nor a saved audience.")
            return saved.definition
        text = Path(definition).read_text("utf-8-sig")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise click.BadParameter(f"That is no JSON: {error}") from None


def caught_up(as_of: str | None) -> datetime | None:
    """Bring everything into the lake first; then the moment that was asked for."""
    from django.conf import settings

    from siyu.core.eventlog.drain import drain_all
    from siyu.kit.clock import day_begins

    drain_all()
    if as_of is None:
        return None
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise click.BadParameter(f"{as_of!r} is no date; write 2026-05-01.") from None
    return moment if moment.tzinfo else day_begins(moment.date(), settings.SIYU.zone)


class refusing:
    """An expected no ends the command with its sentence, or with {"code", "message"}, and status 2."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, refused: Any, trace: Any) -> None:
        from siyu.kit.refusals import Refused

        if isinstance(refused, Refused):
            problems = getattr(refused, "problems", [refused])
            if self.as_json:
                click.echo(json.dumps(refused.as_dict(), ensure_ascii=False))
            for problem in problems:
                click.echo(f"{problem.code}: {problem.message}", err=True)
            raise SystemExit(2) from None


def say(told: dict[str, Any], as_json: bool, text: str) -> None:
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else text)


def bars(node: dict[str, Any], of: int, depth: int = 0) -> list[str]:
    share = node["people"] / of if of else 0
    line = f"{node['people']:>12,}  {'█' * round(share * 20):<20}  {'  ' * depth}{node['text']}"
    return [line, *(line for child in node["children"] for line in bars(child, of, depth + 1))]


def reasons(node: dict[str, Any], depth: int = 0) -> list[str]:
    value = "" if node["value"] is None else f"   [{node['value']}]"
    line = f"{'  ' * depth}{'✓' if node['in'] else '✗'} {node['text']}{value}"
    return [line, *(line for child in node["children"] for line in reasons(child, depth + 1))]
