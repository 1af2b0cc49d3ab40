"""Touches and conversions of people, in any order, made journeys: set-wise, in a few passes over arrays."""

import numpy as np
import pyarrow as pa

from siyu.features.traffic.attribution.journeys import Counts, Floats, Journeys, Whole, coded

NO_TOUCH = "(none)"
"""The channel of a conversion before which nobody was touched: somebody has to have the credit."""
DAY = 86_400_000_000
"""In microseconds."""


def of_rows(rows: pa.Table, *, window: float | None = None, since: int | None = None) -> Journeys:
    """Of columns person, moment (microseconds), channel (null: no touch), conversions and value.

    Rows are taken by person and time, of the same moment a touch before a conversion, else as they come; a row may be
    both. A conversion closes its journey; the next touch begins another. A journey reaches `window` days back from its
    conversion, or from its last touch where nothing came of it; what lies before is left out.
    So are journeys that ended before `since`.
    """
    won, moment = rows["conversions"].to_numpy(), rows["moment"].to_numpy()
    person = encoded(rows["person"]).indices.to_numpy()
    order = np.lexsort((won > 0, moment, person))
    person, moment, won, value = person[order], moment[order], won[order], rows["value"].to_numpy()[order]
    if not len(order):
        return coded([], person.astype(np.int64), person.astype(np.int64), Counts(won, won, value), age=won, row=order)
    channels, channel = by_name(rows["channel"], order)
    first, last, journey = parted(person, won)
    age = (moment[last][journey] - moment) / DAY
    counts = channel >= 0
    if window is not None:
        counts &= age <= window
    length = np.bincount(journey[counts], minlength=len(first))
    counted = np.ones(len(last)) if since is None else (moment[last] >= since).astype(float)
    ended = Counts(won[last] * counted, (won[last] <= 0) * counted, np.where(won[last] > 0, value[last], 0.0))
    touch, age = channel[counts], age[counts]
    bare = (length == 0) & (ended.conversions > 0)
    if bare.any():
        channels, touch, age, length = with_none(channels, touch, age, length, bare)
    return coded(channels, touch, length, ended, age=age, row=order[last])


def parted(person: Whole, won: Floats) -> tuple[Whole, Whole, Whole]:
    """The first and the last row of every journey, and the journey of every row."""
    fresh = np.append(True, (person[1:] != person[:-1]) | (won[:-1] > 0))
    first = np.flatnonzero(fresh)
    return first, np.append(first[1:], len(person)) - 1, np.cumsum(fresh) - 1


def with_none(
    channels: list[str], touch: Whole, age: Floats, length: Whole, bare: np.ndarray
) -> tuple[list[str], Whole, Floats, Whole]:
    """A touch of no channel for every conversion that nothing came before."""
    places = np.cumsum(length)[bare]
    return (
        [*channels, NO_TOUCH],
        np.insert(touch, places, len(channels)),
        np.insert(age, places, 0.0),
        length + bare,
    )


def by_name(column: pa.ChunkedArray, order: Whole) -> tuple[list[str], Whole]:
    """The channels in their order, and which of them each row has; −1 where it has none."""
    packed = encoded(column)
    words = packed.dictionary.to_pylist()
    rank = sorted(range(len(words)), key=words.__getitem__)
    place = np.full(len(words) + 1, -1, np.int64)
    place[rank] = np.arange(len(words))
    codes = packed.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return [words[n] for n in rank], place[codes[order]]


def encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    packed = column.combine_chunks().dictionary_encode()
    return packed.combine_chunks() if isinstance(packed, pa.ChunkedArray) else packed
