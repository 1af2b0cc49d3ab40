"""Subscriptions: packages hear what the world says under a name, a step of the drain at a time.

A delivery is part of the transaction that ends the step, in a savepoint: what cannot be taken holds up nobody else. It
is kept as a failed message with the code `hearing_failed`, and replayed by hand. A message may therefore be heard
again, and must then change nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from django.db import transaction

from siyu.kit.refusals import Refused
from siyu.kit.texts import read_json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Heard:
    """A message as a subscription sees it: what was said, and by whom."""

    batch: int
    ordinal: int
    name: str
    at: datetime
    identity: int | None
    source: str
    message: int
    imported: bool
    properties: dict[str, Any]
    line: str
    """As it was sent."""


Hearer = Callable[[Sequence[Heard]], None]


@dataclass(frozen=True)
class Subscription:
    name: str
    events: tuple[str, ...]
    run: Hearer
    history: bool


@dataclass(frozen=True)
class Missed:
    """What a subscription could not take, and why."""

    heard: Heard
    reason: str


SUBSCRIPTIONS: dict[str, Subscription] = {}


def hears(*events: str, history: bool = False) -> Callable[[Hearer], Hearer]:
    """Register a function of all messages of these names that one step brings, in the order of their time.

    `history`: it also wants imported messages, which otherwise wake nobody.
    """

    def register(function: Hearer) -> Hearer:
        name = f"{function.__module__.removeprefix('siyu.').removesuffix('.hearing')}.{function.__name__}"
        SUBSCRIPTIONS[name] = Subscription(name, events, function, history)
        return function

    return register


def names() -> list[str]:
    return sorted({event for subscription in SUBSCRIPTIONS.values() for event in subscription.events})


def gathered(db: duckdb.DuckDBPyConnection, fresh: str) -> list[Heard]:
    """What anybody listens to among the messages of `fresh`, a query."""
    rows = db.execute(f"""
        SELECT batch, ordinal, name, epoch_us(happened_at), a.identity, source, message, imported, properties, line
        FROM ({fresh}) t LEFT JOIN alive a USING (n) WHERE name IN (SELECT unnest(?::VARCHAR[]))
        ORDER BY happened_at, t.n""", [names()]).fetchall()  # fmt: skip
    return [
        Heard(batch, ordinal, name, EPOCH + timedelta(microseconds=moment), who, source, message, imported,
            read_json(text or "{}"), line)
        for batch, ordinal, name, moment, who, source, message, imported, text, line in rows
    ]  # fmt: skip


def deliver(heard: Sequence[Heard]) -> list[Missed]:
    """To every subscription what it listens to; what none of them could take, once each message."""
    missed: dict[tuple[int, int], Missed] = {}
    for subscription in SUBSCRIPTIONS.values():
        wanted = [h for h in heard if h.name in subscription.events and (subscription.history or not h.imported)]
        for one in attempt(subscription, wanted):
            missed.setdefault((one.heard.batch, one.heard.ordinal), one)
    return list(missed.values())


def attempt(subscription: Subscription, wanted: Sequence[Heard]) -> Iterator[Missed]:
    """All at once, else by halves, until the one that fails is alone."""
    if not wanted:
        return
    try:
        with transaction.atomic():
            subscription.run(wanted)
    except Exception as error:  # noqa: BLE001  whatever it was, it is kept and shown
        if len(wanted) == 1:
            yield Missed(wanted[0], reason(error))
            return
        middle = len(wanted) // 2
        yield from attempt(subscription, wanted[:middle])
        yield from attempt(subscription, wanted[middle:])


def reason(error: Exception) -> str:
    return error.message if isinstance(error, Refused) else f"{type(error).__name__}: {error}"[:500]


def by_source(heard: Iterable[Heard]) -> dict[tuple[str, bool], list[Heard]]:
    """{(source, imported): messages}, as most verbs want them."""
    found: dict[tuple[str, bool], list[Heard]] = {}
    for one in heard:
        found.setdefault((one.source, one.imported), []).append(one)
    return found
