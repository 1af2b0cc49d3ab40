"""What is given, as a form's rows: a kind, and how many or which."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from siyu.features.loyalty.benefits import KINDS
from siyu.interfaces.console import words

NUMBERS = {"make_up_card": "cards", "badge": "badge", "coupon": "template", "points": "amount", "growth": "amount"}
"""Kinds whose terms are one number, and its name."""


class Row(NamedTuple):
    """One gift as it stands in a form: `what` is `points` with a number beside it, or `badge:3`."""

    what: str = ""
    number: int | str = ""


def offered() -> list[tuple[str, str]]:
    """What can be chosen; a kind that knows its things offers each of them."""
    found = []
    for kind in sorted(KINDS.keys() & NUMBERS.keys()):
        known = getattr(KINDS[kind], "choices", None)
        found += [(f"{kind}:{n}", f"{words.word(kind)}: {name}") for n, name in known()] if known else []
        found += [] if known else [(kind, words.word(kind))]
    return found


def rows(gives: list[dict[str, Any]], at_least: int = 1) -> list[Row]:
    found = [row(one) for one in gives if one["kind"] in NUMBERS]
    return found + [Row()] * (at_least - len(found))


def row(one: Mapping[str, Any]) -> Row:
    number = one["terms"].get(NUMBERS[one["kind"]], "")
    known = hasattr(KINDS.get(one["kind"]), "choices")
    return Row(f"{one['kind']}:{number}") if known else Row(one["kind"], number)


def read(what: str, number: str) -> list[dict[str, Any]]:
    """The gift of one row, or none."""
    kind, _, which = what.partition(":")
    if kind not in NUMBERS:
        return []
    return [{"kind": kind, "terms": {NUMBERS[kind]: whole(which or number)}}]


def whole(text: str) -> int:
    """What is no number is refused by the kind."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
