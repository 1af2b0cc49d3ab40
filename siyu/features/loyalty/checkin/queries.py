"""What the check-in page shows."""

from calendar import Calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from siyu.core.people.models import Member
from siyu.features.loyalty.checkin import rules
from siyu.features.loyalty.checkin.actions import gives_at, in_force, steps_of
from siyu.features.loyalty.giving import in_words
from siyu.features.loyalty.models import CheckIn, CheckInProgramme, MakeUpCard
from siyu.kit.clock import day_of


@dataclass(frozen=True)
class Day:
    day: date
    state: str
    """done, made_up, missed (a card can make it up), today, or nothing."""
    gives: bool = False
    """The streak comes to a step here, if it goes on."""
    outside: bool = False
    """Of another month, to fill the week."""


@dataclass(frozen=True)
class Coming:
    """A step that lies ahead."""

    days: int
    left: int
    things: list[str]


@dataclass(frozen=True)
class Page:
    month: date
    before: date | None
    after: date | None
    weeks: list[list[Day]]
    today: date
    done: bool
    streak: int
    best: int
    total: int
    cards: int
    missed: list[date]
    coming: list[Coming]


def page(identity: int, *, month: date | None, at: datetime) -> Page:
    """A month of it; an absurd one is the present."""
    zone = settings.SIYU.zone
    today = day_of(at, zone)
    done = {day: card is not None for day, card in CheckIn.objects.filter(identity=identity).values_list("day", "card")}
    since = day_of(Member.objects.filter(identity=identity).values_list("joined_at", flat=True)[0], zone)
    programme = in_force()
    streak = rules.running(done, today)
    length = streak.days if streak else 0
    reach = programme.reaches_back if programme else 0
    missed = rules.to_make_up(done, since=since, today=today, reaches_back=reach)
    first = (month or today).replace(day=1)
    if not since.replace(day=1) <= first <= today.replace(day=1):
        first = today.replace(day=1)
    ahead = dict(promised(programme, length, today, today in done))
    weeks = [
        [Day(day, state_of(day, done, missed, today), day in ahead, day.month != first.month) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Page(
        month=first,
        before=earlier(first) if first > since.replace(day=1) else None,
        after=later(first) if first < today.replace(day=1) else None,
        weeks=weeks, today=today, done=today in done, streak=length, best=rules.longest(done), total=len(done),
        cards=MakeUpCard.objects.filter(identity=identity, spent_at=None, revoked_at=None).count(),
        missed=missed, coming=[*coming(programme, length)],
    )  # fmt: skip


def state_of(day: date, done: dict[date, bool], missed: list[date], today: date) -> str:
    if day in done:
        return "made_up" if done[day] else "done"
    return "missed" if day in missed else "today" if day == today else ""


def promised(programme: CheckInProgramme | None, length: int, today: date, done: bool) -> Iterator[tuple[date, int]]:
    """The days to come on which a streak that goes on gives something: (day, length then)."""
    steps = steps_of(programme) if programme else []
    for reached in rules.lengths(steps, length + 62):
        if reached > length:
            yield today + timedelta(days=reached - length - (not done)), reached


def coming(programme: CheckInProgramme | None, length: int) -> Iterator[Coming]:
    """The next three steps."""
    if programme is None:
        return
    reached = length
    for _ in range(3):
        found = rules.next_step(steps_of(programme), reached)
        if found is None:
            return
        reached = found
        yield Coming(reached, reached - length, in_words(gives_at(programme, reached)))


def earlier(month: date) -> date:
    return (month - rules.DAY).replace(day=1)


def later(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Overview:
    """For operators: the programme in force, and what came of it."""

    programme: CheckInProgramme | None
    steps: list[dict[str, Any]]
    today: int
    days: list[tuple[date, int]]
    """Check-ins of each of the last thirty days."""
    cards: dict[str, int]


def overview(at: datetime) -> Overview:
    today = day_of(at, settings.SIYU.zone)
    since = today - timedelta(days=29)
    counted = dict(
        CheckIn.objects.filter(day__gte=since)
        .order_by("day")
        .values("day")
        .annotate(n=Count("pk"))
        .values_list("day", "n")
    )
    days = [(day, counted.get(day, 0)) for n in range(30) if (day := since + timedelta(days=n))]
    spent = Count("pk", filter=Q(spent_at__isnull=False))
    cards = MakeUpCard.objects.aggregate(granted=Count("pk"), spent=spent)
    programme = in_force()
    steps = [{**one, "words": in_words(one["gives"])} for one in programme.steps] if programme else []
    return Overview(programme, steps, counted.get(today, 0), days, cards)
