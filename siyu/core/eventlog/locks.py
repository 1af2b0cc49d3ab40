"""Something that only one process may do at a time. The lock dies with its holder, however that dies."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def only_one(name: str, *, wait: bool = False) -> Iterator[bool]:
    """Whether we are the one; `wait` until we are. A file lock on one machine, an advisory lock on PostgreSQL.

    What is done under it must still bear a rival: an advisory lock is gone when its connection is.
    """
    with (_advisory if connection.vendor == "postgresql" else _file)(name, wait) as held:
        yield held


@contextmanager
def _file(name: str, wait: bool) -> Iterator[bool]:
    folder = Path(settings.SIYU.home) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _advisory(name: str, wait: bool) -> Iterator[bool]:
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {'pg_advisory_lock' if wait else 'pg_try_advisory_lock'}(%s)", [key])
        held = wait or cursor.fetchone()[0]
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def one_at_a_time(what: str) -> None:
    """Until the end of the transaction. On SQLite every transaction is alone already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])
