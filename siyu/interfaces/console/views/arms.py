"""Figures by arm, as a table shows them: what was sent, what came back, and what it did."""

from collections.abc import Callable, Sequence
from typing import Any

from siyu.core.outreach.arms import Arm
from siyu.interfaces.console.views import glance
from siyu.kit import formats

COLUMNS = ("sent", "delivered", "opened", "clicked")
type Where = Callable[[str, int], str]


def table(arms: Sequence[Arm], where: Where) -> dict[str, Any]:
    """`where`: the address of the people behind a figure of an arm; "" where there is none."""
    return {"columns": COLUMNS, "rows": [row(arm, where) for arm in arms]}


def row(arm: Arm, where: Where) -> dict[str, Any]:
    said = arm.states | arm.receipts
    rest = {what: n for what, n in said.items() if what not in COLUMNS}
    return {
        "arm": arm,
        "people": cell("" if arm.number else "holdout", arm.people, arm, where),
        "cells": [cell(what, said.get(what, 0), arm, where) for what in COLUMNS],
        "rest": [cell(what, n, arm, where) for what, n in rest.items()],
        "mean": None if arm.mean is None else formats.number(arm.mean, 3),
        "lift": None if arm.relative is None else ("+" if arm.relative > 0 else "") + formats.percent(arm.relative),
        "tone": glance.TONES.get(arm.verdict, "unknown"),
    }


def cell(what: str, n: int, arm: Arm, where: Where) -> dict[str, Any]:
    return {"what": what, "n": n, "where": where(what, arm.number) if what and n else ""}
