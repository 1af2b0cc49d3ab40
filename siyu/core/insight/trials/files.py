"""A file of people: which arm, what came of it, and what was known before; the sums of its arms."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from siyu.core.insight.trials.effect import Compared, NoControl, Plan, Sums, TooFew, compare
from siyu.kit.refusals import Refused
from siyu.kit.tables import held_in, look_at, quoted


class NoSuchColumn(Refused):
    code = "unknown_column"
    status = 422


class BadOutcome(Refused):
    code = "row_refused"
    status = 422


ARMS = 50
SEGMENTS = 200


class Segment(NamedTuple):
    """Some of the people. Where many are looked at, chance alone finds something: `corrected` is the verdict of an
    interval that holds of all comparisons together at 5 % (Bonferroni), `p` that of it. None: too few to compare."""

    name: str
    people: int
    compared: Compared | None
    corrected: dict[str, tuple[float, str]]
    """{arm: (p, verdict)}"""


class Effect(NamedTuple):
    whole: Compared
    segments: list[Segment]
    comparisons: int


def effect(
    db: duckdb.DuckDBPyConnection, path: Path, *, arm: str, outcome: str, pre: str = "", cluster: str = "",
    by: str = "", plan: Plan,
) -> Effect:  # fmt: skip
    """One row a person. Rows without an arm, or with an outcome that is no number, are named and nothing is guessed."""
    with held_in(db, look_at(path)) as (table, columns):
        for name in filter(None, (arm, outcome, pre, cluster, by)):
            if name not in columns:
                raise NoSuchColumn(f"{path.name} has no column {name!r}; it has {', '.join(columns[:20])}")
        numbers(db, table, outcome, pre)
        missing(db, table, arm, cluster, by)
        averages = f"avg({number(outcome)}), {f'avg({number(pre)})' if pre else 0}"
        [zero] = db.execute(f"SELECT {averages} FROM {table}").fetchall()
        named = {"arm": arm, "outcome": outcome, "pre": pre, "cluster": cluster}
        found = sums(db, table, **named, zero=zero)[""]
        if len(found) > ARMS:
            raise BadOutcome(f"{arm} has {len(found):,} values; a trial has at most {ARMS} arms")
        parts = sums(db, table, **named, by=by, zero=zero) if by else {}
    if len(parts) > SEGMENTS:
        raise BadOutcome(f"{by} has {len(parts):,} values; at most {SEGMENTS} segments are compared")
    plan = replace(plan, zero=zero)
    comparisons = len(parts) * (len(found) - 1)
    return Effect(compare(found, plan), [segment(*one, plan, comparisons) for one in parts.items()], comparisons)


def segment(name: str, found: dict[str, Sums], plan: Plan, comparisons: int) -> Segment:
    people = round(sum(one.n for one in found.values()))
    shares = plan.shares and {arm: part for arm, part in plan.shares.items() if arm in found}
    plan = replace(plan, shares=shares)
    try:
        seen = compare(found, plan)
    except (TooFew, NoControl):
        return Segment(name, people, None, {})
    strict = compare(found, replace(plan, alpha=plan.alpha / comparisons))
    corrected = {one.arm: (min(1.0, (one.p or 0.0) * comparisons), one.verdict) for one in strict.arms[1:]}
    return Segment(name, people, seen, corrected)


def numbers(db: duckdb.DuckDBPyConnection, table: str, *columns: str) -> None:
    for name in filter(None, columns):
        wrong = f"{number(name)} IS NULL OR NOT isfinite({number(name)})"
        rows = db.execute(f"SELECT min(_row), count(*) FROM {table} WHERE _broken IS NOT NULL OR {wrong}").fetchone()
        if rows and rows[1]:
            raise BadOutcome(f"Row {rows[0]:,}: {name} is no number there, and in {rows[1] - 1:,} rows after it")


def missing(db: duckdb.DuckDBPyConnection, table: str, *columns: str) -> None:
    for name in filter(None, columns):
        rows = db.execute(
            f"SELECT min(_row), count(*) FROM {table} WHERE trim({quoted(name)}) = '' OR {quoted(name)} IS NULL"
        )
        first, count = rows.fetchone() or (0, 0)
        if count:
            raise BadOutcome(f"Row {first:,}: {name} is empty there, and in {count - 1:,} rows after it")


def sums(
    db: duckdb.DuckDBPyConnection, table: str, *, arm: str, outcome: str, pre: str, cluster: str, zero: Any,
    by: str = "",
) -> dict[str, dict[str, Sums]]:  # fmt: skip
    """{segment: {arm: sums over its units}}; a cluster is a unit of the arm (and segment) that it stands in. Without
    segments all are of one, which has no name."""
    said = f"{number(outcome)} - {zero[0]!r} AS y, {f'{number(pre)} - {zero[1]!r}' if pre else '0'} AS x"
    place = f"{f'{quoted(by)}::VARCHAR' if by else EMPTY} AS part, {quoted(arm)} AS arm"
    units = f"SELECT {place}, 1 AS n, {said} FROM {table}"
    if cluster:
        units = f"""SELECT part, arm, count(*) AS n, sum(y) AS y, sum(x) AS x
            FROM (SELECT {place}, {quoted(cluster)} AS unit, {said} FROM {table}) GROUP BY part, arm, unit"""
    rows = db.execute(f"""SELECT part, arm, count(*), sum(n), sum(y), sum(x), sum(n * n), sum(y * y), sum(x * x),
        sum(n * y), sum(n * x), sum(x * y) FROM ({units}) GROUP BY part, arm ORDER BY part, arm""").fetchall()
    found: dict[str, dict[str, Sums]] = {}
    for part, name, *row in rows:
        found.setdefault(part, {})[name] = Sums(*row)
    return found


EMPTY = "''"


def number(name: str) -> str:
    return f"TRY_CAST({quoted(name)} AS DOUBLE)"
