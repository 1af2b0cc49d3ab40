"""Holding what was measured against what is wanted, as an expression; and values as literals."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlglot import exp

from siyu.core.insight.audiences.language import Comparison
from siyu.kit.clock import day_begins, day_of


@dataclass(frozen=True)
class Frame:
    """From when and where a definition is looked at."""

    as_of: datetime
    zone: str
    dialect: str = "duckdb"

    @property
    def today(self) -> date:
        return day_of(self.as_of, self.zone)


def compare(left: exp.Expr, test: Comparison, frame: Frame) -> exp.Expr:
    """Three-valued as SQL is: what is unknown passes no comparison but `unknown`."""
    left = exp.TryCast(this=left.copy(), to=exp.DataType.build("DOUBLE")) if test.kind == "told_number" else left.copy()
    if test.op in COMPARED:
        return COMPARED[test.op](this=left, expression=scalar(test.value, test.kind, frame))
    return OTHERS[test.op](left, test, frame)


COMPARED: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def many(test: Comparison) -> list:
    assert isinstance(test.value, list)
    return test.value


def contains(left: exp.Expr, value: Any, kind: str) -> exp.Expr:
    """A list has the element, a text has the piece. A list that was told is JSON text: its elements stand in quotes."""
    if kind == "list":
        return exp.ArrayContains(this=left.copy(), expression=literal(value))
    piece = exp.StrPosition(this=left.copy(), substr=literal(value)) > 0
    if kind != "told_text":
        return piece
    element = exp.StrPosition(this=left.copy(), substr=literal(msgspec.json.encode(value).decode())) > 0
    return exp.Case().when(exp.StartsWith(this=left.copy(), expression=literal("[")), element).else_(piece)


def scalar(value: Any, kind: str, frame: Frame) -> exp.Expr:
    if kind == "time":
        return literal_moment(moment(value, frame.zone))
    if kind == "told_flag":
        return literal("true" if value else "false")
    return literal(value)


def moment(written: str, zone: str) -> datetime:
    """A day is its beginning in the brand's zone."""
    at = datetime.fromisoformat(written)
    return day_begins(at.date(), zone) if at.tzinfo is None else at


def literal_moment(at: datetime) -> exp.Expr:
    return exp.cast(literal(at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")), "TIMESTAMP")


def literal_day(day: date) -> exp.Expr:
    return exp.cast(literal(day.isoformat()), "DATE")


def literal(value: Any) -> exp.Expr:
    return exp.convert(value)


def known(left: exp.Expr) -> exp.Expr:
    return left.copy().is_(exp.null()).not_()


def within_list(left: exp.Expr, test: Comparison, frame: Frame) -> exp.Expr:
    return left.isin(*(scalar(value, test.kind, frame) for value in many(test))) if test.value else exp.false()


def between(left: exp.Expr, test: Comparison, frame: Frame) -> exp.Expr:
    """Both ends are in for numbers; of moments the second is not."""
    low, high = (scalar(value, test.kind, frame) for value in many(test))
    return exp.and_(left >= low, left.copy() < high if test.kind == "time" else left.copy() <= high)


def contains_any(left: exp.Expr, test: Comparison, frame: Frame) -> exp.Expr:
    return exp.or_(*(contains(left, value, test.kind) for value in many(test))) if test.value else exp.false()


OTHERS: dict[str, Callable[[exp.Expr, Comparison, Frame], exp.Expr]] = {
    "known": lambda left, test, frame: known(left),
    "unknown": lambda left, test, frame: left.is_(exp.null()),
    "in": within_list,
    "not_in": lambda left, test, frame: exp.and_(exp.not_(within_list(left, test, frame)), known(left)),
    "between": between,
    "contains": lambda left, test, frame: contains(left, test.value, test.kind),
    "contains_any": contains_any,
    "starts_with": lambda left, test, frame: exp.StartsWith(this=left, expression=literal(test.value)),
}


def holds(test: Comparison, default: int | None) -> bool:
    """The test on the measure of somebody without a row: a number, or nothing known."""
    if default is None or test.op in ("known", "unknown"):
        return (test.op == "unknown") == (default is None) and test.op in ("known", "unknown")
    if test.op == "between":
        low, high = many(test)
        return bool(low <= default <= high)
    return bool((HOLDS | LISTS)[test.op](default, test.value))


HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LISTS: dict[str, Callable[[Any, Any], bool]] = {
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
}
