"""What the index can answer exactly, answered; for the rest it says so and the log is asked."""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from pyroaring import BitMap

from siyu.core.insight.audiences import bitmaps
from siyu.core.insight.audiences.comparing import Frame, holds
from siyu.core.insight.audiences.index.index import Index, number_of
from siyu.core.insight.audiences.language import (
    Comparison,
    Did,
    Edge,
    FirstDid,
    LastDid,
    Leaf,
    Members,
    Regularity,
    Rolling,
    Step,
)
from siyu.core.insight.audiences.vocabulary import LINE
from siyu.core.insight.audiences.windows import Span, resolve
from siyu.kit.clock import day_begins, day_of

FAR = 1 << 40


def people(index: Index, leaf: Leaf, frame: Frame) -> BitMap | None:
    """Everyone the leaf means, or None where only the log can tell."""
    ask = ASK.get(type(leaf))
    return ask(index, leaf, frame) if ask else None


def did(index: Index, leaf: Did, frame: Frame) -> BitMap | None:
    """At least once, or never; or on so many brand days."""
    if leaf.measure not in ("count", "days") or not plain(leaf.step):
        return None
    once = judged_alike(leaf.test)
    days = whole_days(index, leaf.step.event, resolve(leaf.window, frame.as_of, frame.zone), frame.zone)
    if days is None:
        return None
    if once is not None:
        found = inside(index, leaf.step.event, *days)
        return by_default(found, once, holds(leaf.test, 0), index.everyone)
    if leaf.measure == "count":
        return None
    event = leaf.step.event
    wanted = [d for d in index.days(event) if (days[0] is None or d >= days[0]) and d < days[1]]
    return counted(index, (index.counting(event, index.day(event, d)) for d in wanted), leaf.test)


def by_default(found: BitMap, once: bool, never: bool, everyone: BitMap) -> BitMap:
    if once and never:
        return everyone
    return found if once else everyone - found if never else BitMap()


def judged_alike(test: Comparison) -> bool | None:
    """What the test says of every number from 1 on, where it says the same of all."""
    values = test.value if isinstance(test.value, list) else [test.value]
    points = {1, FAR} | {
        point
        for value in values
        for point in (math.floor(value), math.floor(value) + 1, math.ceil(value) - 1)  # type: ignore[arg-type]
    }
    said = {holds(test, point) for point in points if point >= 1}
    return said.pop() if len(said) == 1 else None


def plain(step: Step) -> bool:
    return not step.where and step.event != LINE


def whole_days(index: Index, event: str, span: Span, zone: str) -> tuple[int | None, int] | None:
    """The brand days from the first to before the last that say the same as the span; none: it cuts a day in two."""
    end = number_of(day_of(span.end, zone))
    cut = index.bounds(event, end)
    if cut and cut[0] < micro(span.end):
        if cut[1] >= micro(span.end):
            return None
        end += 1
    if span.start is None:
        return None, end
    day = day_of(span.start, zone)
    begins, first = day_begins(day, zone) == span.start, number_of(day)
    cut = index.bounds(event, first)
    if not begins and cut and cut[0] < micro(span.start):
        if cut[1] >= micro(span.start):
            return None
        first += 1
    return first, end


def micro(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


def inside(index: Index, event: str, first: int | None, end: int | None) -> BitMap:
    if first is not None and end is not None and first >= end:
        return BitMap()
    return index.people(index.identities(event, first, end)) & index.everyone


def counted(index: Index, groups: Iterable[BitMap], test: Comparison) -> BitMap:
    """Everyone by in how many of the groups they are; a person with two identities counts once a group."""
    counts = np.zeros((index.everyone.max() if index.everyone else 0) + 1, dtype=np.uint16)
    for group in groups:
        counts[bitmaps.to_numbers(index.people(group) & index.everyone)] += 1
    kept = np.array([holds(test, n) for n in range(int(counts.max(initial=0)) + 1)])
    return bitmaps.of_mask(kept[counts]) & index.everyone


def edge(index: Index, leaf: Edge, frame: Frame) -> BitMap | None:
    """The last time lies in days that have it, if no later day has it; the first likewise."""
    if not plain(leaf.step):
        return None
    event = leaf.step.event
    ever = whole_days(index, event, resolve(None, frame.as_of, frame.zone), frame.zone)
    if ever is None:
        return None
    if leaf.days_ago:
        return by_days_ago(index, leaf, number_of(frame.today), ever[1])
    days = whole_days(index, event, resolve(leaf.window, frame.as_of, frame.zone), frame.zone)
    return days and between(index, leaf, days[0], days[1], ever[1])


def between(index: Index, leaf: Edge, first: int | None, end: int, last: int) -> BitMap:
    found = inside(index, leaf.step.event, first, end)
    if isinstance(leaf, FirstDid):
        return found - inside(index, leaf.step.event, None, first) if first is not None else found
    return found - inside(index, leaf.step.event, end, last)


def by_days_ago(index: Index, leaf: Edge, today: int, last: int) -> BitMap:
    """ "At least 30 days ago" is a stretch of days that ends 30 days ago, and so on."""
    assert leaf.days_ago
    op, value = leaf.days_ago.op, leaf.days_ago.value
    low, high = value if isinstance(value, list) else (value, value)
    low, high = math.ceil(low), math.floor(high)  # type: ignore[arg-type]
    stretches: dict[str, Callable[[], tuple[int, int]]] = {
        "=": lambda: (low, high),
        "!=": lambda: (low, high),
        "between": lambda: (low, high),
        ">=": lambda: (low, FAR),
        ">": lambda: (high + 1, FAR),
        "<=": lambda: (-FAR, high),
        "<": lambda: (-FAR, low - 1),
    }
    near, far = stretches[op]()
    first = None if far == FAR else max(today - far, -FAR)
    found = between(index, leaf, first, min(today - near + 1, last), last) if near <= far else BitMap()
    if op != "!=":
        return found
    return inside(index, leaf.step.event, None, last) - found


def weeks(index: Index, leaf: Regularity, frame: Frame) -> BitMap | None:
    if leaf.measure != "weeks" or not plain(leaf.step):
        return None
    span = resolve(Rolling("days", 7 * leaf.of), frame.as_of, frame.zone)
    days = whole_days(index, leaf.step.event, span, frame.zone)
    if days is None or days[0] is None:
        return None
    today = number_of(frame.today)
    edges = [(today - 7 * (i + 1), today - 7 * i if i else days[1]) for i in range(leaf.of)]
    return counted(index, (index.identities(leaf.step.event, first, end) for first, end in edges), leaf.test)


def members(index: Index, leaf: Members, frame: Frame) -> BitMap:
    listed = np.array([number for number in leaf.people if number < bitmaps.LARGEST], dtype=np.int64)
    return index.people(bitmaps.of_numbers(listed)) & index.everyone


ASK: dict[type[Leaf], Callable[[Index, Any, Frame], BitMap | None]] = {
    Did: did,
    FirstDid: edge,
    LastDid: edge,
    Regularity: weeks,
    Members: members,
}
