"""What members see of tasks, and what operators see of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from siyu.features.loyalty.giving import in_words
from siyu.features.loyalty.models import Task, TaskRun
from siyu.features.loyalty.tasks.actions import open_at, runs
from siyu.kit.clock import day_of


@dataclass(frozen=True)
class Step:
    title: str
    event: str
    done: int
    needed: int


@dataclass(frozen=True)
class Shown:
    """A task as a member sees it today."""

    number: int
    title: str
    text: str
    kind: str
    steps: list[Step]
    things: list[str]
    completed_at: datetime | None
    ends_at: datetime | None

    @property
    def share(self) -> float:
        return sum(min(one.done, one.needed) for one in self.steps) / sum(one.needed for one in self.steps)


def of_member(identity: int, *, at: datetime) -> list[Shown]:
    """Open tasks with how far they have come, those to do first."""
    today = day_of(at, settings.SIYU.zone).isoformat()
    tasks = list(open_at(at).filter(hidden=False).order_by("-published_at", "-pk"))
    begun = runs(identity).filter(task__in=[task.pk for task in tasks], period__in=("", today))
    furthest = {run.task_id: run for run in begun}
    shown = [as_shown(task, furthest.get(task.pk)) for task in tasks]
    return sorted(shown, key=lambda one: one.completed_at is not None)


def as_shown(task: Task, run: TaskRun | None) -> Shown:
    at, count = (run.step, run.count) if run else (0, 0)
    steps = [
        Step(one["title"], one["event"], one["count"] if n < at else count if n == at else 0, one["count"])
        for n, one in enumerate(task.steps)
    ]
    return Shown(
        task.pk, task.title, task.text, task.kind, steps, in_words(task.gives), run.completed_at if run else None,
        task.ends_at,
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A task as an operator sees it."""

    task: Task
    state: str
    things: list[str]
    begun: int
    completed: int


def overview(at: datetime) -> list[Row]:
    done = Count("runs", filter=Q(runs__completed_at__isnull=False))
    tasks = Task.objects.filter(hidden=False).annotate(begun=Count("runs"), done=done).order_by("-pk")[:200]
    return [Row(task, state_of(task, at), in_words(task.gives), task.begun, task.done) for task in tasks]


def state_of(task: Task, at: datetime) -> str:
    if task.closed_at or (task.ends_at and task.ends_at <= at):
        return "closed"
    if not task.published_at:
        return "draft"
    return "planned" if task.begins_at and task.begins_at > at else "open"


def counted(step: dict[str, Any]) -> str:
    """A step's condition as a short text, for operators."""
    where = " ".join(f"{one['field']} {one['op']} {one['value']}" for one in step["where"])
    return f"{step['event']} {where}".strip()
