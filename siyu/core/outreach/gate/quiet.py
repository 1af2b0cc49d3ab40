"""Quiet hours, on a clock on the wall: pure, and right where it is put forward or back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from siyu.core.outreach.models import QuietHours


def is_quiet(at: datetime, hours: QuietHours, zone: str) -> bool:
    return silent(at.astimezone(ZoneInfo(zone)).time(), hours)


def silent(clock: time, hours: QuietHours) -> bool:
    if hours.begins < hours.ends:
        return hours.begins <= clock < hours.ends
    return clock >= hours.begins or clock < hours.ends


def next_loud(at: datetime, hours: QuietHours | None, zone: str) -> datetime:
    """The first moment, from `at` on, at which it is not quiet.

    Where the end falls into an hour that is left out, it is the first moment after; where it comes twice, the second.
    """
    if hours is None or not is_quiet(at, hours, zone):
        return at
    here = at.astimezone(ZoneInfo(zone))
    day = here.date() + timedelta(days=hours.ends <= here.time())
    twice = [datetime.combine(day, hours.ends, ZoneInfo(zone)).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return after_a_gap(min(twice), max(twice), hours, zone)


def after_a_gap(early: datetime, late: datetime, hours: QuietHours, zone: str) -> datetime:
    """An end that no clock shows lies between the two: by halves, to the second."""
    if early == late or not is_quiet(early, hours, zone):
        return late
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if is_quiet(middle, hours, zone) else (early, middle)
    return late.replace(microsecond=0)
