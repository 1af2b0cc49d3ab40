"""How many marketing messages somebody gets in a day or a week, over a channel and over all: a bitmap for the first,
one for the second … Read and written under the gate's lock, so that two gates at once never pass a cap."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from siyu.core.outreach.gate.bitmaps import blocks_of, by_block, read
from siyu.core.outreach.gate.sets import among, columns, within
from siyu.core.outreach.models import Cap, Touched

ALL = ""


class Span(NamedTuple):
    period: str
    begins: date
    channel: str


def spans(day: date, channel: str) -> list[Span]:
    """What a message of that day counts in; a week begins on Monday."""
    monday = day - timedelta(days=day.weekday())
    return [Span(*period, over) for period in (("day", day), ("week", monday)) for over in (ALL, channel)]


def full(numbers: np.ndarray, whose: np.ndarray, persons: int, day: date, channel: str) -> np.ndarray:
    """Of each person whether a cap is reached. `numbers` are all their identities: what they were told under another
    counts as well."""
    found = np.zeros(persons, dtype=bool)
    caps = {(cap.channel, cap.period): cap.most for cap in Cap.objects.filter(channel__in=(ALL, channel))}
    for span in spans(day, channel):
        if (most := caps.get((span.channel, span.period))) is not None:
            found |= counted(span, numbers, whose, persons) >= most
    return found


def full_for(numbers: np.ndarray, day: date, channel: str) -> np.ndarray:
    """The same of the persons behind these numbers, each with all their identities."""
    some, listed = among(numbers)
    asked, theirs = columns(
        ["a.id", "b.id"],
        f"FROM people_identity a JOIN people_identity b ON b.person_id = a.person_id WHERE a.id IN {some}",
        [listed],
    )
    return full(theirs, np.searchsorted(numbers, asked), len(numbers), day, channel)


def counted(span: Span, numbers: np.ndarray, whose: np.ndarray, persons: int) -> np.ndarray:
    times = np.zeros(len(numbers), dtype=np.int64)
    for row in standing(span, blocks_of(numbers)):
        times += within(numbers, read(row.block, row.people))
    return np.bincount(whose, weights=times, minlength=persons)


def standing(span: Span, blocks: Iterable[int]) -> Iterable[Touched]:
    return Touched.objects.filter(**span._asdict(), block__in=list(blocks)).order_by("block", "nth")


def take(persons: np.ndarray, day: date, channel: str) -> None:
    """One more for each of these, who are sorted."""
    for span in spans(day, channel):
        levels = levels_of(span, persons)
        for block, more in by_block(persons):
            left, nth = more, 1
            while left:
                there = levels.get((block, nth), BitMap())
                levels[block, nth], left, nth = there | left, there & left, nth + 1
        write(span, levels)


def give_back(persons: np.ndarray, day: date, channel: str) -> None:
    """One less: their message never went out."""
    for span in spans(day, channel):
        levels = levels_of(span, persons)
        for block, left in by_block(persons):
            for nth in sorted((n for b, n in levels if b == block), reverse=True):
                there = levels[block, nth]
                levels[block, nth], left = there - left, left - there  # noqa: PLW2901 - each goes once
        write(span, levels)


def levels_of(span: Span, persons: np.ndarray) -> dict[tuple[int, int], BitMap]:
    rows = standing(span, blocks_of(persons))
    return {(row.block, row.nth): BitMap.deserialize(bytes(row.people)) for row in rows}


def write(span: Span, levels: dict[tuple[int, int], BitMap]) -> None:
    rows = [
        Touched(**span._asdict(), block=block, nth=nth, people=some.serialize())
        for (block, nth), some in sorted(levels.items())
    ]
    unique = ["begins", "period", "channel", "block", "nth"]
    Touched.objects.bulk_create(rows, 100, update_conflicts=True, unique_fields=unique, update_fields=["people"])
