"""Which days a report is about: whole days, weeks from Monday, and months, on the brand's calendar."""

from datetime import date, timedelta
from typing import NamedTuple


class Days(NamedTuple):
    first: date
    last: date

    @property
    def over(self) -> date:
        """The day after."""
        return self.last + timedelta(days=1)


def before(day: date, rhythm: str) -> Days:
    """The last whole period before a day."""
    if rhythm == "day":
        first = over = day
    elif rhythm == "week":
        first = over = day - timedelta(days=day.weekday())
    else:
        first = over = day.replace(day=1)
    last = over - timedelta(days=1)
    first = {"day": last, "week": last - timedelta(days=6), "month": last.replace(day=1)}[rhythm]
    return Days(first, last)


def back(day: date, rhythm: str, most: int) -> list[Days]:
    """The last periods before a day, the newest first."""
    found = [before(day, rhythm)]
    while len(found) < most:
        found.append(before(found[-1].first, rhythm))
    return found
