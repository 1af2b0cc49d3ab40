"""siyu key: API keys for programs."""

import json
from typing import TYPE_CHECKING

import click

from siyu.cli import main

if TYPE_CHECKING:
    from siyu.core.team.models import Operator


@main.group()
def key() -> None:
    """API keys: a program's way in."""


@key.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="May be given several times; see `siyu key scopes`."
)
@click.option("--by", "username", help="The operator who makes it; default: the first owner.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def create(name: str, scopes: tuple[str, ...], username: str | None, as_json: bool) -> None:
    """Make a key NAME; its secret is shown this once."""
    from siyu.core.team import keys
    from siyu.kit import clock

    made, secret = keys.make(name=name, scopes=scopes, by=operator(username), at=clock.now())
    if as_json:
        click.echo(json.dumps({"name": made.name, "prefix": made.prefix, "scopes": made.scopes, "secret": secret}))
    else:
        click.echo(f"{secret}\n\nIt is shown this once and may: {', '.join(made.scopes)}.")


def operator(username: str | None) -> "Operator":
    from siyu.core.team.models import Operator

    chosen = Operator.objects.filter(username=username) if username else Operator.objects.filter(is_superuser=True)
    found = chosen.filter(is_active=True).order_by("pk").first()
    if found is None:
        raise click.ClickException("no such operator; `siyu createoperator` makes one")
    return found


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def list_keys(as_json: bool) -> None:
    """All keys, without their secrets."""
    from siyu.core.team.models import ApiKey

    rows = list(ApiKey.objects.order_by("pk").values("prefix", "name", "scopes", "made_at", "used_at", "revoked_at"))
    if as_json:
        click.echo(json.dumps(rows, default=lambda moment: moment.isoformat()))
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else f"last used {row['used_at'] or 'never'}"
        click.echo(f"{row['prefix']}  {row['name']}: {', '.join(row['scopes'])} ({state})")


@key.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Close the key with this PREFIX."""
    from siyu.core.team import keys
    from siyu.core.team.models import ApiKey
    from siyu.kit import clock

    found = ApiKey.objects.filter(prefix=prefix.removeprefix("sk_").partition("_")[0]).first()
    if found is None:
        raise click.ClickException("no key has that prefix; `siyu key list` shows them")
    keys.revoke(key=found, at=clock.now())
    click.echo(f"{found.name} opens nothing any more.", err=True)


@key.command()
def scopes() -> None:
    """What a key may be allowed to."""
    from siyu.core.team.keys import SCOPES

    for scope, meaning in SCOPES.items():
        click.echo(f"{scope:<16} {meaning}")
