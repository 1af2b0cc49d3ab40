"""What an operation makes of a trait, whatever the order of arrival. Pure: no database, no clock.

A set or unset counts when it is newer than the last one. A set_once counts where nothing is set when it comes, and of
several the earliest. Increments and appends have no order: they count when they arrive, save those from before the
trait was unset. A delete unsets everything up to its moment, also what comes to be known of that time later.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from siyu.core.eventlog.directory import Change
from siyu.core.people.traits import LIST, fits, fitting, is_private

EVER = datetime.min.replace(tzinfo=UTC)
ALL = ""
"""The name of the mark that all traits were deleted."""


@dataclass(frozen=True)
class Standing:
    """A trait as it stands. `at` only grows: readers of the log tell by it which word is the newest."""

    at: datetime = EVER
    value: Any = None
    private: bool = False
    settled_at: datetime | None = None
    once_at: datetime | None = None

    @property
    def settled(self) -> datetime:
        return self.settled_at or (EVER if self.once_at else self.at)


Known = dict[str, Standing]
"""{trait: how it stands} of one identity."""


def after(known: Known, change: Change) -> Known:
    """What is different after the change: {trait: how it stands now}."""
    if change.operation == "delete":
        return dict(deleted(known, change.at))
    floor = known[ALL].at if ALL in known else EVER
    fold, different = FOLDS[change.operation], {}
    for name, value, private in told(change):
        before = known.get(name, Standing())
        stands = fold(before, change.at, value) if change.at > floor else None
        if stands:
            different[name] = replace(stands, private=private)
    return different


def told(change: Change) -> Iterator[tuple[str, Any, bool]]:
    if change.operation == "unset":
        yield from ((name, None, is_private(name)) for name, _ in fitting(dict.fromkeys(change.traits)))
        return
    private = dict(fitting(change.private))
    for name, value in fitting(change.traits):
        if name not in private:
            yield name, value, is_private(name)
    yield from ((name, value, True) for name, value in private.items())


def settled(before: Standing, at: datetime, value: Any) -> Standing | None:
    if at <= before.settled:
        return None
    if value is None and before.once_at and at < before.once_at:  # unset before it was set: only the floor rises
        return replace(before, settled_at=at)
    newest = max(at, before.at)
    return Standing(newest, value, settled_at=at if at < newest else None)


def settled_once(before: Standing, at: datetime, value: Any) -> Standing | None:
    free = before.value is None if before.once_at is None else at < before.once_at
    if not free or at <= before.settled:
        return None
    floor = before.settled if before.settled > EVER else None
    return Standing(max(at, before.at), value, settled_at=floor, once_at=at)


def increased(before: Standing, at: datetime, value: Any) -> Standing | None:
    if not is_number(value) or (before.value is None and at <= before.settled):
        return None
    total = (before.value if is_number(before.value) else 0) + value
    return Standing(max(at, before.at), total) if fits(total) else None


def appended(before: Standing, at: datetime, value: Any) -> Standing | None:
    if before.value is None and at <= before.settled:
        return None
    there = before.value if isinstance(before.value, list) else [] if before.value is None else [before.value]
    new = list(dict.fromkeys(value if isinstance(value, list) else [value]))
    joined = [*there, *(one for one in new if one not in there)][:LIST]
    return Standing(max(at, before.at), joined) if joined != before.value else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FOLDS: dict[str, Callable[[Standing, datetime, Any], Standing | None]] = {
    "set": settled,
    "unset": settled,
    "set_once": settled_once,
    "increment": increased,
    "append": appended,
}


def deleted(known: Known, at: datetime) -> Iterator[tuple[str, Standing]]:
    if at <= known.get(ALL, Standing()).at:
        return
    yield ALL, Standing(at)
    for name, before in known.items():
        gone = name != ALL and before.value is not None and at >= (before.once_at or before.settled)
        if gone:
            newest = max(at, before.at)
            yield name, Standing(newest, private=before.private, settled_at=at if at < newest else None)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """By time; of one moment what clears comes first."""
    return sorted(changes, key=lambda change: (change.at, change.operation not in ("delete", "unset")))
