"""Reactions: a cursor each, worked in batches, every batch in one transaction with its cursor."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from siyu.core.eventlog import announce
from siyu.core.eventlog.models import Cursor, Entry, Failure
from siyu.events import Event
from siyu.kit import clock

BATCH = 200
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


def react() -> int:
    """One batch of every reaction, and what failed and is due again; how many entries were looked at."""
    return sum(advance(reaction) + retry(reaction) for reaction in list(REACTIONS.values()))


@transaction.atomic
def advance(reaction: Reaction) -> int:
    """Take the next batch; the cursor moves with what was done, or neither does."""
    Cursor.objects.get_or_create(reaction=reaction.name)
    cursor = Cursor.objects.select_for_update(no_key=True).get(reaction=reaction.name)
    entries = list(Entry.objects.after(cursor.xid, cursor.position).settled()[:BATCH])
    if not entries:
        return 0
    for entry in wanted(reaction, entries):
        attempt(reaction, entry)
    cursor.xid, cursor.position = entries[-1].xid, entries[-1].position
    cursor.save()
    return len(entries)


def wanted(reaction: Reaction, entries: Iterable[Entry]) -> list[Entry]:
    return [e for e in entries if e.name in reaction.events and (reaction.history or not e.imported)]


def attempt(reaction: Reaction, entry: Entry) -> None:
    """Run it in a savepoint: a failure holds up only itself, and is kept with its reason."""
    token = announce.depth.set(entry.depth + 1)
    try:
        with transaction.atomic():
            reaction.run(recorded(entry))
    except Exception:  # noqa: BLE001  whatever it was, it is kept, shown and tried again
        put_off(reaction, entry, traceback.format_exc(limit=-3))
    else:
        Failure.objects.filter(reaction=reaction.name, entry=entry).delete()
    finally:
        announce.depth.reset(token)


def recorded(entry: Entry) -> Recorded:
    body = msgspec.json.decode(entry.body)
    return Recorded(entry.position, entry.name, entry.at, entry.identity, entry.imported, entry.depth, body)


def put_off(reaction: Reaction, entry: Entry, error: str) -> None:
    failure, made = Failure.objects.get_or_create(reaction=reaction.name, entry=entry, defaults={"error": error})
    failure.attempts += not made
    pause = FIRST_PAUSE * 4 ** (failure.attempts - 1)
    failure.error, failure.due_at = error, clock.now() + pause if failure.attempts < ATTEMPTS else None
    failure.save()


@transaction.atomic
def retry(reaction: Reaction) -> int:
    due = Failure.objects.filter(reaction=reaction.name, due_at__lte=clock.now()).select_related("entry")
    failures = list(due.order_by("due_at")[:BATCH])
    for failure in failures:
        attempt(reaction, failure.entry)
    return len(failures)
