"""Writing down who stands where now, and announcing every step with the numbers that caused it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from siyu.core.eventlog.announce import record
from siyu.events.loyalty import LevelLost, LevelReached
from siyu.features.loyalty.levels.rules import Numbers, Scheme, Standing, score
from siyu.features.loyalty.models import LevelChange, LevelScheme, LevelStanding
from siyu.kit.rows import insert


class Step(NamedTuple):
    identity: int
    before: Standing
    after: Standing
    numbers: Numbers
    because: str
    known: bool
    """Whether there is a row of theirs."""


def apply(steps: Sequence[Step], scheme: LevelScheme, sound: Scheme, at: datetime, *, by: str = "") -> None:
    """In the caller's transaction; nobody else judges these members meanwhile."""
    fresh = [step for step in steps if not step.known]
    insert(
        LevelStanding,
        ("identity", "level", "since", "low_since", "locked_until", "locked_by", "lock_reason"),
        [(step.identity, *step.after, "", "") for step in fresh],
    )
    move([step for step in steps if step.known])
    moved = [step for step in steps if step.before.rank != step.after.rank]
    said = [(step, numbers_said(sound, step.numbers)) for step in moved]
    insert(
        LevelChange,
        ("identity", "scheme", "at", "before", "after", "because", "numbers", "by"),
        [
            (step.identity, scheme.pk, at, step.before.rank, step.after.rank, step.because,
             msgspec.json.encode(numbers).decode(), by)
            for step, numbers in said
        ],
    )  # fmt: skip
    events = (event(step, numbers, scheme, sound, at) for step, numbers in said)
    record(((one.name, one.at, one.identity, one.body()) for one in events), source="siyu", imported=False)


def move(steps: Sequence[Step]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""UPDATE {LevelStanding._meta.db_table} SET level = %s, since = %s, low_since = %s, locked_until = %s
            WHERE identity_id = %s""",
            [(step.after.rank, *map(adapt, step.after[1:]), step.identity) for step in steps],
        )


def numbers_said(scheme: Scheme, numbers: Numbers) -> dict[str, Any]:
    said = {one.name: int(number) for one, number in zip(scheme.dimensions, numbers, strict=True)}
    return said | {"score": int(score(scheme, numbers))}


def event(step: Step, numbers: dict[str, Any], scheme: LevelScheme, sound: Scheme, at: datetime) -> Any:
    rank = step.after.rank
    said: dict[str, Any] = {
        "at": at, "identity": step.identity, "rank": rank, "before": step.before.rank, "scheme": scheme.version,
        "because": step.because, "numbers": numbers,
    }  # fmt: skip
    if rank > step.before.rank:
        return LevelReached(level=sound.name(rank), **said)
    return LevelLost(level=sound.name(rank) or None, **said)
