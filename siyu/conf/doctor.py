"""Do database, landing and lake agree? Each check says what it compared."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.models import Q, Sum

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import landed, reached, unfinished
from siyu.core.eventlog.models import Drain, Entry, Failure
from siyu.core.eventlog.routing import unapplied
from siyu.core.insight.facts import open_facts
from siyu.core.ledger import proving
from siyu.core.ledger.models import Transfer
from siyu.core.people.models import Identity, Person


@dataclass(frozen=True)
class Finding:
    check: str
    well: bool
    text: str


Check = Callable[[], tuple[bool, str]]


def examine() -> Iterator[Finding]:
    for check in CHECKS:
        well, text = check()
        yield Finding((check.__doc__ or "").rstrip("."), well, text)


def schema() -> tuple[bool, str]:
    """The databases have today's tables."""
    count = sum(len(unapplied(alias)) for alias in connections)
    return count == 0, f"{count} migrations wait; run `siyu init`" if count else "every migration is applied"


def files() -> tuple[bool, str]:
    """The database files are sound."""
    if connection.vendor != "sqlite":
        return True, f"{connection.vendor} looks after itself"
    answers = []
    for alias in connections:
        with connections[alias].cursor() as cursor:
            answers.append(cursor.execute("PRAGMA quick_check").fetchone()[0])
            answers += [str(row) for row in cursor.execute("PRAGMA foreign_key_check").fetchall()[:3]]
    return set(answers) == {"ok"}, ", ".join(answers)


def log_and_lake() -> tuple[bool, str]:
    """Each drain's rows stand in the lake, once."""
    with lake.connect() as db:
        there = dict(
            db.execute(
                f"SELECT position >> 32, count(DISTINCT position) FROM {lake.scan('events')} GROUP BY 1"
            ).fetchall()
        )
        total = db.execute(f"SELECT count(*) FROM {lake.scan('events')}").fetchall()[0][0]
    planned = dict(Drain.objects.exclude(done_at=None).values_list("number", "rows"))
    wrong = sorted(n for n in {*planned, *there} if planned.get(n, 0) != there.get(n, 0))
    rows = sum(planned.values())
    if wrong or total != rows:
        return False, f"drains {wrong[:5]} differ; {rows:,} rows were drained, the lake has {total:,}"
    return True, f"{rows:,} rows in {len(planned):,} drains, all there once"


def log_and_drains() -> tuple[bool, str]:
    """Nothing of log and landing was passed over."""
    log_at, _ = reached()
    entries = Entry.objects.upto(*log_at).count()
    columns = ("entries", "messages", "rows", "repeats", "failed")
    done = {name: n or 0 for name, n in Drain.objects.aggregate(**{name: Sum(name) for name in columns}).items()}
    went_in, came_out = done["entries"] + done["messages"], done["rows"] + done["repeats"] + done["failed"]
    text = (
        f"{done['entries']:,} log entries and {done['messages']:,} landed messages went in; {done['rows']:,} rows, "
        f"{done['repeats']:,} repetitions and {done['failed']:,} failed messages came out"
    )
    return unfinished() is not None or (entries == done["entries"] and went_in == came_out and retained()), text


def retained() -> bool:
    """Of the batches that are still kept none was left out: their steps took as many messages as they hold."""
    first = landed().order_by("xid", "pk").values_list("xid", "pk").first()
    if first is None:
        return True
    xid, position = first
    steps = Drain.objects.filter(Q(batch_xid__gt=xid) | Q(batch_xid=xid, batch_position__gte=position))
    oldest = steps.order_by("number").first()
    if oldest is None:
        return True
    taken = Drain.objects.filter(number__gt=oldest.number).aggregate(n=Sum("messages"))["n"] or 0
    batches = landed().after(oldest.batch_xid, oldest.batch_position).upto(*reached()[1])
    return taken == (batches.aggregate(n=Sum("count"))["n"] or 0)


def lag() -> tuple[bool, str]:
    """The lake has caught up."""
    log_at, batch_at = reached(done=True)
    entries, batches = Entry.objects.after(*log_at).count(), landed().after(*batch_at).count()
    return entries + batches == 0, f"{entries:,} entries and {batches:,} batches wait for the worker"


def people() -> tuple[bool, str]:
    """Database and lake know the same people."""
    with open_facts() as db:
        appeared = "name = 'person.appeared' AND identity NOT IN (FROM erased)"
        [(there,)] = db.execute(f"SELECT count(DISTINCT person) FROM everything WHERE {appeared}").fetchall()
    here = Identity.objects.exclude(person=None).values("person").distinct().count()
    return here == there, f"{here:,} in the database ({Person.objects.count():,} ever), {there:,} in the lake"


def reactions() -> tuple[bool, str]:
    """No reaction has given up on an event."""
    given_up = Failure.objects.filter(due_at=None).count()
    return given_up == 0, f"{given_up:,} given up, {Failure.objects.exclude(due_at=None).count():,} will be tried again"


def books() -> tuple[bool, str]:
    """The books hold: every balance, unit and lot."""
    broken = [rule for rule, question in proving.RULES.items() if proving.broken(rule, question)]
    return not broken, "; ".join(broken) or f"{Transfer.objects.count():,} transfers"


def room() -> tuple[bool, str]:
    """There is room on the disk."""
    usage = shutil.disk_usage(settings.SIYU.home)
    return usage.free > 2**30, f"{usage.free / 2**30:.1f} GiB of {usage.total / 2**30:.1f} free"


def secrecy() -> tuple[bool, str]:
    """Only the owner can read the key."""
    mode = (Path(settings.SIYU.home) / "secret").stat().st_mode & 0o777
    return mode & 0o077 == 0, f"mode {mode:o}"


CHECKS: list[Check] = [schema, files, log_and_lake, log_and_drains, lag, people, reactions, books, room, secrecy]
