"""Levels as a pure function of numbers, configuration and time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

FALLING = ("one", "recompute", "none")
LOSING = ("revoke", "leave")
WINDOWS = ("lifetime", "rolling", "calendar", "level", "anniversary")
UNITS = ("month", "quarter", "year")


class Window(NamedTuple):
    """From when a metric counts: ever, so many days back, the brand's month, quarter or year, since the level was
    reached, or since the last anniversary of becoming a member."""

    kind: str
    days: int = 0
    unit: str = ""


class Dimension(NamedTuple):
    """`points` for every `per` of the metric."""

    name: str
    metric: str
    event: str
    window: Window
    points: int
    per: int


@dataclass(frozen=True)
class Level:
    """To enter it takes a score of `enter` and at least `needs` of single dimensions; to keep it `keep` and `keeps`,
    which are no higher."""

    name: str
    enter: int
    keep: int
    needs: Mapping[str, int]
    keeps: Mapping[str, int]
    gives: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Scheme:
    dimensions: tuple[Dimension, ...]
    levels: tuple[Level, ...]
    grace_days: int
    falling: str
    losing: str

    def name(self, rank: int) -> str:
        return self.levels[min(rank, len(self.levels)) - 1].name if rank else ""


class Standing(NamedTuple):
    """Rank 0 is the ground. `low_since`: since when it is known that the numbers do not keep the level."""

    rank: int
    since: datetime
    low_since: datetime | None = None
    locked_until: datetime | None = None


Numbers = Sequence[int]
"""One for each dimension, in the scheme's order."""


def score(scheme: Scheme, numbers: Numbers) -> int:
    return sum(max(0, number) * one.points // one.per for one, number in zip(scheme.dimensions, numbers, strict=True))


def entered(scheme: Scheme, numbers: Numbers) -> int:
    """The highest level whose conditions hold."""
    total = score(scheme, numbers)
    for rank in range(len(scheme.levels), 0, -1):
        level = scheme.levels[rank - 1]
        if total >= level.enter and has(scheme, numbers, level.needs):
            return rank
    return 0


def kept(scheme: Scheme, numbers: Numbers, rank: int) -> bool:
    if rank == 0:
        return True
    level = scheme.levels[rank - 1]
    return score(scheme, numbers) >= level.keep and has(scheme, numbers, level.keeps)


def has(scheme: Scheme, numbers: Numbers, least: Mapping[str, int]) -> bool:
    if not least:
        return True
    by_name = {one.name: number for one, number in zip(scheme.dimensions, numbers, strict=True)}
    return all(by_name[name] >= number for name, number in least.items())


def judge(scheme: Scheme, numbers: Numbers, now: Standing, at: datetime, *, falling: bool) -> Standing:
    """What a member holds from `at` on. Rising at once; `falling`, the judging of the day, also sees what is no longer
    kept, waits for the grace to end, and goes down as the scheme says. A lock holds until it ends."""
    if now.locked_until and at < now.locked_until:
        return now
    rank = min(now.rank, len(scheme.levels))
    entry = entered(scheme, numbers)
    if entry > rank:
        return Standing(entry, at)
    if not falling:
        return now
    if scheme.falling == "none" or kept(scheme, numbers, rank):
        return Standing(rank, now.since if rank == now.rank else at)
    low_since = now.low_since or at
    if at < low_since + timedelta(days=scheme.grace_days):
        return Standing(rank, now.since if rank == now.rank else at, low_since)
    return Standing(rank - 1 if scheme.falling == "one" else entry, at)


class Moment(NamedTuple):
    at: datetime
    numbers: Numbers
    falling: bool


def replay(scheme: Scheme, begins: Standing, moments: Iterable[Moment]) -> Standing:
    now = begins
    for moment in moments:
        now = judge(scheme, moment.numbers, now, moment.at, falling=moment.falling)
    return now


def begins(window: Window, at: datetime, zone: str, *, since: datetime, joined: datetime) -> datetime | None:
    """The first moment that counts; None: all do."""
    match window.kind:
        case "rolling":
            return at - timedelta(days=window.days)
        case "calendar":
            return calendar_begins(window.unit, at, zone)
        case "level":
            return since
        case "anniversary":
            return last_anniversary(joined, at, zone)
    return None


def calendar_begins(unit: str, at: datetime, zone: str) -> datetime:
    here = at.astimezone(ZoneInfo(zone))
    month = {"month": here.month, "quarter": (here.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return datetime(here.year, month, 1, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def last_anniversary(joined: datetime, at: datetime, zone: str) -> datetime:
    """The beginning of that brand day; of the 29th of February it is the 1st of March."""
    day, today = joined.astimezone(ZoneInfo(zone)).date(), at.astimezone(ZoneInfo(zone)).date()
    leap = (day.month, day.day) == (2, 29)
    month_day = (3, 1) if leap else (day.month, day.day)
    year = today.year if (today.month, today.day) >= month_day else today.year - 1
    if year <= day.year:
        return joined
    return datetime(year, *month_day, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)
