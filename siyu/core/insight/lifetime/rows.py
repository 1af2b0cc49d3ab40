"""Equal customers counted once: a likelihood over rows with counts is the likelihood over customers."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siyu.core.insight.lifetime.summary import Floats, Ints

GRIDS = (1, 7, 100)
"""Times are whole units, days in weeks, or hundredths; others are taken as they are."""
DENSE = 1 << 24
"""Up to so many possible rows are counted in place."""
NEAR = 1e-7
BLOCK = 16_384


def whole(x: ArrayLike) -> Ints:
    """Counts as integers; refuses what is none."""
    given = np.asarray(x)
    counts = given.astype(np.int64)
    if counts.size and (np.any(counts != given) or counts.min() < 0):
        raise ValueError("x counts purchases: whole numbers, none below zero")
    return counts


def unique_rows(*columns: ArrayLike) -> tuple[list[NDArray], Floats]:
    """The different rows and how many of each.

    Rows on no common grid, or on one with too many places to count in, come back one by one: sorting a million of them
    takes longer than the likelihood of those that it would save.
    """
    arrays = [np.asarray(column) for column in columns]
    coded = _code(arrays, most=DENSE)
    if coded is None:
        return arrays, np.ones(len(arrays[0]))
    counted = np.bincount(coded.key, minlength=1)
    found = np.flatnonzero(counted)
    return coded.rows(found), counted[found].astype(float)


def places(*columns: ArrayLike) -> tuple[list[Floats], Ints]:
    """The different rows and, for each row given, which of them it is; on no common grid each is its own."""
    arrays = [np.asarray(column) for column in columns]
    coded = _code(arrays, most=2**62)
    if coded is None:
        return [array.astype(float) for array in arrays], np.arange(len(arrays[0]))
    if coded.space < DENSE:
        taken = np.zeros(coded.space, bool)
        taken[coded.key] = True
        return coded.rows(np.flatnonzero(taken)), (np.cumsum(taken) - 1)[coded.key]
    found, place = np.unique(coded.key, return_inverse=True)
    return coded.rows(found), place


@dataclass(frozen=True)
class Coded:
    """Rows as one integer each."""

    key: Ints
    sizes: tuple[int, ...]
    grids: tuple[int, ...]

    @property
    def space(self) -> int:
        return math.prod(self.sizes)

    def rows(self, key: Ints) -> list[NDArray]:
        codes = np.unravel_index(key, self.sizes)
        return [code / grid for code, grid in zip(codes, self.grids, strict=True)]


def _code(arrays: list[NDArray], *, most: int) -> Coded | None:
    """None where the rows lie on no grid, or on one with more than so many places."""
    if not len(arrays[0]):
        return None
    grids = tuple(next((grid for grid in GRIDS if _away(column[:1000] * grid) < NEAR), 0) for column in arrays)
    sizes = tuple(round(float(column.max()) * grid) + 1 for column, grid in zip(arrays, grids, strict=True))
    if not all(grids) or math.prod(sizes) > most:
        return None
    key = np.zeros(len(arrays[0]), np.int64)
    for first in range(0, len(key), BLOCK):
        rows = slice(first, first + BLOCK)
        here = key[rows]
        for column, grid, size in zip(arrays, grids, sizes, strict=True):
            time = column[rows] * grid
            code = np.rint(time)
            if np.abs(time - code).max() >= NEAR:
                return None
            here *= size
            here += code.astype(np.int64)
    return Coded(key, sizes, grids)


def _away(times: NDArray) -> float:
    """How far the farthest lies from a whole number."""
    return float(np.abs(times - np.rint(times)).max())
