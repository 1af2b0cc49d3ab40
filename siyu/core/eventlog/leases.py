"""Something that only one process may do at a time."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q

from siyu.core.eventlog.models import Lease
from siyu.kit import clock

TERM = timedelta(seconds=60)


@contextmanager
def lease(name: str) -> Iterator[bool]:
    """Whether we hold it. A holder that died is followed after `TERM`; what is done under a lease must bear a rival,
    since a sleeping holder may wake after its time."""
    holder = f"{socket.gethostname()}:{os.getpid()}"
    held = take(name, holder)
    try:
        yield held
    finally:
        if held:
            Lease.objects.filter(name=name, holder=holder).update(until=clock.now())


def take(name: str, holder: str) -> bool:
    now = clock.now()
    Lease.objects.get_or_create(name=name, defaults={"holder": "", "until": now})
    free = Q(until__lte=now) | Q(holder=holder)
    return bool(Lease.objects.filter(free, name=name).update(holder=holder, until=now + TERM))
