"""Checking in, making up, and writing the programme."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people.models import Member
from siyu.events.loyalty import DayMadeUp, MemberCheckedIn, StreakReached
from siyu.features.loyalty.checkin import rules
from siyu.features.loyalty.checkin.rules import Step, Streak
from siyu.features.loyalty.giving import checked
from siyu.features.loyalty.models import CheckIn, CheckInProgramme, MakeUpCard, StreakStep
from siyu.features.loyalty.who import NoSuchMember, known_member
from siyu.kit.clock import day_of
from siyu.kit.refusals import Refused

LONGEST_REACH = 60
MOST_STEPS = 20
LONGEST_STREAK = 3660


class AlreadyCheckedIn(Refused):
    code = "already_checked_in"
    status = 409


class NothingToMakeUp(Refused):
    code = "nothing_to_make_up"
    status = 409


class NoCard(Refused):
    code = "no_card"
    status = 409


class BadProgramme(Refused):
    code = "bad_programme"
    status = 422


@transaction.atomic
def check_in(*, identity: int, at: datetime) -> Streak:
    """The member is here today; the streak that it makes."""
    known_member(identity)
    day = day_of(at, settings.SIYU.zone)
    one_at_a_time(f"check-in of {identity}")
    _, fresh = CheckIn.objects.get_or_create(identity_id=identity, day=day, defaults={"at": at})
    if not fresh:
        raise AlreadyCheckedIn("today is checked in already")
    streak = streak_of(identity, day)
    announce(MemberCheckedIn(at=at, identity=identity, day=day.isoformat(), streak=(day - streak.first).days + 1))
    reach(identity, streak, at)
    return streak


@transaction.atomic
def make_up(*, identity: int, day: date, at: datetime) -> Streak:
    """Spend the oldest card for a missed day; the streak that it heals."""
    since = Member.objects.filter(identity=identity).values_list("joined_at", flat=True).first()
    if since is None:
        raise NoSuchMember("there is no such member")
    one_at_a_time(f"check-in of {identity}")
    zone, programme = settings.SIYU.zone, in_force()
    reach_back = programme.reaches_back if programme else 0
    missed = rules.to_make_up(
        days_of(identity), since=day_of(since, zone), today=day_of(at, zone), reaches_back=reach_back
    )
    if day not in missed:
        raise NothingToMakeUp("that day was not missed, or cannot be made up any more")
    CheckIn.objects.create(identity_id=identity, day=day, at=at, card=spend(identity, at))
    streak = streak_of(identity, day)
    announce(DayMadeUp(at=at, identity=identity, day=day.isoformat(), streak=streak.days))
    reach(identity, streak, at)
    return streak


def spend(identity: int, at: datetime) -> MakeUpCard:
    for card in MakeUpCard.objects.filter(identity=identity, spent_at=None, revoked_at=None).order_by(
        "granted_at", "pk"
    ):
        if MakeUpCard.objects.filter(pk=card.pk, spent_at=None, revoked_at=None).update(spent_at=at):
            return card
    raise NoCard("there is no card left that makes up a day")


def reach(identity: int, streak: Streak, at: datetime) -> None:
    """Write down and announce what the streak has newly come to; a reaction gives."""
    programme = in_force()
    if programme is None:
        return
    before = StreakStep.objects.filter(identity=identity, day__range=streak).values_list("days", "day")
    for length, day in rules.newly_reached(steps_of(programme), streak, list(before)):
        step = StreakStep.objects.create(identity_id=identity, programme=programme, days=length, day=day, at=at)
        announce(StreakReached(at=at, identity=identity, step=step.pk, days=length, day=day.isoformat()))


def streak_of(identity: int, day: date) -> Streak:
    found = rules.streak_around(days_of(identity), day)
    assert found
    return found


def days_of(identity: int) -> set[date]:
    return set(CheckIn.objects.filter(identity=identity).values_list("day", flat=True))


def in_force() -> CheckInProgramme | None:
    return CheckInProgramme.objects.order_by("-pk").first()


def steps_of(programme: CheckInProgramme) -> list[Step]:
    return [Step(one["days"], one["repeats"]) for one in programme.steps]


def gives_at(programme: CheckInProgramme, days: int) -> list[dict[str, Any]]:
    """All that a streak of that length gives."""
    steps = zip(programme.steps, steps_of(programme), strict=True)
    return [thing for said, step in steps if days in rules.lengths([step], days) for thing in said["gives"]]


@transaction.atomic
def write_programme(*, steps: Any, reaches_back: int, by: str, at: datetime) -> CheckInProgramme:
    """From now on; what was reached stays reached."""
    if not isinstance(reaches_back, int) or not 0 <= reaches_back <= LONGEST_REACH:
        raise BadProgramme(f"a missed day can be made up for 0 to {LONGEST_REACH} days")
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise BadProgramme(f"a programme has at most {MOST_STEPS} steps")
    sound = [sound_step(one) for one in steps]
    return CheckInProgramme.objects.create(steps=sound, reaches_back=reaches_back, by=by, written_at=at)


def sound_step(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict) or not {"days", "gives"} <= set(said) <= {"days", "repeats", "gives"}:
        raise BadProgramme('a step is {"days": 7, "repeats": false, "gives": […]}')
    days = said["days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= LONGEST_STREAK:
        raise BadProgramme(f"a step comes after 1 to {LONGEST_STREAK} days")
    return {"days": days, "repeats": said.get("repeats") is True, "gives": checked(said["gives"])}
