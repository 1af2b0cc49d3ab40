"""How long a term lasts, and what is left of it in money. Pure; money is minor units."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from siyu.kit import money

TIERS = ("ordinary", "senior", "exclusive")
"""From the lowest to the highest."""
PERIODS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAY = timedelta(days=1)


def born(value: object) -> tuple[int, int] | None:
    """Month and day of a birthday as people write them: 1990-05-12, 1990/5/12, 05-12, 5月12日."""
    found = re.fullmatch(r"(?:\d{4}[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", str(value).strip())
    if found is None:
        return None
    month, day = int(found[1]), int(found[2])
    return (month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1] else None


def falls_on(birthday: tuple[int, int], day: date) -> bool:
    """Who was born on the 29th of February has the 28th in years that have none."""
    month, of = birthday
    return (day.month, day.day) == (month, min(of, monthrange(day.year, month)[1]))


def rank(tier: str) -> int:
    """1 and up; 0: none."""
    return TIERS.index(tier) + 1 if tier else 0


def end(begins: datetime, period: str, zone: str) -> datetime:
    """The same hour of the same day so many months later in the brand's zone; the last one of a shorter month."""
    here = begins.astimezone(ZoneInfo(zone))
    year, month = divmod(here.year * 12 + here.month - 1 + PERIODS[period], 12)
    day = min(here.day, monthrange(year, month + 1)[1])
    return here.replace(year=year, month=month + 1, day=day).astimezone(begins.tzinfo)


def days(begins: datetime, ends: datetime) -> int:
    """Begun ones count."""
    return max(0, -((begins - ends) // DAY))


def left(worth: int, begins: datetime, ends: datetime, at: datetime) -> int:
    """What was paid for the days that have not begun, rounded down."""
    whole = days(begins, ends)
    unused = whole - min(whole, days(begins, at))
    return worth * unused // whole


def to_give_back(
    worth: int, *, bought: datetime, cooling_days: int, begins: datetime, ends: datetime, at: datetime
) -> int:
    """All of it in the first days, then by days that have not begun."""
    return worth if at < bought + cooling_days * DAY else left(worth, begins, ends, at)


def sources(amount: int, paid: int, carried: Sequence[int]) -> tuple[int, list[int]]:
    """Where money that goes back comes from: the term's own order first, then those that it had replaced, by what each
    had carried over."""
    own = min(amount, paid)
    return own, money.split(amount - own, carried) if amount > own else [0] * len(carried)
