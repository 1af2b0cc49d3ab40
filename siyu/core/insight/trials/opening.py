"""Opening a trial, entering people by lot, and closing it."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from pyroaring import BitMap

from siyu.core.eventlog.announce import announce
from siyu.core.insight.audiences.bitmaps import of_numbers
from siyu.core.insight.models import Entry, Trial
from siyu.core.insight.trials import controls
from siyu.core.insight.trials.lot import CIRCLE, places
from siyu.events.trials import TrialClosed, TrialOpened
from siyu.kit.prepared import asks
from siyu.kit.refusals import Refused

GOALS = ("orders", "buyers", "gmv", "net", "contribution")
ARMS = 20
LONGEST = 400
"""Days of a window."""
HELD, GLOBAL, ALONE = 0, -1, -1
Block = tuple[int, int, int]
"""Part, unit and arm."""
PART = 16
"""People are kept in blocks of 65,536 numbers."""


class BadTrial(Refused):
    code = "bad_trial"
    status = 422


class OtherTrial(Refused):
    code = "other_trial"
    status = 409


class TrialIsClosed(Refused):
    code = "trial_closed"
    status = 409


class UnitsMissing(Refused):
    code = "units_missing"
    status = 422


def open_trial(
    *,
    key: str,
    arms: Mapping[str, int],
    window: int,
    by: str,
    at: datetime,
    horizon: datetime | None = None,
    action: str = "",
    unit: str = "person",
    goal: str = "orders",
    title: str = "",
    marketing: bool = True,
    salt: str = "",
) -> Trial:
    """The same key again is the same trial; another trial under it is refused.

    `horizon`: when it is judged; none: a window after opening. `marketing`: whether the global control group stays out
    of it. `salt` only for who must draw the same lots elsewhere.
    """
    arms = dict(sorted(arms.items()))
    checked(arms, window, unit, goal)
    horizon = horizon or at + timedelta(days=window)
    if horizon <= at:
        raise BadTrial("a trial is judged after it was opened")
    said = {"action": action, "unit": unit, "arms": arms, "window": window, "goal": goal}
    if found := Trial.objects.filter(key=key).first():
        return same(found, said)
    rotation = controls.current(at) if marketing and unit == "person" else None
    more = {"title": title, "salt": salt or secrets.token_hex(8), "rotation": rotation, "horizon_at": horizon}
    try:
        with transaction.atomic():
            made = Trial.objects.create(key=key, opened_at=at, by=by, **said, **more)
            announce(TrialOpened(at=at, trial=made.pk, key=key, action=action, unit=unit, arms=arms, window=window,
                                 horizon_at=horizon, by=by))  # fmt: skip
    except IntegrityError:  # somebody else was quicker
        return same(Trial.objects.get(key=key), said)
    return made


def checked(arms: Mapping[str, int], window: int, unit: str, goal: str) -> None:
    if not 1 <= len(arms) <= ARMS or "control" in arms or not all(arms):
        raise BadTrial(f"a trial has 1 to {ARMS} arms with a name; control is what they leave")
    whole = all(isinstance(share, int) and share > 0 for share in arms.values())
    if not whole or sum(arms.values()) > CIRCLE:
        raise BadTrial(f"shares are whole basis points above zero, {CIRCLE:,} at most together")
    if not 1 <= window <= LONGEST:
        raise BadTrial(f"an outcome counts for 1 to {LONGEST} days")
    if unit not in Trial.UNITS:
        raise BadTrial(f"a unit is one of {', '.join(Trial.UNITS)}")
    if goal not in GOALS:
        raise BadTrial(f"a goal is one of {', '.join(GOALS)}")


def same(found: Trial, said: Mapping[str, object]) -> Trial:
    """Of it, what decides about people and figures."""
    if other := [name for name, value in said.items() if getattr(found, name) != value]:
        raise OtherTrial(f"there is a trial {found.key} already, with another {other[0]}")
    return found


def arms_of(trial: Trial, people: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    """int8 of each: 0 control, 1 … the arms by name, −1 the global control group. Pure, and the same for ever.

    Where groups or places were drawn, it is their number that falls on the circle: a message to a group cannot leave
    one of its people out, so the global control group does not bind it.
    """
    stops = np.cumsum([trial.arms[name] for name in sorted(trial.arms)])
    drawn = places(trial.salt, numbers_drawn(trial, people, units))
    table = np.searchsorted(stops, np.arange(CIRCLE), side="right") + 1
    table[table > len(stops)] = HELD
    arms = table.astype(np.int8)[drawn]
    if trial.rotation is not None:
        arms[controls.within(trial.rotation, people)] = GLOBAL
    return arms


def numbers_drawn(trial: Trial, people: np.ndarray, units: np.ndarray | None) -> np.ndarray:
    if trial.unit == "person":
        return people
    if units is None or len(units) != len(people):
        raise UnitsMissing(f"a trial by {trial.unit} needs the {trial.unit} of everybody who enters")
    return units


def assign(trial: Trial, people: np.ndarray, *, at: datetime, units: np.ndarray | None = None) -> np.ndarray:
    """Draw and enter."""
    enter(trial, people, at=at, units=units)
    return arms_of(trial, people, units)


@transaction.atomic(savepoint=False)
def enter(trial: Trial, people: np.ndarray, *, at: datetime, units: np.ndarray | None = None) -> int:
    """Keep who entered, and when, in the caller's transaction; who is in it already stays as they are. How many came.

    The global control group is kept too, as an arm of its own that no effect counts.
    """
    if not len(people):
        return 0
    [closed_at] = closing(trial.pk)
    if closed_at:
        raise TrialIsClosed(f"{trial} is closed; nobody enters any more")
    wanted = blocks(trial, people, units)
    parts, drawn = ({where[n] for where in wanted} for n in (0, 1))
    seen: dict[tuple[int, int], BitMap] = defaultdict(BitMap)
    standing: dict[Block, BitMap] = {}
    for part, one, arm, entered_at, kept in entered(trial.pk, sorted(parts), sorted(drawn)):
        those = BitMap.deserialize(bytes(kept))
        seen[part, one] |= those
        if entered_at == at:
            standing[part, one, arm] = those
    new = {where: those - seen[where[:2]] for where, those in wanted.items()}
    new = {where: those for where, those in new.items() if those}
    write(trial, {where: those | standing.get(where, BitMap()) for where, those in new.items()}, at)
    return sum(map(len, new.values()))


@asks
def closing(trial: int) -> QuerySet[Any, Any]:
    return Trial.objects.select_for_update(no_key=True).filter(pk=trial).values_list("closed_at", flat=True)


@asks
def entered(trial: int, parts: Sequence[int], units: Sequence[int]) -> QuerySet[Any, Any]:
    rows = Entry.objects.filter(trial=trial, part__in=parts, unit__in=units).order_by("pk")
    return rows.values_list("part", "unit", "arm", "at", "people")


def write(trial: Trial, blocks: dict[Block, BitMap], at: datetime) -> None:
    """A block for each moment; those of the same moment come into the block that stands."""
    rows = [
        Entry(trial=trial, part=part, unit=unit, arm=arm, at=at, people=those.serialize(), count=len(those))
        for (part, unit, arm), those in sorted(blocks.items())
    ]
    Entry.objects.bulk_create(
        rows, 500, update_conflicts=True, unique_fields=["trial", "part", "unit", "arm", "at"],
        update_fields=["people", "count"],
    )  # fmt: skip


def blocks(trial: Trial, people: np.ndarray, units: np.ndarray | None) -> dict[Block, BitMap]:
    """{(part, unit, arm): people}."""
    people = np.asarray(people, dtype=np.int64)
    arms = arms_of(trial, people, units)
    if trial.unit == "person":
        first, second = people >> PART, np.full(len(people), ALONE)
    else:
        assert units is not None
        first, second = np.full(len(people), ALONE), np.asarray(units, dtype=np.int64)
    order = np.lexsort((arms, second, first))
    keys = np.stack([first[order], second[order], arms[order]])
    cuts = np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1
    starts = [0, *cuts.tolist()]
    pieces = np.split(people[order], cuts)
    return {tuple(keys[:, start].tolist()): of_numbers(piece) for start, piece in zip(starts, pieces, strict=True)}


@transaction.atomic
def close(trial: Trial, *, by: str, at: datetime) -> Trial:
    """Nobody enters any more. Twice is once."""
    if Trial.objects.filter(pk=trial.pk, closed_at=None).update(closed_at=at):
        announce(TrialClosed(at=at, trial=trial.pk, by=by))
    trial.refresh_from_db()
    return trial
