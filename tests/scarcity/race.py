"""Sixteen clients, each a thread with a connection of its own, are let go at the same moment, again and again."""

import math
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

from django.db import OperationalError, connection, connections

from siyu.kit.refusals import Refused

CLIENTS = 16
AT_ONCE = 10
"""Trials that are set up together."""
PATIENCE = 120
"""Seconds after which a race that does not end is a violation."""
LOCKED = 20
"""Seconds after which SQLite gives up on its lock, as in the settings."""
OFTEN_ENOUGH = 0.001
"""Seconds after which a client asks for SQLite's lock again, which by itself waits up to a tenth."""
OFTEN = 1e-3
"""Seconds after which Python lets another thread run, so that clients meet between any two steps."""


class Resource(Protocol):
    """A scarce thing. `open` prepares what all trials share, `stage` the thing of one trial, `attempt` is what one of
    the clients tries. `broken` says in words what does not hold after the race; `got` is what each client got: an
    answer, or the `Refused` that it met."""

    def open(self) -> None: ...

    def stage(self, trial: int) -> Any: ...

    def attempt(self, thing: Any, client: int) -> Any: ...

    def broken(self, thing: Any, got: Sequence[Any]) -> Iterator[str]: ...


class Told(NamedTuple):
    trials: int
    violations: list[str]
    seconds: float


def race(resource: Resource, trials: int, *, seconds: float = math.inf, enough: float = math.inf) -> Told:
    """So many trials, or as many as that time allows, or until so much is wrong."""
    began = time.perf_counter()
    done = 0
    violations: list[str] = []
    resource.open()
    with crew(resource) as run:
        while done < trials and time.perf_counter() - began < seconds and len(violations) < enough:
            things = [resource.stage(trial) for trial in range(done, min(done + AT_ONCE, trials))]
            for thing, got in zip(things, run(things), strict=True):
                crashed = [f"a client crashed: {one!r}" for one in got if is_crash(one)]
                violations += crashed or resource.broken(thing, got)
            done += len(things)
    return Told(done, violations, round(time.perf_counter() - began, 1))


def is_crash(one: Any) -> bool:
    """Also a time-out, a deadlock, or a constraint that had to save what the verb did not."""
    return isinstance(one, BaseException) and not isinstance(one, Refused)


class Heat(NamedTuple):
    """Trials that are run one after the other; `got`: what every client got, for each thing."""

    things: Sequence[Any]
    got: list[list[Any]]


@contextmanager
def crew(resource: Resource) -> Iterator[Callable[[Sequence[Any]], list[list[Any]]]]:
    """The clients, for all trials: each a thread that keeps its connection."""
    start, over = threading.Barrier(CLIENTS, timeout=PATIENCE), threading.Semaphore(0)
    work: list[SimpleQueue[Heat | None]] = [SimpleQueue() for _ in range(CLIENTS)]

    def client(number: int) -> None:
        hurry()
        while heat := work[number].get():
            for thing, got in zip(heat.things, heat.got, strict=True):
                try:
                    start.wait()
                    got[number] = resource.attempt(thing, number)
                except Exception as no:  # noqa: BLE001 - what it was is judged when the race is over
                    got[number] = no
            over.release()
        connections.close_all()

    def run(things: Sequence[Any]) -> list[list[Any]]:
        heat = Heat(things, [[None] * CLIENTS for _ in things])
        for one in work:
            one.put(heat)
        for _ in work:
            over.acquire()
        return heat.got

    threads = [threading.Thread(target=client, args=[number], daemon=True) for number in range(CLIENTS)]
    with switching_often():
        for thread in threads:
            thread.start()
        try:
            yield run
        finally:
            for one in work:
                one.put(None)
            for thread in threads:
                thread.join()


@contextmanager
def switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(OFTEN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def hurry() -> None:
    """Races are about locks, not about power cuts and pauses: do not wait for the disk, and ask SQLite for its lock
    every millisecond instead of every hundred."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = OFF")
            connection._start_transaction_under_autocommit = insist  # type: ignore[attr-defined]
        else:
            cursor.execute("SET synchronous_commit TO OFF")


def insist() -> None:
    """What SQLite's own patience does, as long as its settings say, more often."""
    bare, end = connection.connection, time.monotonic() + LOCKED
    bare.execute("PRAGMA busy_timeout = 0")
    while not begun(bare):
        if time.monotonic() > end:
            raise OperationalError("database is locked")
        time.sleep(OFTEN_ENOUGH)
    bare.execute(f"PRAGMA busy_timeout = {1000 * LOCKED}")


def begun(bare: sqlite3.Connection) -> bool:
    try:
        bare.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as no:
        if no.sqlite_errorname != "SQLITE_BUSY":
            raise
        return False
    return True


def won(got: Sequence[Any]) -> list[Any]:
    return [one for one in got if not isinstance(one, Refused)]


def expect(what: str, found: Any, wanted: Any) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {found!r}, not {wanted!r}"
