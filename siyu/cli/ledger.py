"""siyu ledger: the books of points, budgets and growth."""

import json

import click

from siyu.cli import main


@main.group()
def ledger() -> None:
    """The books: every point, coupon budget and growth unit."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def prove(as_json: bool) -> None:
    """Prove that balances are the sums of their entries, units sum to zero and every lot is accounted for.

    Exit status 1 where something does not hold.
    """
    from siyu.core.ledger.proving import RULES
    from siyu.core.ledger.proving import prove as proved
    from siyu.kit import clock

    proof = proved(at=clock.now())
    if as_json:
        told = {"holds": not proof.findings, "transfers": proof.transfers, "rules": len(RULES)}
        click.echo(json.dumps(told | {"findings": proof.findings}))
    else:
        for one in proof.findings:
            click.echo(f"✗ {one['rule']}: {one['what']} says {one['says']}, and should say {one['should']}")
        click.echo(f"{len(RULES)} rules over {proof.transfers:,} transfers: {len(proof.findings) or 'nothing'} broken")
    if proof.findings:
        raise SystemExit(1)


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def balances(as_json: bool) -> None:
    """What stands where, by unit and kind of account."""
    from siyu.core.ledger.queries import kinds

    rows = kinds()
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows]))
        return
    for row in rows:
        click.echo(f"{row.unit:<8}{row.kind:<12}{row.name or 'members':<28}{row.accounts:>9,} {row.balance:>16,}")
