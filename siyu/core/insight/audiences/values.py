"""The small parts of a definition: comparisons, numbers, texts, days; each is checked or refused with its path."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings

from siyu.core.insight.audiences.language import LIST, TEXT, Comparison, Value
from siyu.core.insight.audiences.refusals import NotUnderstood, malformed, unknown
from siyu.kit import codes

EQUAL = ("=", "!=")
ORDERED = ("<", "<=", ">", ">=", "between")
LISTED = ("in", "not_in")
VALUELESS = ("known", "unknown")
OPS_OF = {
    "number": (*EQUAL, *ORDERED, *LISTED, *VALUELESS),
    "money": (*EQUAL, *ORDERED, *LISTED, *VALUELESS),
    "text": (*EQUAL, *LISTED, "contains", "starts_with", *VALUELESS),
    "time": (*ORDERED, *VALUELESS),
    "list": ("contains", "contains_any", *VALUELESS),
    "product": (*EQUAL, *LISTED),
    "json": (*EQUAL, *ORDERED, *LISTED, "contains", "starts_with", *VALUELESS),
}
COUNTING = (*EQUAL, *ORDERED)


def comparison(raw: Mapping[str, Any], path: str, kind: str, ops: tuple[str, ...] | None = None) -> Comparison:
    """The op must be one that the kind has, the value one that the op can use."""
    op, ops = raw["op"], ops or OPS_OF[kind]
    if op not in ops:
        raise unknown("comparison", op, ops, f"{path}.op")
    if op in VALUELESS:
        if "value" in raw:
            raise malformed(f"{op} takes no value.", f"{path}.value")
        return Comparison(op, None, kind)
    if "value" not in raw:
        raise malformed(f"{op} needs a value.", path)
    value, path = raw["value"], f"{path}.value"
    if kind == "json":
        kind = kind_of(value, op, path)
    read = READ_VALUE[kind]
    if op in (*LISTED, "contains_any"):
        values: Value = [read(item, f"{path}[{i}]") for i, item in enumerate(listed(value, path, LIST))]
        return Comparison(op, values, kind)
    if op == "between":
        low, high = ends(value, path)
        return Comparison(op, [read(low, f"{path}[0]"), read(high, f"{path}[1]")], kind)
    return Comparison(op, read(value, path), kind)


def kind_of(value: Any, op: str, path: str) -> str:
    """What is told has no declared kind: a number in the definition compares numbers, a text compares texts."""
    first = value[0] if isinstance(value, list) and value else value
    kind = "flag" if isinstance(first, bool) else "number" if isinstance(first, int | float) else "text"
    allowed = {"flag": EQUAL, "number": OPS_OF["number"], "text": OPS_OF["text"]}[kind]
    if op not in allowed:
        raise unknown("comparison", op, allowed, path)
    return "told_" + kind


def number(raw: Any, path: str) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or abs(raw) > 2**53:
        raise malformed(f"{raw!r} is no number.", path)
    return raw


def whole(raw: Any, path: str, low: int, high: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
        raise malformed(f"{raw!r} is no whole number from {low} to {high}.", path)
    return raw


def text(raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > TEXT or "\0" in raw:
        raise malformed(f"A text of 1 to {TEXT} characters is wanted.", path)
    return raw


def flag(raw: Any, path: str) -> bool:
    if not isinstance(raw, bool):
        raise malformed(f"{raw!r} is neither true nor false.", path)
    return raw


def moment(raw: Any, path: str) -> str:
    """A day (its beginning in the brand's zone) or a moment with its zone, kept as it was written."""
    try:
        if datetime.fromisoformat(raw).tzinfo is None:
            date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise malformed(f"{raw!r} is neither a day (2026-05-01) nor a moment with its zone.", path) from None
    return raw


def product(raw: Any, path: str) -> int:
    decoded = codes.decode("prd", raw, settings.SECRET_KEY) if isinstance(raw, str) else None
    if decoded is None:
        raise NotUnderstood(f"{raw!r} is no product's code.", code="unknown_product", path=path)
    return decoded


def day(raw: Any, path: str) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise malformed(f"{raw!r} is no day; write 2026-05-01.", path) from None


def ends(raw: Any, path: str) -> tuple[Any, Any]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise malformed("Two ends are wanted: [from, to].", path)
    return raw[0], raw[1]


def listed(raw: Any, path: str, most: int) -> list:
    if not isinstance(raw, list):
        raise malformed("A list is wanted.", path)
    if len(raw) > most:
        raise NotUnderstood(f"A list of {len(raw):,} is too long: at most {most:,}.", code="too_long", path=path)
    return raw


def an_object(raw: Any, path: str, known: set[str], required: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
    if not isinstance(raw, dict):
        raise malformed("An object is wanted.", path)
    for key in raw:
        if key not in known:
            raise unknown("key", key, known, path)
    if missing := sorted(required - raw.keys()):
        raise malformed(f"Missing: {', '.join(missing)}.", path)
    return raw


READ_VALUE: dict[str, Callable[[Any, str], Any]] = {
    "number": number,
    "money": number,
    "text": text,
    "list": text,
    "time": moment,
    "product": product,
    "told_number": number,
    "told_text": text,
    "told_flag": flag,
}
