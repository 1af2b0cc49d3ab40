"""How many marketing messages somebody gets in a day or a week, over a channel and over all: a bitmap for the first,
one for the second … Read and written under the gate's lock, so that two gates at once never pass a cap."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet
from pyroaring import BitMap

from siyu.core.outreach.gate.bitmaps import blocks_of, by_block, opened
from siyu.core.outreach.gate.sets import among, columns, distinct, within
from siyu.core.outreach.models import Cap, Touched
from siyu.kit.prepared import asks

ALL = ""


class Span(NamedTuple):
    period: str
    begins: date
    channel: str


def spans(day: date, channel: str) -> list[Span]:
    """What a message of that day counts in; a week begins on Monday."""
    monday = day - timedelta(days=day.weekday())
    return [Span(*period, over) for period in (("day", day), ("week", monday)) for over in (ALL, channel)]


Levels = dict[tuple[int, int], BitMap]
"""{(block, nth): who has had so many}"""


def full(numbers: np.ndarray, whose: np.ndarray, persons: int, day: date, channel: str) -> np.ndarray:
    """Of each person whether a cap is reached. `numbers` are all their identities: what they were told under another
    counts as well."""
    found = np.zeros(persons, dtype=bool)
    caps = {(over, period): most for over, period, most in caps_of([ALL, channel])}
    capped = [span for span in spans(day, channel) if (span.channel, span.period) in caps]
    asked = dict(by_block(distinct(numbers))) if capped else {}
    for span, levels in standing(capped, list(asked)).items():
        times = np.zeros(len(numbers), dtype=np.int64)
        for (block, _), some in sorted(levels.items()):
            times += within(numbers, opened(block, some & asked[block]))
        found |= np.bincount(whose, weights=times, minlength=persons) >= caps[span.channel, span.period]
    return found


@asks
def caps_of(channels: Sequence[str]) -> QuerySet[Any, Any]:
    return Cap.objects.filter(channel__in=channels).order_by("pk").values_list("channel", "period", "most")


def full_for(numbers: np.ndarray, day: date, channel: str) -> np.ndarray:
    """The same of the persons behind these numbers, each with all their identities."""
    some, listed = among(numbers)
    asked, theirs = columns(
        ["a.id", "b.id"],
        f"FROM people_identity a JOIN people_identity b ON b.person_id = a.person_id WHERE a.id IN {some}",
        [listed],
    )
    return full(theirs, np.searchsorted(numbers, asked), len(numbers), day, channel)


def standing(wanted: Sequence[Span], blocks: Sequence[int]) -> dict[Span, Levels]:
    """What is counted of these spans, by one question; nothing where a cap has never been near."""
    found: dict[Span, Levels] = {span: {} for span in wanted}
    begins, over = {span.begins for span in wanted}, {span.channel for span in wanted}
    for period, begun, channel, block, nth, people in counted(sorted(begins), sorted(over), blocks):
        levels = found.get(Span(period, begun, channel))
        if levels is not None:
            levels[block, nth] = BitMap.deserialize(bytes(people))
    return found


@asks
def counted(begins: Sequence[date], channels: Sequence[str], blocks: Sequence[int]) -> QuerySet[Any, Any]:
    rows = Touched.objects.filter(begins__in=begins, channel__in=channels, block__in=blocks).order_by("pk")
    return rows.values_list("period", "begins", "channel", "block", "nth", "people")


def take(persons: np.ndarray, day: date, channel: str) -> None:
    """One more for each of these, who are sorted."""
    more_by_block = list(by_block(persons))
    counts = standing(spans(day, channel), blocks_of(persons))
    for levels in counts.values():
        for block, more in more_by_block:
            left, nth = more, 1
            while left:
                there = levels.get((block, nth), BitMap())
                levels[block, nth], left, nth = there | left, there & left, nth + 1
    write(counts)


def give_back(persons: np.ndarray, day: date, channel: str) -> None:
    """One less: their message never went out."""
    less_by_block = list(by_block(persons))
    counts = standing(spans(day, channel), blocks_of(persons))
    for levels in counts.values():
        for block, less in less_by_block:
            left = less
            for nth in sorted((n for b, n in levels if b == block), reverse=True):
                there = levels[block, nth]
                levels[block, nth], left = there - left, left - there
    write(counts)


def write(counts: dict[Span, Levels]) -> None:
    rows = [
        Touched(**span._asdict(), block=block, nth=nth, people=some.serialize())
        for span, levels in counts.items()
        for (block, nth), some in sorted(levels.items())
    ]
    unique = ["begins", "period", "channel", "block", "nth"]
    Touched.objects.bulk_create(rows, 100, update_conflicts=True, unique_fields=unique, update_fields=["people"])
