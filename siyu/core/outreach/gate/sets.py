"""Sets of numbers into the database and out of it, without a Python object for each on the way out."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from django.db import connection

NEAR, FAR, STRETCHES = 4, 1_000, 8
"""So many numbers to one that is asked about, such a gap between two, and so many times."""


def among(numbers: np.ndarray) -> tuple[str, str]:
    """`IN` this, with its parameter."""
    listed = msgspec.json.encode(numbers.tolist()).decode()
    if connection.vendor == "sqlite":
        return "(SELECT value AS n FROM json_each(%s))", listed
    return "(SELECT unnest(%s::bigint[]) AS n)", f"{{{listed[1:-1]}}}"


def columns(said: Sequence[str], rest: str, values: Sequence[Any]) -> list[np.ndarray]:
    """Whole-number columns of a question, each as an array. The database writes a list of each and numpy reads it:
    a third of the time that rows take."""
    each = "group_concat({0})" if connection.vendor == "sqlite" else "string_agg(({0})::bigint::text, ',')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(each.format(one) for one in said)} {rest}", values)
        return [np.fromstring(text or "", dtype=np.int64, sep=",") for text in cursor.fetchone()]


def whole(truth: str) -> str:
    """SQL: 1 or 0."""
    return truth if connection.vendor == "sqlite" else f"{truth}::int"


def near(numbers: np.ndarray, said: Sequence[str], rest: str, values: Sequence[Any], column: str) -> list[np.ndarray]:
    """The same of rows whose `column` is one of these sorted numbers. Where they lie close together all between are
    read in one go, which is quicker than each: rows of others come with them."""
    if (spans := runs(numbers)) is None:
        some, listed = among(numbers)
        return columns(said, f"{rest} AND {column} IN {some}", [*values, listed])
    parts = [columns(said, f"{rest} AND {column} BETWEEN %s AND %s", [*values, *span]) for span in spans]
    return [np.concatenate(found) for found in zip(*parts, strict=True)]


def runs(numbers: np.ndarray) -> list[tuple[int, int]] | None:
    """The few stretches in which they lie close together; none: they do not."""
    cuts = np.flatnonzero(np.diff(numbers) > FAR) + 1
    if not len(numbers) or len(cuts) >= STRETCHES:
        return None
    found = [(int(one[0]), int(one[-1])) for one in np.split(numbers, cuts)]
    return found if sum(high - low for low, high in found) < NEAR * len(numbers) else None


def distinct(numbers: np.ndarray) -> np.ndarray:
    """Sorted, each once; np.unique takes ten times as long."""
    if (numbers[1:] > numbers[:-1]).all():
        return numbers
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])]


def within(numbers: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Of each number whether it is among some, which are sorted."""
    if not len(some):
        return np.zeros(len(numbers), dtype=bool)
    found = np.minimum(np.searchsorted(some, numbers), len(some) - 1)
    return some[found] == numbers
