"""The `siyu` command: one file per family of commands. A command imports what it needs when it is called."""

import json
import os
from typing import Any

import click

from siyu.kit.refusals import Refused


class Commands(click.Group):
    """An expected no is a sentence on stderr, with --json {"code", "message"} on stdout, and exit status 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["siyu.json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as no:
            if ctx.meta["siyu.json"]:
                click.echo(json.dumps(no.as_dict(), ensure_ascii=False))
            raise click.ClickException(f"{no.message} ({no.code})") from no


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="siyu")
def main() -> None:
    """siyu (私域): an operating system for private traffic."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    import django

    django.setup()


from siyu.cli import (  # noqa: E402  they register themselves
    attribution,
    audience,
    demo,
    effect,
    files,
    identity,
    keys,
    ledger,
    lifetime,
    person,
    portrait,
    running,
    screening,
    shops,
    sources,
    traffic,
    wasted,
)

__all__ = [
    "attribution",
    "audience",
    "demo",
    "effect",
    "files",
    "identity",
    "keys",
    "ledger",
    "lifetime",
    "main",
    "person",
    "portrait",
    "running",
    "screening",
    "shops",
    "sources",
    "traffic",
    "wasted",
]
