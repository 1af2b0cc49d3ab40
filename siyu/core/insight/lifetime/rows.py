"""Equal customers counted once: a likelihood over rows with counts is the likelihood over customers."""

import numpy as np
from numpy.typing import ArrayLike

from siyu.core.insight.lifetime.summary import Floats, Ints

GRIDS = (1, 7, 100)
"""Times are whole units, days in weeks, or hundredths; others are taken as they are."""
DENSE = 1 << 24
"""Below this many possible rows counting them in place beats sorting."""


def whole(x: ArrayLike) -> Ints:
    """Counts as integers; refuses what is none."""
    given = np.asarray(x)
    counts = given.astype(np.int64)
    if counts.size and (np.any(counts != given) or counts.min() < 0):
        raise ValueError("x counts purchases: whole numbers, none below zero")
    return counts


def unique_rows(*columns: ArrayLike) -> tuple[list[Floats], Floats]:
    """The different rows and how many of each; rows that lie on no common grid come back one by one."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    coded = _codes(arrays)
    if coded is None:
        return arrays, np.ones(len(arrays[0]))
    key, sizes, grids = coded
    space = int(np.prod([float(size) for size in sizes]))
    if space < DENSE:
        counted = np.bincount(key, minlength=1)
        found = np.flatnonzero(counted)
        counts = counted[found]
    else:
        found, counts = np.unique(key, return_counts=True)
    codes = np.unravel_index(found, sizes)
    return [code / grid for code, grid in zip(codes, grids, strict=True)], counts.astype(np.float64)


def places(*columns: ArrayLike) -> tuple[list[Floats], Ints]:
    """The different rows and, for each row given, which of them it is."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    coded = _codes(arrays)
    if coded is None:
        return arrays, np.arange(len(arrays[0]))
    key, sizes, grids = coded
    found, place = np.unique(key, return_inverse=True)
    codes = np.unravel_index(found, sizes)
    return [code / grid for code, grid in zip(codes, grids, strict=True)], place


def _codes(arrays: list[Floats]) -> tuple[Ints, tuple[int, ...], list[int]] | None:
    """One integer a row, the number of values of each column, and its grid; None where there is no grid."""
    coded, grids = [], []
    for column in arrays:
        grid = next((grid for grid in GRIDS if _lies_on(column[:1000], grid)), None)
        if grid is None or not _lies_on(column, grid):
            return None
        coded.append(np.rint(column * grid).astype(np.int64))
        grids.append(grid)
    sizes = tuple(int(code.max()) + 1 if code.size else 1 for code in coded)
    if np.prod([float(size) for size in sizes]) > 2**62:
        return None
    key = coded[0]
    for code, size in zip(coded[1:], sizes[1:], strict=True):
        key = key * size + code
    return key, sizes, grids


def _lies_on(column: Floats, grid: int) -> bool:
    away = column * grid
    away -= np.rint(away)
    np.abs(away, out=away)
    return bool(away.max(initial=0) < 1e-7)
