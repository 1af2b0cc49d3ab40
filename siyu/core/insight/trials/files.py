"""A file of people: which arm, what came of it, and what was known before; the sums of its arms."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from siyu.core.insight.trials.effect import Compared, Plan, Sums, compare
from siyu.kit.refusals import Refused
from siyu.kit.tables import held_in, look_at, quoted


class NoSuchColumn(Refused):
    code = "unknown_column"
    status = 422


class BadOutcome(Refused):
    code = "row_refused"
    status = 422


ARMS = 50


def effect(
    db: duckdb.DuckDBPyConnection, path: Path, *, arm: str, outcome: str, pre: str = "", cluster: str = "", plan: Plan
) -> Compared:
    """One row a person. Rows without an arm, or with an outcome that is no number, are named and nothing is guessed."""
    with held_in(db, look_at(path)) as (table, columns):
        for name in filter(None, (arm, outcome, pre, cluster)):
            if name not in columns:
                raise NoSuchColumn(f"{path.name} has no column {name!r}; it has {', '.join(columns[:20])}")
        numbers(db, table, outcome, pre)
        missing(db, table, arm, cluster)
        averages = f"avg({number(outcome)}), {f'avg({number(pre)})' if pre else 0}"
        [zero] = db.execute(f"SELECT {averages} FROM {table}").fetchall()
        found = sums(db, table, arm=arm, outcome=outcome, pre=pre, cluster=cluster, zero=zero)
    if len(found) > ARMS:
        raise BadOutcome(f"{arm} has {len(found):,} values; a trial has at most {ARMS} arms")
    return compare(found, replace(plan, zero=zero))


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
    db: duckdb.DuckDBPyConnection, table: str, *, arm: str, outcome: str, pre: str, cluster: str, zero: Any
) -> dict[str, Sums]:
    """{arm: sums over its units}; a cluster is a unit of the arm that it stands in."""
    said = f"{number(outcome)} - {zero[0]!r} AS y, {f'{number(pre)} - {zero[1]!r}' if pre else '0'} AS x"
    units = f"SELECT {quoted(arm)} AS arm, 1 AS n, {said} FROM {table}"
    if cluster:
        units = f"""SELECT arm, count(*) AS n, sum(y) AS y, sum(x) AS x
            FROM (SELECT {quoted(arm)} AS arm, {quoted(cluster)} AS unit, {said} FROM {table}) GROUP BY arm, unit"""
    rows = db.execute(f"""SELECT arm, count(*), sum(n), sum(y), sum(x), sum(n * n), sum(y * y), sum(x * x), sum(n * y),
        sum(n * x), sum(x * y) FROM ({units}) GROUP BY arm ORDER BY arm""").fetchall()
    return {name: Sums(*row) for name, *row in rows}


def number(name: str) -> str:
    return f"TRY_CAST({quoted(name)} AS DOUBLE)"
