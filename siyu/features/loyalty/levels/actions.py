"""Writing and publishing schemes, rising with what happens, locking."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people.models import Member
from siyu.features.loyalty.levels import metrics, rules
from siyu.features.loyalty.levels.applying import Step, apply
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import Scheme, Standing
from siyu.features.loyalty.models import LevelScheme, LevelStanding
from siyu.features.loyalty.who import known_member
from siyu.kit.refusals import Refused

TICK = timedelta(microseconds=1)
LONGEST_LOCK = timedelta(days=3660)


class NoScheme(Refused):
    code = "no_level_scheme"
    status = 409


class SchemePublished(Refused):
    code = "scheme_published"
    status = 409


class BadLock(Refused):
    code = "bad_lock"
    status = 422


@transaction.atomic
def write(*, body: Any, by: str, at: datetime) -> LevelScheme:
    """The next version, as a draft."""
    read(body)
    one_at_a_time("level schemes")
    newest = LevelScheme.objects.aggregate(newest=Max("version"))["newest"] or 0
    return LevelScheme.objects.create(version=newest + 1, body=body, by=by, written_at=at)


@transaction.atomic
def publish(*, version: int, by: str, at: datetime) -> LevelScheme:
    """It is in force from now on, and the worker judges everybody by it at once."""
    found = LevelScheme.objects.select_for_update(no_key=True).filter(version=version).first()
    if found is None:
        raise NoScheme("there is no such version")
    if found.published_at:
        raise SchemePublished("that version was published; write another one")
    read(found.body)
    found.published_at, found.published_by = at, by
    found.save(update_fields=["published_at", "published_by"])
    return found


def in_force(at: datetime) -> LevelScheme | None:
    return LevelScheme.objects.filter(published_at__lte=at).order_by("-published_at", "-version").first()


@transaction.atomic
def rise(*, identity: int, at: datetime) -> int:
    """What a member did may lift them; the rank that they hold then."""
    scheme = in_force(at)
    if scheme is None:
        raise NoScheme("no scheme is in force")
    one_at_a_time(f"level of {identity}")
    now, known = standing_of(identity, to_change=True)
    if known:
        at = max(at, now.since)
    sound = read(scheme.body, gifts=False)
    found = numbers_of(sound, identity, at + TICK)
    then = rules.judge(sound, found, now, at, falling=False)
    if then != now:
        apply([Step(identity, now, then, found, "rise", known)], scheme, sound, at)
    return then.rank


@transaction.atomic
def lock(*, identity: int, rank: int, until: datetime, reason: str, by: str, at: datetime) -> None:
    """The member holds this level until then, whatever the numbers say."""
    scheme = in_force(at)
    if scheme is None:
        raise NoScheme("no scheme is in force")
    sound = read(scheme.body, gifts=False)
    if not 0 <= rank <= len(sound.levels) or not at < until <= at + LONGEST_LOCK or not reason.strip():
        raise BadLock("a lock has a level of the scheme, an end that lies ahead, and a reason")
    known_member(identity)
    one_at_a_time(f"level of {identity}")
    now, known = standing_of(identity, to_change=True)
    then = Standing(rank, now.since if rank == now.rank else at, None, until)
    apply([Step(identity, now, then, numbers_of(sound, identity, at), "lock", known)], scheme, sound, at, by=by)
    LevelStanding.objects.filter(identity=identity).update(locked_by=by, lock_reason=reason.strip()[:200])


@transaction.atomic
def unlock(*, identity: int, at: datetime) -> None:
    """The next judging decides."""
    free = {"locked_until": None, "locked_by": "", "lock_reason": ""}
    LevelStanding.objects.filter(identity=identity, locked_until__gt=at).update(**free)


def numbers_of(scheme: Scheme, identity: int, at: datetime) -> list[int]:
    return metrics.numbers(scheme, [identity], at=at, few=True)[0].tolist()


def standing_of(identity: int, *, to_change: bool = False) -> tuple[Standing, bool]:
    """Where a member stands, and whether that was ever written down."""
    rows = LevelStanding.objects.select_for_update(no_key=True) if to_change else LevelStanding.objects.all()
    row = rows.filter(identity=identity).first()
    if row:
        return Standing(row.level, row.since, row.low_since, row.locked_until), True
    joined = Member.objects.filter(identity=identity).values_list("joined_at", flat=True)[0]
    return Standing(0, joined), False
