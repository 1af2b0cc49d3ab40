"""Streaks, as arithmetic of days."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Streak(NamedTuple):
    """Days in a row, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Step(NamedTuple):
    days: int
    repeats: bool
    """Also every time that so many more days have come."""


def streak_around(days: Collection[date], day: date) -> Streak | None:
    """The days in a row that `day` is one of."""
    if day not in days:
        return None
    first = last = day
    while first - DAY in days:
        first -= DAY
    while last + DAY in days:
        last += DAY
    return Streak(first, last)


def running(days: Collection[date], today: date) -> Streak | None:
    """The streak that a check-in today goes on with, or went on with."""
    return streak_around(days, today) or streak_around(days, today - DAY)


def longest(days: Iterable[date]) -> int:
    best = now = 0
    before: date | None = None
    for day in sorted(days):
        now = now + 1 if before == day - DAY else 1
        best, before = max(best, now), day
    return best


def lengths(steps: Iterable[Step], upto: int) -> list[int]:
    """How long a streak has to be for something to be given, up to a length."""
    found: set[int] = set()
    for step in steps:
        found |= set(range(step.days, upto + 1, step.days)) if step.repeats else {step.days} & set(range(upto + 1))
    return sorted(found)


def newly_reached(
    steps: Iterable[Step], streak: Streak, before: Collection[tuple[int, date]]
) -> Iterator[tuple[int, date]]:
    """Steps that this streak has come to and that were reached on none of its days: when two streaks heal into one,
    what either has reached is reached. As (length, day on which it came to it)."""
    known = {length for length, day in before if streak.first <= day <= streak.last}
    for length in lengths(steps, streak.days):
        if length not in known:
            yield length, streak.first + (length - 1) * DAY


def next_step(steps: Collection[Step], length: int) -> int | None:
    """The next length at which something is given."""
    coming = [
        (length // step.days + 1) * step.days if step.repeats else step.days
        for step in steps
        if step.repeats or step.days > length
    ]
    return min(coming, default=None)


def to_make_up(days: Collection[date], *, since: date, today: date, reaches_back: int) -> list[date]:
    """Missed days for which a card can still be spent, the newest first."""
    earliest = max(since, today - reaches_back * DAY)
    span = range(1, (today - earliest).days + 1)
    return [day for n in span if (day := today - n * DAY) not in days]
