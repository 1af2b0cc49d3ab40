"""siyu person: what is known of somebody, what they allow, and forgetting them."""

import json
from pathlib import Path
from typing import Any

import click

from siyu.cli import main


@main.group()
def person() -> None:
    """One person: export, erasure, consents. CODE is per_…, or a phone or number that they are known by."""


def number_of(text: str) -> int:
    from siyu.core.people import queries
    from siyu.core.people.codes import NoSuchPerson

    found = queries.find(text)
    if len(found) != 1:
        raise NoSuchPerson(f"{text} names {'nobody' if not found else 'several people; say a code'}")
    return found[0]


@person.command("export")
@click.argument("code")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write to.")
def export_(code: str, out: Path) -> None:
    """Write all that is known of CODE as a ZIP of JSON files."""
    from siyu.core.people import export
    from siyu.core.people.codes import code as code_of
    from siyu.core.people.models import Person
    from siyu.core.team import trail
    from siyu.kit import clock

    number = number_of(code)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{code_of(number)}.zip"
    path.write_bytes(export.packed(number, at=clock.now()))
    path.chmod(0o600)
    trail.note(Person(pk=number), "exported", code=code_of(number), through="cli")
    click.echo(str(path))


@person.command()
@click.argument("code")
@click.option("--reason", default="", help="Why, in a word; it stands on the receipt.")
@click.option("--preview", is_flag=True, help="Say what there is and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output; does not ask either.")
def erase(code: str, reason: str, preview: bool, yes: bool, as_json: bool) -> None:
    """Forget CODE everywhere and print the receipt. There is no way back."""
    from siyu.core.people import erasure
    from siyu.core.team import trail
    from siyu.kit import clock

    number = number_of(code)
    if preview:
        say(erasure.preview(number), as_json)
        return
    if not (yes or as_json):
        say(erasure.preview(number), as_json)
        click.confirm("Forget this person? There is no way back.", abort=True)
    wish = erasure.request(person=number, reason=reason, by="cli", at=clock.now())
    trail.note(wish, "erased", code=erasure.receipt(wish)["person"], through="cli")
    say(erasure.receipt(erasure.carry_out(wish, at=clock.now())), as_json)


@person.command()
@click.argument("code")
@click.option("--give", "granted", flag_value="yes", help="They say yes.")
@click.option("--withdraw", "granted", flag_value="no", help="They say no.")
@click.option("--channel", help="sms, email, wecom …")
@click.option("--purpose", default="marketing", show_default=True)
@click.option("--source", default="cli", show_default=True, help="Where they said so.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def consent(code: str, granted: str | None, as_json: bool, **about: str) -> None:
    """What CODE allows; with --give or --withdraw and --channel, take in a word."""
    from siyu.core.people import consent as consents
    from siyu.kit import clock

    number = number_of(code)
    if granted and not about["channel"]:
        raise click.UsageError("say --channel")
    if granted:
        verb = consents.give if granted == "yes" else consents.withdraw
        verb(person=number, **about, at=clock.now())
    say([vars(one) for one in consents.standing(number)], as_json)


def say(told: Any, as_json: bool) -> None:
    click.echo(json.dumps(told, ensure_ascii=False, default=str, indent=None if as_json else 1))
