"""Every window is resolved to [from, to) before anything is asked; `to` is never later than as_of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from siyu.core.insight.audiences.language import Between, Calendar, Rolling, Window
from siyu.kit.clock import day_begins, day_of

MONTHS = {"months": 1, "quarters": 3, "years": 12}


@dataclass(frozen=True)
class Span:
    """A stretch of time in UTC; without a `start` it reaches back to the beginning."""

    start: datetime | None
    end: datetime

    def first_day(self, zone: str) -> date | None:
        """The brand day that the stretch begins with, where it begins with a whole one."""
        if self.start is None:
            return None
        day = day_of(self.start, zone)
        return day if day_begins(day, zone) == self.start else None


def resolve(window: Window | None, as_of: datetime, zone: str) -> Span:
    if window is None:
        return Span(None, as_of.astimezone(UTC))
    zone = window.zone or zone
    match window:
        case Rolling(unit="hours"):
            start, end = as_of - timedelta(hours=window.n), as_of
        case Rolling():
            start, end = day_begins(day_of(as_of, zone) - timedelta(days=window.n), zone), as_of
        case Calendar():
            first, last = units(window, day_of(as_of, zone))
            start, end = day_begins(first, zone), day_begins(last, zone)
        case Between():
            start, end = day_begins(window.first, zone), day_begins(window.end, zone)
    return Span(start.astimezone(UTC), min(end, as_of).astimezone(UTC))


def units(window: Calendar, today: date) -> tuple[date, date]:
    """The first day, and the day after the last."""
    if window.unit in MONTHS:
        size = MONTHS[window.unit]
        present = (today.year * 12 + today.month - 1) // size
        first, end = present + window.offset - window.n + 1, present + window.offset + 1
        return month(first * size), month(end * size)
    size = 7 if window.unit == "weeks" else 1
    present_day = today - timedelta(days=today.weekday()) if size == 7 else today
    end_day = present_day + timedelta(days=size * (window.offset + 1))
    return end_day - timedelta(days=size * window.n), end_day


def month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
