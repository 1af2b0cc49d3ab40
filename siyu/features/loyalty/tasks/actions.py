"""Writing tasks, and counting what members do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.eventlog.models import Entry
from siyu.events.loyalty import TaskCompleted
from siyu.features.loyalty.giving import checked
from siyu.features.loyalty.models import Task, TaskMark, TaskRun
from siyu.features.loyalty.tasks.conditions import BadTask, holds, sound_steps
from siyu.features.loyalty.who import known_by, member_of
from siyu.kit.clock import day_of
from siyu.kit.prepared import asks
from siyu.kit.refusals import Refused

MOST_HISTORY = 200_000


class NoSuchTask(Refused):
    code = "no_such_task"
    status = 404


class TaskNotOpen(Refused):
    code = "task_not_open"
    status = 409


class TooMuchHistory(Refused):
    code = "too_much_history"
    status = 422


def write(
    *, title: str, text: str = "", kind: str, steps: Any, gives: Any = (), by: str, at: datetime,
    begins_at: datetime | None = None, ends_at: datetime | None = None, hidden: bool = False,
) -> Task:  # fmt: skip
    """A draft: nobody sees it yet. What is published is never edited; close it and write another."""
    title = " ".join(title.split())
    if not 0 < len(title) <= 100 or len(text) > 500:
        raise BadTask("a task has a title of 1 to 100 characters, and a text of at most 500")
    if begins_at and ends_at and ends_at <= begins_at:
        raise BadTask("a task ends after it begins")
    return Task.objects.create(
        title=title, text=text, kind=kind, steps=sound_steps(steps, kind), gives=checked(list(gives)), hidden=hidden,
        begins_at=begins_at, ends_at=ends_at, written_at=at, by=by,
    )  # fmt: skip


@transaction.atomic
def publish(*, task: int, at: datetime) -> Task:
    """From now on it counts."""
    found = locked(task)
    if found.published_at or found.closed_at:
        raise TaskNotOpen("it was published or closed before")
    found.published_at = at
    found.save(update_fields=["published_at"])
    return found


@transaction.atomic
def close(*, task: int, at: datetime) -> Task:
    """It counts no more; what was completed stays."""
    found = locked(task)
    if found.closed_at:
        raise TaskNotOpen("it is closed already")
    found.closed_at = at
    found.save(update_fields=["closed_at"])
    return found


def locked(task: int) -> Task:
    found = Task.objects.select_for_update(no_key=True).filter(pk=task).first()
    if found is None:
        raise NoSuchTask("there is no such task")
    return found


def open_at(at: datetime) -> QuerySet[Task]:
    return Task.objects.filter(
        Q(begins_at=None) | Q(begins_at__lte=at), Q(ends_at=None) | Q(ends_at__gt=at),
        Q(closed_at=None) | Q(closed_at__gt=at), published_at__lte=at,
    )  # fmt: skip


@asks
def counting(at: datetime) -> QuerySet[Task]:
    """Asked for whatever happens."""
    return open_at(at).order_by("pk")


def count(*, name: str, body: dict[str, Any], identity: int | None, position: int, at: datetime) -> None:
    """What somebody did counts for every open task that asks for it."""
    wanted = [task for task in counting(at) if asks_for(task, name, body)]
    member = member_of(identity) if wanted else None
    for task in wanted if member else []:
        assert member
        mark(task, member, name=name, body=body, position=position, at=at, said_at=at)


def asks_for(task: Task, name: str, body: dict[str, Any]) -> bool:
    return any(holds(step, name, body) for step in task.steps)


@transaction.atomic
def mark(
    task: Task, identity: int, *, name: str, body: dict[str, Any], position: int, at: datetime, said_at: datetime
) -> None:
    """Once for an entry of the log; the last one that is needed completes the run, once in its period."""
    one_at_a_time(f"task {task.pk} of {identity}")
    period = day_of(at, settings.SIYU.zone).isoformat() if task.kind == "daily" else ""
    run = runs(identity).filter(task=task, period=period).last()
    run = run or TaskRun(task=task, identity_id=identity, period=period, begun_at=at)
    if run.completed_at or (run.step_at and at < run.step_at) or not holds(task.steps[run.step], name, body):
        return
    if TaskMark.objects.filter(task=task, position=position).exists():
        return
    step_on(run, len(task.steps), task.steps[run.step]["count"], at)
    run.save()
    TaskMark.objects.create(task=task, run=run, position=position)
    if run.completed_at:
        announce(TaskCompleted(at=said_at, identity=identity, task=task.pk, run=run.pk, kind=task.kind, period=period))


def runs(identity: int) -> QuerySet[TaskRun]:
    """Of a member and of all accounts that are part of theirs; of several of a period the furthest comes last."""
    return TaskRun.objects.filter(identity__in=known_by(identity)).order_by("step", "count", "pk")


def step_on(run: TaskRun, steps: int, needed: int, at: datetime) -> None:
    run.count += 1
    if run.count >= needed:
        run.step, run.count, run.step_at = run.step + 1, 0, at
    if run.step == steps:
        run.completed_at = at


def history(*, task: int, since: datetime, until: datetime) -> int:
    """How many entries of the log, imported ones included, `count_history` would look at."""
    return of_history(Task.objects.get(pk=task), since, until).count()


@transaction.atomic
def count_history(*, task: int, since: datetime, until: datetime, at: datetime) -> int:
    """Count what happened before the task was published too, imported history included; how many runs it completed.
    Nothing counts twice, whoever asks again."""
    found = locked(task)
    if not found.published_at or found.closed_at:
        raise TaskNotOpen("publish it first")
    entries = of_history(found, since, until)
    if entries.count() > MOST_HISTORY:
        raise TooMuchHistory(f"more than {MOST_HISTORY:,} entries: choose a later day")
    before = found.runs.exclude(completed_at=None).count()
    for entry, who in members_in(entries):
        body = msgspec.json.decode(entry.body)
        mark(found, who, name=entry.name, body=body, position=entry.position, at=entry.at, said_at=at)
    return found.runs.exclude(completed_at=None).count() - before


def of_history(task: Task, since: datetime, until: datetime) -> QuerySet[Entry]:
    names = {step["event"] for step in task.steps}
    return Entry.objects.filter(name__in=names, at__gte=since, at__lt=until, identity__isnull=False)


def members_in(entries: QuerySet[Entry]) -> Iterator[tuple[Entry, int]]:
    known: dict[int | None, int | None] = {}
    for entry in entries.order_by("at", "pk").iterator(1_000):
        if entry.identity not in known:
            known[entry.identity] = member_of(entry.identity)
        if who := known[entry.identity]:
            yield entry, who
