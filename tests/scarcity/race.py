"""Sixteen clients, each a thread with a connection of its own, are let go at the same moment, again and again."""

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
OFTEN_ENOUGH = 0.003
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


def race(resource: Resource, trials: int, *, seconds: float = math.inf) -> Told:
    """So many trials, or as many as that time allows."""
    began = time.perf_counter()
    done = 0
    violations: list[str] = []
    resource.open()
    while done < trials and time.perf_counter() - began < seconds:
        things = [resource.stage(trial) for trial in range(done, min(done + AT_ONCE, trials))]
        for thing, got in zip(things, run(resource, things), strict=True):
            crashed = [f"a client crashed: {one!r}" for one in got if is_crash(one)]
            violations += crashed or resource.broken(thing, got)
        done += len(things)
    return Told(done, violations, round(time.perf_counter() - began, 1))


def is_crash(one: Any) -> bool:
    """Also a time-out, a deadlock, or a constraint that had to save what the verb did not."""
    return isinstance(one, BaseException) and not isinstance(one, Refused)


def run(resource: Resource, things: Sequence[Any]) -> list[list[Any]]:
    """What every client got, for each thing."""
    got: list[list[Any]] = [[None] * CLIENTS for _ in things]
    start = threading.Barrier(CLIENTS, timeout=PATIENCE)

    def client(number: int) -> None:
        with hurrying():
            for thing, mine in zip(things, got, strict=True):
                try:
                    start.wait()
                    mine[number] = resource.attempt(thing, number)
                except Exception as no:  # noqa: BLE001 - what it was is judged when the race is over
                    mine[number] = no
        connections.close_all()

    with switching_often():
        threads = [threading.Thread(target=client, args=[number], daemon=True) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return got


@contextmanager
def switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(OFTEN)
    yield
    sys.setswitchinterval(usual)


@contextmanager
def hurrying() -> Iterator[None]:
    """Races are about locks, not about power cuts and pauses: do not wait for the disk, and ask SQLite for its lock
    every few milliseconds instead of every hundred."""
    fast = ["PRAGMA synchronous = OFF", "PRAGMA busy_timeout = 0"]
    with connection.cursor() as cursor:
        for statement in fast if connection.vendor == "sqlite" else ["SET synchronous_commit TO OFF"]:
            cursor.execute(statement)
    with connection.execute_wrapper(insisting):
        yield


def insisting(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """What SQLite's own patience does, as long as its settings say, more often."""
    end = time.monotonic() + LOCKED
    while True:
        try:
            return execute(sql, params, many, context)
        except OperationalError as no:
            if str(no) != "database is locked" or time.monotonic() > end:
                raise
        time.sleep(OFTEN_ENOUGH)


def won(got: Sequence[Any]) -> list[Any]:
    return [one for one in got if not isinstance(one, Refused)]


def expect(what: str, found: Any, wanted: Any) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {found!r}, not {wanted!r}"
