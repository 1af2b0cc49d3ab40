"""A summary that somebody else made, such as the published CDNOW sample: columns x, t_x, T, zbar and perhaps ID."""

import csv
from pathlib import Path

import numpy as np

from siyu.core.insight.lifetime.reading import UNITS
from siyu.core.insight.lifetime.summary import Summary
from siyu.kit.refusals import Refused

COLUMNS = ("x", "t_x", "T", "zbar")


class BadSummary(Refused):
    code = "bad_summary"


def read(path: Path, *, unit: str) -> tuple[Summary, list[str]]:
    """The summary and the names of its people: their ID, else the number of their row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            names = _names(lines.fieldnames)
            rows = [_row(n, line, names) for n, line in enumerate(lines, start=2)]
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise BadSummary(f"{path.name} is no CSV in UTF-8: {wrong}.", code="bad_encoding") from wrong
    if not rows:
        raise BadSummary(f"{path.name} has no rows.", code="empty_file")
    x, t_x, T, value = np.array([row[:4] for row in rows]).T
    count = np.arange(1, len(rows) + 1)
    summary = Summary(count, x.astype(np.int64), t_x, T, value, np.zeros(len(rows)), UNITS[unit])
    return summary, [row[4] for row in rows]


def _names(given: object) -> dict[str, str]:
    """How the file spells each column; T and t_x differ by more than case."""
    found = {str(name).strip().lower(): str(name) for name in given or ()}  # type: ignore[attr-defined]
    missing = [name for name in COLUMNS if name.lower() not in found]
    if missing:
        raise BadSummary(f"The file has no column {', '.join(missing)}.", code="missing_column")
    return {name: found[name.lower()] for name in (*COLUMNS, "ID") if name.lower() in found}


def _row(n: int, line: dict[str, str], names: dict[str, str]) -> tuple[float, float, float, float, str]:
    try:
        x, t_x, T, value = (float(line[names[name]]) for name in COLUMNS)
    except (TypeError, ValueError) as wrong:
        raise BadSummary(f"Row {n}: x, t_x, T and zbar must be numbers.", code="not_a_number") from wrong
    if not (x.is_integer() and 0 <= x < 1e6 and 0 <= t_x <= T < 1e6 and 0 <= value < 1e12):
        raise BadSummary(f"Row {n}: x counts from 0, 0 ≤ t_x ≤ T, zbar is not negative.", code="impossible_row")
    return x, t_x, T, value, line[names["ID"]] if "ID" in names else str(n - 1)
