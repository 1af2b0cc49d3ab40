from django.db import models
from django.db.models import F, Q


class Task(models.Model):
    """Something that members may do for a reward: once, once each brand day, or as a series of steps in their order."""

    KINDS = [("once", "once"), ("daily", "daily"), ("series", "series")]

    title = models.CharField(max_length=100)
    text = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=10, choices=KINDS)
    steps = models.JSONField()
    """[{"title": …, "event": "order.placed", "where": [{"field", "op", "value"}], "count": 2}]"""
    gives = models.JSONField(default=list)
    """[{"kind": …, "terms": …}]"""
    hidden = models.BooleanField(default=False)
    """The rule of a badge: it stands in no list of tasks."""
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="a_task_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.title


class TaskRun(models.Model):
    """How far a member has come with a task in a period: a brand day of a daily one, else the only one."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="runs", db_index=False)
    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=10, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    """The one that counts now."""
    count = models.PositiveIntegerField(default=0)
    """Of that step."""
    step_at = models.DateTimeField(null=True)
    """When the step before was done: what happened earlier does not count for this one."""
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "identity", "period"], name="one_run_a_period")]


class TaskMark(models.Model):
    """An event that was counted: the same entry of the log counts once for a task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(TaskRun, on_delete=models.CASCADE, related_name="marks")
    position = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "position"], name="an_event_counts_once")]
