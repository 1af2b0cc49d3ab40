"""siyu screen and siyu recommend."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from siyu.cli import main

if TYPE_CHECKING:
    from siyu.core.insight.models import Round

DAY = click.DateTime(["%Y-%m-%d"])
MONTH = click.DateTime(["%Y-%m"])
SHARES = (0.05, 0.1)
out, err = Console(), Console(stderr=True)


@main.command()
@click.option("--month", type=MONTH, help="Keep it as this month's round (YYYY-MM), or show that round.")
@click.option("--again", is_flag=True, help="With --month: new figures for a round that stands already.")
@click.option("--category", default="", help="A category or a department; default: all.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many to show.")
@click.option("--as-of", "as_of_day", type=DAY, help="The day whose beginning is now; default: now, or history's end.")
@click.option(
    "--judge", "judged", is_flag=True, help="Hold the score against RFM, spend and chance on the last 2 months."
)
@click.option("--train-until", type=DAY, help="With --judge: what is known ends before this day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def screen(
    *,
    month: datetime | None,
    again: bool,
    category: str,
    limit: int,
    as_of_day: datetime | None,
    judged: bool,
    train_until: datetime | None,
    as_json: bool,
) -> None:
    """Screen old customers for seed users: who to invite first, and why."""
    as_of = caught_up(as_of_day)
    if judged:
        show_judged(verdicts(as_of, begins(train_until), category), as_json)
    elif month:
        show_round(month=month.date(), category=category, as_of=as_of, again=again, limit=limit, as_json=as_json)
    else:
        show_candidates(as_of, category, limit, as_json)


def caught_up(day: datetime | None) -> datetime | None:
    """Bring everything into the lake first; then the moment that was asked for."""
    from siyu.core.eventlog.drain import drain_all

    drain_all()
    return begins(day)


def begins(day: datetime | None) -> datetime | None:
    from django.conf import settings

    from siyu.kit import clock

    return clock.day_begins(day.date(), settings.SIYU.zone) if day else None


def show_candidates(as_of: datetime | None, category: str, limit: int, as_json: bool) -> None:
    from siyu.core.insight.screening import candidates
    from siyu.core.insight.screening.components import weights

    found = candidates(as_of=as_of, category=category, limit=limit)
    if as_json:
        say({"category": category, "weights": weights(), "candidates": found})
    else:
        out.print(listing(found))


def show_round(*, month: date, category: str, as_of: datetime | None, again: bool, limit: int, as_json: bool) -> None:
    from siyu.core.insight.asof import resolve
    from siyu.core.insight.screening import compare, previous, run
    from siyu.kit import clock

    end = begins(datetime.combine((month + timedelta(days=31)).replace(day=1), datetime.min.time(), UTC))
    assert end
    kept = run(
        month=month, category=category, as_of=as_of or min(end, resolve(None)), at=clock.now(), by="siyu", again=again
    )
    difference = compare(kept, previous(kept))
    shown = described(kept, limit)
    if as_json:
        head = {"month": f"{kept.month:%Y-%m}", "category": kept.category, "as_of": kept.as_of, "people": kept.people}
        moved = [{"person": person, "up": places} for person, places in difference.moved.items()]
        compared = {name: [{"person": one} for one in getattr(difference, name)] for name in ("new", "stayed", "gone")}
        say(head | {"weights": kept.weights, "candidates": shown, "compared": compared | {"moved": moved}})
        return
    out.print(listing(shown))
    new, stayed, gone = len(difference.new), len(difference.stayed), len(difference.gone)
    out.print(f"{kept.month:%Y-%m}: {kept.people} people looked at; {new} new, {stayed} stayed, {gone} gone")


def described(kept: "Round", limit: int) -> list[dict[str, Any]]:
    return [
        {
            "person": one.person,
            "rank": one.rank,
            "score": one.score,
            "reasons": one.reasons,
            "accepted_at": one.accepted_at,
            "rejected_at": one.rejected_at,
            "decided_by": one.decided_by,
        }
        for one in kept.candidates.all()[:limit]
    ]


def listing(found: list[dict[str, Any]]) -> Table:
    table = Table("person", "score", "why", show_lines=True)
    for one in found:
        why = "\n".join(f"{reason['points']:>4}  {said(reason)}" for reason in one["reasons"])
        table.add_row(outside(one)["person"], str(one["score"]), why)
    return table


def verdicts(as_of: datetime | None, train_until: datetime | None, category: str) -> list[dict[str, Any]]:
    from siyu.core.insight.asof import resolve
    from siyu.core.insight.screening import judge
    from siyu.core.insight.screening.judging import default_windows

    train, test = default_windows(resolve(as_of))
    train, test = train_until or train, as_of or test
    return [judge(train_until=train, test_until=test, k=share, category=category) for share in SHARES]


def show_judged(found: list[dict[str, Any]], as_json: bool) -> None:
    from django.conf import settings

    from siyu.kit import money

    if as_json:
        say({"judged": found})
        return
    for one in found:
        table = Table("first by", "captured", "spend each", "active", "orders each")
        table.title = f"{one['chosen']} of {one['people']} people, {one['train_until']:%F} to {one['test_until']:%F}"
        for name, figures in one["by"].items():
            table.add_row(
                name,
                span(figures["captured"], percent),
                span(figures["spend_per_person"], lambda figure: money.text(round(figure), settings.SIYU.currency)),
                span(figures["active"], percent),
                span(figures["orders_per_person"], "{:,.1f}".format),
            )
        out.print(table)


def percent(share: float) -> str:
    return f"{share:.1%}"


def span(figures: list[float], written: Callable[[float], str]) -> str:
    value, low, high = map(written, figures)
    return f"{value} ({low} to {high})"


@main.command()
@click.argument("person", required=False)
@click.option("--limit", type=click.IntRange(1, 20), default=10, show_default=True, help="How many products.")
@click.option("--kind", type=click.Choice(["again", "new"]), help="Only what the person knows, or only what is new.")
@click.option("--fit", "fitted", is_flag=True, help="Learn anew from all that was bought.")
@click.option("--as-of", "as_of_day", type=DAY, help="With --fit or --evaluate: the day whose beginning is now.")
@click.option("--evaluate", "judged", is_flag=True, help="Hold the lists against popularity on the last 2 months.")
@click.option("--train-until", type=DAY, help="With --evaluate: what is known ends before this day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def recommend(
    *,
    person: str | None,
    limit: int,
    kind: str | None,
    fitted: bool,
    as_of_day: datetime | None,
    judged: bool,
    train_until: datetime | None,
    as_json: bool,
) -> None:
    """The next products of PERSON (a number or a per_ code), and why."""
    if not (person or fitted or judged):
        raise click.UsageError("name a PERSON, or say --fit or --evaluate")
    as_of = caught_up(as_of_day)
    if judged:
        show_evaluated(evaluation(as_of, begins(train_until), limit), as_json)
    elif person:
        show_next(known(person), limit, kind, learnt(as_of) if fitted else None, as_json)
    else:
        show_fitted(learnt(as_of), as_json)


def known(person: str) -> int:
    from django.conf import settings

    from siyu.kit import codes

    number = int(person) if person.isdecimal() else codes.decode("per", person, settings.SECRET_KEY)
    if number is None:
        raise click.BadParameter(f"{person} is neither a number nor a code such as per_7k3m9x2v4qtb")
    return number


def learnt(as_of: datetime | None) -> dict[str, Any]:
    from siyu.core.insight.next_product import fit

    return asdict(fit(as_of))


def show_fitted(fitted: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say({"fitted": fitted})
    else:
        out.print(f"Learnt as of {fitted['as_of']:%F %H:%M}: {fitted['rows']} products for {fitted['people']} people")


def show_next(person: int, limit: int, kind: str | None, fitted: dict[str, Any] | None, as_json: bool) -> None:
    from siyu.core.insight.next_product import fit, fitted_as_of, recommend

    if fitted_as_of() is None:
        err.print("Learning from all that was bought …")
        fit()
    found = recommend(person, limit, kind)
    if as_json:
        say({"person": person, "products": found} | ({"fitted": fitted} if fitted else {}))
        return
    table = Table("product", "likely", "why")
    for one in found:
        table.add_row(one["title"] or outside(one)["product"], percent(one["score"]), said(one["reason"]))
    out.print(table)


def evaluation(as_of: datetime | None, train_until: datetime | None, limit: int) -> dict[str, Any]:
    from siyu.core.insight.asof import resolve
    from siyu.core.insight.next_product import evaluate
    from siyu.core.insight.screening.judging import default_windows

    train, test = default_windows(resolve(as_of))
    return evaluate(train_until=train_until or train, test_until=as_of or test, k=limit)


def show_evaluated(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say(found)
        return
    for which, what in {"all": "any product", "new": "products new to the person"}.items():
        table = Table(what, "recall", "precision", "hit rate")
        table.title = f"first {found['k']}, {found['train_until']:%F} to {found['test_until']:%F}"
        for name, figures in found[which]["by"].items():
            table.add_row(name, *(span(figures[metric], percent) for metric in ("recall", "precision", "hit_rate")))
        out.print(table)


def said(reason: dict[str, Any]) -> str:
    from django.conf import settings

    return reason["text_zh" if settings.LANGUAGE_CODE.startswith("zh") else "text_en"]


CODED = {"person": "per", "product": "prd", "because": "prd"}


def outside(document: Any) -> Any:
    """The same with people and products by the codes that they have outside."""
    from django.conf import settings

    from siyu.kit.codes import encode

    if isinstance(document, list):
        return [outside(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: encode(CODED[name], value, settings.SECRET_KEY)
        if name in CODED and type(value) is int
        else outside(value)
        for name, value in document.items()
    }


def say(document: dict[str, Any]) -> None:
    click.echo(json.dumps(outside(document), ensure_ascii=False, default=lambda moment: moment.isoformat()))
