"""Journeys: the touches of one way each, in order, with what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Counts(NamedTuple):
    """Of every journey: how often it ended in a conversion, how often in nothing, and what came in."""

    conversions: Floats
    nulls: Floats
    value: Floats


@dataclass(frozen=True)
class Journeys:
    """Every journey has a touch and ended at least once, in a conversion or in nothing."""

    channels: list[str]
    touch: Whole
    """The place in `channels` of every touch, journey after journey."""
    start: Whole
    """Where in `touch` each journey begins."""
    counts: Counts
    age: Floats | None = None
    """Of every touch, the days from it to the end of its journey; None: nobody knows when it was."""
    row: Whole | None = None
    """Of every journey, which row of what it was made of ended it."""

    @property
    def length(self) -> Whole:
        return np.diff(np.append(self.start, len(self.touch)))

    @property
    def last(self) -> Whole:
        return self.start + self.length - 1

    def spread(self, per_journey: NDArray[Any]) -> NDArray[Any]:
        """What is known of each journey, for each of its touches."""
        return np.repeat(per_journey, self.length)

    def without_nulls(self) -> "Journeys":
        """As if only those had been seen that ended in a conversion."""
        won, _, value = self.counts
        ended = Counts(won, np.zeros(len(won)), value)
        return coded(self.channels, self.touch, self.length, ended, age=self.age, row=self.row)


def of_paths(
    paths: Sequence[Sequence[str]],
    conversions: Sequence[float],
    *,
    nulls: Sequence[float] | None = None,
    value: Sequence[float] | None = None,
) -> Journeys:
    """Of lists of channels, each with how often it ended in a conversion and how often in nothing."""
    channels = sorted({channel for path in paths for channel in path})
    place = {channel: n for n, channel in enumerate(channels)}
    touch = np.array([place[channel] for path in paths for channel in path], np.int64)
    length = np.array([len(path) for path in paths], np.int64)
    none = np.zeros(len(paths))
    said = (none if given is None else np.asarray(given, float) for given in (conversions, nulls, value))
    return coded(channels, touch, length, Counts(*said))


def coded(
    channels: list[str], touch: Whole, length: Whole, counts: Counts, *, age: Floats | None = None,
    row: Whole | None = None,
) -> Journeys:  # fmt: skip
    """Without the journeys that nobody went, and those without a touch."""
    went = (counts.conversions + counts.nulls > 0) & (length > 0)
    touched = np.repeat(went, length)
    start = np.cumsum(length[went]) - length[went]
    kept = Counts(*(each[went] for each in counts))
    of_touch, of_journey = (None if age is None else age[touched]), (None if row is None else row[went])
    return Journeys(channels, touch[touched], start, kept, of_touch, of_journey)
