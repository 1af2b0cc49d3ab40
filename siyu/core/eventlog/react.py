"""Reactions: a cursor each, worked in batches, every batch in one transaction with its cursor."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from siyu.core.eventlog import announce
from siyu.core.eventlog.models import Cursor, Entry, Failure
from siyu.events import Event
from siyu.kit import clock
from siyu.kit.prepared import removes

BATCH = 200
STRETCH = 2_000
"""Entries that are looked at together."""
ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True)
class Recorded:
    """An entry as a reaction sees it."""

    position: int
    name: str
    at: datetime
    identity: int | None
    imported: bool
    depth: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Reaction:
    name: str
    events: tuple[str, ...]
    run: Callable[[Recorded], None]
    history: bool


REACTIONS: dict[str, Reaction] = {}


def reacts_to(*events: type[Event], history: bool = False) -> Callable:
    """Register a function of one event. It may run twice for the same event and must then change nothing.

    `history`: it also wants imported events, which otherwise wake nobody.
    """

    def register(function: Callable[[Recorded], None]) -> Callable[[Recorded], None]:
        name = f"{function.__module__.removeprefix('siyu.').removesuffix('.reactions')}.{function.__name__}"
        REACTIONS[name] = Reaction(name, tuple(event.name for event in events), function, history)
        return function

    return register


@transaction.atomic
def enrol() -> None:
    """Give reactions that are new a place to begin: those that want history at the first entry, the others behind the
    last one, so that what an upgrade brings does not pay points for last year."""
    last = Entry.objects.order_by("-xid", "-pk").values_list("xid", "pk").first() or (0, 0)
    for reaction in REACTIONS.values():
        xid, position = (0, 0) if reaction.history else last
        Cursor.objects.get_or_create(reaction=reaction.name, defaults={"xid": xid, "position": position})


Place = tuple[int, int]
"""(xid, position) of the last entry that was taken."""


def react() -> int:
    """One stretch of the log for every reaction, and what failed and is due again; how many entries were looked at."""
    return sum(go_on(place, some) for place, some in places().items()) + retry()


def places() -> dict[Place, list[Reaction]]:
    """Reactions by how far they have come: nearly all stand at the same entry."""
    rows = Cursor.objects.filter(reaction__in=list(REACTIONS)).values_list("reaction", "xid", "position")
    stand = {name: (xid, position) for name, xid, position in rows}
    found: dict[Place, list[Reaction]] = {}
    for reaction in list(REACTIONS.values()):
        found.setdefault(stand.get(reaction.name, (0, 0)), []).append(reaction)
    return found


def go_on(place: Place, reactions: Sequence[Reaction]) -> int:
    """Look once at what comes next: whom none of it wakes passes over it together, the others work through it."""
    rows = list(Entry.objects.after(*place).settled().values_list("xid", "pk", "name", "imported")[:STRETCH])
    if not rows:
        return 0
    end, said = rows[-1][:2], {row[2:] for row in rows}
    woken = [reaction for reaction in reactions if any(hears(reaction, *one) for one in said)]
    pass_over([reaction.name for reaction in reactions if reaction not in woken], place, end)
    for reaction in woken:
        advance(reaction, place, end)
    return len(rows)


def hears(reaction: Reaction, name: str, imported: bool) -> bool:
    return name in reaction.events and (reaction.history or not imported)


def pass_over(names: Sequence[str], place: Place, end: Place) -> None:
    if place == (0, 0):
        Cursor.objects.bulk_create([Cursor(reaction=name) for name in names], ignore_conflicts=True)
    there = Cursor.objects.filter(reaction__in=names, xid=place[0], position=place[1])
    there.update(xid=end[0], position=end[1])


@transaction.atomic
def advance(reaction: Reaction, place: Place, end: Place) -> None:
    """Take the next batch on the way to `end`; the cursor moves with what was done, or neither does."""
    Cursor.objects.get_or_create(reaction=reaction.name)
    cursor = Cursor.objects.select_for_update(no_key=True).get(reaction=reaction.name)
    if (cursor.xid, cursor.position) != place:
        return  # another worker was here
    wanted = Entry.objects.after(*place).upto(*end).filter(name__in=reaction.events).order_by("xid", "pk")
    entries = list((wanted if reaction.history else wanted.filter(imported=False))[:BATCH])
    for entry in entries:
        attempt(reaction, entry)
    cursor.xid, cursor.position = (entries[-1].xid, entries[-1].position) if len(entries) == BATCH else end
    cursor.save()


def attempt(reaction: Reaction, entry: Entry) -> None:
    """Run it in a savepoint: a failure holds up only itself, and is kept with its reason."""
    token = announce.depth.set(entry.depth + 1)
    try:
        with transaction.atomic():
            reaction.run(recorded(entry))
    except Exception:  # noqa: BLE001  whatever it was, it is kept, shown and tried again
        put_off(reaction, entry, traceback.format_exc(limit=-3))
    else:
        overcome(reaction.name, entry.pk)
    finally:
        announce.depth.reset(token)


@removes
def overcome(reaction: str, entry: int) -> QuerySet[Failure]:
    return Failure.objects.filter(reaction=reaction, entry=entry)


def recorded(entry: Entry) -> Recorded:
    body = msgspec.json.decode(entry.body)
    return Recorded(entry.position, entry.name, entry.at, entry.identity, entry.imported, entry.depth, body)


def put_off(reaction: Reaction, entry: Entry, error: str) -> None:
    failure, made = Failure.objects.get_or_create(reaction=reaction.name, entry=entry, defaults={"error": error})
    failure.attempts += not made
    pause = FIRST_PAUSE * 4 ** (failure.attempts - 1)
    failure.error, failure.due_at = error, clock.now() + pause if failure.attempts < ATTEMPTS else None
    failure.save()


def retry() -> int:
    due = Failure.objects.filter(due_at__lte=clock.now(), reaction__in=list(REACTIONS)).select_related("entry")
    failures = list(due.order_by("due_at", "pk")[:BATCH])
    for failure in failures:
        with transaction.atomic():
            attempt(REACTIONS[failure.reaction], failure.entry)
    return len(failures)
