"""siyu shop: shops elsewhere that tell this house of their orders."""

import json
import sys
from typing import Any

import click

from siyu.cli import main

STDIN = "-"
as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


@main.group()
def shop() -> None:
    """Shops (Shopify, WooCommerce) that deliver their orders here by webhook."""


@shop.command()
@click.argument("name")
@click.option("--kind", required=True, help="shopify or woocommerce.")
@click.option("--secret", default="", help="What the shop signs with; - reads it from standard input.")
@click.option("--source", default="", help="Order numbers are unique within a source; default: NAME.")
@click.option("--currency", default="", metavar="CODE", help="Of amounts that name none; default: the base currency.")
@as_json_option
def connect(name: str, *, kind: str, secret: str, source: str, currency: str, as_json: bool) -> None:
    """Connect the shop NAME; prints the address for its webhooks, and this once the secret that was made for it."""
    from django.conf import settings

    from siyu.features.commerce.shops import connecting
    from siyu.kit import clock

    given = sys.stdin.readline().strip() if secret == STDIN else secret
    code = currency.upper() or settings.SIYU.currency
    said = {"name": name, "kind": kind, "source": source, "currency": code}
    made, kept = connecting.connect(**said, secret=given, at=clock.now())
    told = {"name": made.name, "kind": made.kind, "source": made.source, "address": address(made)}
    told |= {} if given else {"secret": kept}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"Webhooks of {made.name} go to {told['address']}")
    if not given:
        click.echo(f"Its secret, shown this once: {kept}")


def address(shop: Any) -> str:
    """Behind a proxy with a name of its own, the path is what counts."""
    from django.conf import settings

    return f"http://{settings.SIYU.host}:{settings.SIYU.port}{shop.path}"


@shop.command("list")
@as_json_option
def list_shops(as_json: bool) -> None:
    """All shops, and how their deliveries go."""
    from siyu.features.commerce.shops.standings import standings

    rows = standings()
    if as_json:
        told = [row._asdict() for row in rows]
        click.echo(json.dumps(told, default=lambda moment: moment.isoformat(), ensure_ascii=False))
        return
    for row in rows:
        state = f"closed {row.closed_at:%Y-%m-%d}" if row.closed_at else "open"
        counts = f"{row.heard:,} deliveries, {row.stuck:,} to mend, {row.forged:,} forged"
        click.echo(f"{row.name}  {row.kind}, source {row.source} ({state}): {counts}")


@shop.command()
@click.argument("name")
@as_json_option
def close(name: str, as_json: bool) -> None:
    """Disconnect the shop NAME: its address answers 404, what it has told stays."""
    from siyu.features.commerce.shops import connecting
    from siyu.kit import clock

    closed = connecting.close(shop=connecting.named(name), at=clock.now())
    assert closed.closed_at
    if as_json:
        click.echo(json.dumps({"name": closed.name, "closed_at": closed.closed_at.isoformat()}, ensure_ascii=False))
    else:
        click.echo(f"{closed.name} is closed.")
