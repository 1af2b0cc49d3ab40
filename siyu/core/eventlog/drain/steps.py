"""Steps into the lake: planned, carried out, marked as done.

A step is planned as a row before it is written: which stretch of the log, which batches. A process that dies after
that leaves a plan, and whoever comes next writes the very same rows; the lake refuses them if they stand there already.
"""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import BinaryField, F, Func, Value

from siyu.core.eventlog import hearing, lake
from siyu.core.eventlog.drain import failing, known, lines, messages, people, rows
from siyu.core.eventlog.drain.log import from_log
from siyu.core.eventlog.locks import only_one
from siyu.core.eventlog.models import Batch, Drain, Entry
from siyu.core.eventlog.plan import sighting
from siyu.kit import clock

ENTRIES = 60_000
MESSAGES = 150_000
"""A step has a price of its own, of some tenths of a second: fewer messages would not keep up with 92,600 a second,
more would need more memory and lag longer."""
BYTES = 64 * 1024 * 1024
"""Of lines, unpacked: the engine holds them about five times over while it reads them."""
BATCHES = 5_000


def drain(*, wait: bool = False) -> int:
    """Move one stretch into the lake; how many rows it held, 0 when there was none or another process is at it."""
    with only_one("drain", wait=wait) as held:
        step = held and (unfinished() or plan())
        return carry_out(step) if step else 0


def drain_all() -> int:
    """Until all that is committed now stands in the lake, waiting for a process that is at it."""
    total = 0
    while taken := drain(wait=True):
        total += taken
    return total


def unfinished() -> Drain | None:
    return Drain.objects.filter(done_at=None).first()


def plan() -> Drain | None:
    """Decide what the next step holds; None when everything is in the lake."""
    log_at, batch_at = reached()
    entries = list(Entry.objects.after(*log_at).settled().values_list("xid", "pk")[:ENTRIES])
    batches = list(bearable(landed().after(*batch_at).settled()))
    if not entries and not batches:
        return None
    (log_xid, log_position), (batch_xid, batch_position) = (entries or [log_at])[-1], (batches or [batch_at])[-1]
    try:
        with transaction.atomic():
            return Drain.objects.create(
                log_xid=log_xid,
                log_position=log_position,
                batch_xid=batch_xid,
                batch_position=batch_position,
                planned_at=clock.now(),
            )
    except IntegrityError:  # a rival that lost its lock without knowing has planned meanwhile
        return None


def bearable(batches: Any) -> Any:
    """(xid, pk) of so many batches as one step bears, at least one."""
    start = Func(F("body"), Value(1), Value(18), function="substr", output_field=BinaryField())
    said = batches.annotate(start=start).values_list("xid", "pk", "count", "start")[:BATCHES]
    left = [MESSAGES, BYTES]

    def fits(row: tuple) -> bool:
        enough = left[0] > 0 and left[1] > 0
        left[0], left[1] = left[0] - row[2], left[1] - lines.size(bytes(row[3]))
        return enough

    return [(xid, pk) for xid, pk, *_ in takewhile(fits, said.iterator(chunk_size=500))]


def reached(before: int | None = None, *, done: bool = False) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the step before this one ended, in the log and in the landing; `done`: the last that is over."""
    steps = Drain.objects.order_by("-number")
    if done:
        steps = steps.exclude(done_at=None)
    last = steps.filter(number__lt=before).first() if before else steps.first()
    if last is None:
        return (0, 0), (0, 0)
    return (last.log_xid, last.log_position), (last.batch_xid, last.batch_position)


def landed() -> Any:
    return Batch.objects.using(settings.LANDING)


def carry_out(step: Drain) -> int:
    """Write the planned rows and mark the step as done; how many entries and messages it held.

    In this order, so that a repetition after any of them ends the same: what cannot be taken is kept, claims get their
    numbers, the lake gets events and then payloads, and one transaction says the rest and ends the step.
    """
    log_at, batch_at = reached(before=step.number)
    entries = Entry.objects.after(*log_at).upto(step.log_xid, step.log_position).settled()
    batches = list(landed().after(*batch_at).upto(step.batch_xid, step.batch_position).settled())
    with lake.connect() as db:
        log = from_log(entries)
        found = lines.unpacked(batches, first=log.num_rows)
        messages.read(db, found)
        failed = failing.keep(db, found.broken, {batch.pk: batch for batch in batches})
        people.number(db)
        new = rows.gather(db, log, step)
        written = lake.append("events", "events_rows", app="drain", version=step.number, db=db, keys=rows.months(db))
        if buckets := rows.buckets(db):
            lake.append("payloads", "payloads_rows", app="drain", version=step.number, db=db, keys=buckets)
        known.remember(new, step) if written else known.forget()
        return finish(db, step, log.num_rows, failed, sum(batch.count for batch in found.broken))


def finish(db: Any, step: Drain, entries: int, failed: int, unread: int) -> int:
    """What the messages say beyond the lake, and the end of the step: both or neither."""
    kept, repeats, told = rows.counted(db)
    told += unread
    with transaction.atomic():
        if Drain.objects.select_for_update().get(pk=step.pk).done_at:
            return 1
        people.say(db)
        sighting.observe(db, people.FRESH)
        failing.keep_missed(hearing.deliver(hearing.gathered(db, people.FRESH)))
        Drain.objects.filter(pk=step.pk).update(
            done_at=clock.now(), entries=entries, messages=told, rows=kept, repeats=repeats, failed=failed
        )
    return max(1, entries + told)


FORGOTTEN = 500
"""Batches that go in one transaction, so that a landing never waits for long."""


def forget_landed(at: datetime) -> int:
    """Delete batches that have stood in the lake for as long as the settings say; how many.

    The oldest first: what is left is a stretch without gaps.
    """
    long_ago = at - timedelta(hours=settings.SIYU.landed_hours)
    last = Drain.objects.filter(done_at__lt=long_ago).order_by("-number").first()
    if last is None:
        return 0
    gone = 0
    behind = landed().upto(last.batch_xid, last.batch_position).order_by("xid", "pk").values_list("pk", flat=True)
    while some := list(behind[:FORGOTTEN]):
        gone += landed().filter(pk__in=some).delete()[0]
    return gone
