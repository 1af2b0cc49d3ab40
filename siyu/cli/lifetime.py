"""siyu ltv: what customers are still going to buy."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main

DAY = click.DateTime(["%Y-%m-%d"])
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


def _months(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    import re

    if wrong := [month for month in given if not re.match(MONTH, month)]:
        raise click.BadParameter(f"{wrong[0]} is no month; write YYYY-MM.", ctx, option)
    return given


@main.command()
@click.option("--from", "from_day", type=DAY, help="Only people whose first purchase is on or after this day.")
@click.option("--until", type=DAY, help="The last day that counts; default: today, for an imported history its end.")
@click.option("--horizon", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days to look ahead.")
@click.option("--unit", type=click.Choice(["day", "week"]), help="Of time; default: day, with --file week.")
@click.option("--cohort", "cohorts", multiple=True, callback=_months, help="YYYY-MM of the first purchase; repeatable.")
@click.option("--discount", type=click.FloatRange(0, 10), default=0.0, help="Yearly rate, such as 0.1; default: none.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CSV of x, t_x, T, zbar.")
@click.option("--people", "each", is_flag=True, help="Each person's prediction too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def ltv(
    *,
    from_day: datetime | None,
    until: datetime | None,
    horizon: int,
    unit: str | None,
    cohorts: tuple[str, ...],
    discount: float,
    file: Path | None,
    each: bool,
    as_json: bool,
) -> None:
    """Customers' lifetime value: BG/NBD and Gamma-Gamma, or what comparable people did, and how well it held before."""
    from django.conf import settings

    from siyu.core.insight.lifetime import Window

    window = Window(
        settings.SIYU.currency, unit or ("week" if file else "day"), from_day.date() if from_day else None, cohorts
    )
    if file and (from_day or until or cohorts):
        raise click.UsageError("--file has no dates; leave out --from, --until and --cohort.")
    if file:
        plain = _from_file(file, window, horizon=horizon, discount=discount, each=each)
    else:
        last = until.date() if until else None
        plain = _from_lake(window, until=last, horizon=horizon, discount=discount, each=each)
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        _show(plain)


def _from_lake(window: Any, *, until: date | None, horizon: int, discount: float, each: bool) -> dict[str, Any]:
    from siyu.core.insight.asof import default_as_of
    from siyu.core.insight.facts import open_facts
    from siyu.core.insight.lifetime import appraise, as_dict, people
    from siyu.core.insight.lifetime.reading import last_day

    with open_facts() as db:
        appraisal = appraise(
            db, window, until=until or last_day(default_as_of(db)), horizon_days=horizon, discount=discount
        )
    plain = as_dict(appraisal)
    return plain | {"people": people(appraisal, _codes(appraisal.summary.person))} if each else plain


def _from_file(file: Path, window: Any, *, horizon: int, discount: float, each: bool) -> dict[str, Any]:
    from siyu.core.insight.lifetime import as_dict, people
    from siyu.core.insight.lifetime.appraisal import appraise_summary
    from siyu.core.insight.lifetime.published import read

    summary, names = read(file, unit=window.unit)
    appraisal = appraise_summary(summary, window, horizon_days=horizon, discount=discount)
    plain = as_dict(appraisal)
    return plain | {"people": people(appraisal, names)} if each else plain


def _codes(numbers: Any) -> list[str]:
    from django.conf import settings

    from siyu.kit.codes import encode

    return [encode("per", number, settings.SECRET_KEY) for number in numbers.tolist()]


def _show(plain: dict[str, Any]) -> None:
    from siyu.kit.money import text

    out, currency = Console(), plain["currency"]
    out.print(f"{plain['customers']:,} customers, {plain['repeat_buyers']:,} bought again", highlight=False)
    if "fallback" in plain:
        out.print(f"[yellow]{plain['fallback']['message']}[/yellow] Model: {plain['model']}.")
    found = "  ".join(f"{name} {value:.3f}" for name, value in plain["params"].items() if value is not None)
    out.print(f"{found}  log-likelihood {plain['log_likelihood']:.1f}", highlight=False)
    if total := plain["total"]:
        low, high = text(total["low"], currency), text(total["high"], currency)
        said = f"[bold]{text(total['expected'], currency)}[/bold] in the next {plain['horizon_days']} days"
        out.print(f"{said}, 95 %: {low} to {high}", highlight=False)
    if beside := plain["calibration"]:
        out.print(_calibration(beside, currency))
    for person in plain.get("people", [])[:20]:
        money = text(person["ltv"], currency)
        out.print(f"{person['person']}  {money}  alive {person['alive']:.0%}", highlight=False)


def _calibration(beside: dict[str, Any], currency: str) -> Table:
    from siyu.kit.money import text

    spend = beside["spend"]
    error = "–" if spend["error"] is None else f"{spend['error']:+.1%}"
    shown = Table(title=f"Held against {beside['from']} to {beside['until']}: spend {error}", title_justify="left")
    for name in ("bought again", "people", "orders said", "came", "spend said", "came"):
        shown.add_column(name, justify="right")
    for row in beside["buckets"]:
        orders = f"{row['predicted_orders']:,.0f}", f"{row['actual_orders']:,}"
        money = text(row["predicted_spend"], currency), text(row["actual_spend"], currency)
        shown.add_row(row["x"], f"{row['people']:,}", *orders, *money)
    return shown
