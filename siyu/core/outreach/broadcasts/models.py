"""Broadcasts, and how far the worker is with them."""

from django.db import models
from django.db.models import Q


class Broadcast(models.Model):
    """Words to many at a moment. From its start on it is a dispatch; until then all of it can be changed."""

    STATES = ("draft", "planned", "filling", "sending", "done", "stopped")

    key = models.CharField(max_length=150, null=True, unique=True)
    digest = models.CharField(max_length=32, blank=True)
    title = models.CharField(max_length=100)
    channel = models.CharField(max_length=30)
    variants = models.JSONField()
    """[{arm, version, weight}], by arm."""
    audience = models.ForeignKey("insight.Audience", null=True, on_delete=models.PROTECT, related_name="+")
    definition = models.JSONField(null=True)
    """Whom it is for, where that is no saved audience and no list."""
    people = models.BinaryField(null=True)
    """A list that was pasted: a roaring bitmap of persons."""
    holdout = models.PositiveIntegerField(default=1000)
    """Basis points of those who could be reached, who get nothing: what it did is seen against them."""
    window = models.PositiveIntegerField(default=14)
    """Days in which what they do counts."""
    quiet = models.CharField(max_length=10, default="defer")
    zone = models.CharField(max_length=10, default="brand")
    per_minute = models.PositiveIntegerField(null=True)
    cost = models.BigIntegerField(default=0)
    budget = models.BigIntegerField(null=True)
    campaign = models.CharField(max_length=50, blank=True)
    state = models.CharField(max_length=10, default="draft")
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    begins_at = models.DateTimeField(null=True)
    """When the worker takes it: by each person's clock, as early as it is anywhere."""
    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    dispatch = models.OneToOneField("outreach.Dispatch", null=True, on_delete=models.PROTECT, related_name="+")
    asked = models.PositiveIntegerField(default=0)
    """How many people it asked about."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("draft", "planned", "filling", "sending", "done", "stopped")),
                name="broadcast_state",
            ),
            models.CheckConstraint(condition=Q(holdout__lt=10_000), name="a_broadcast_tells_some"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "planned", "stopped")) | Q(dispatch__isnull=False),
                name="what_is_sent_is_a_dispatch",
            ),
        ]
        indexes = [models.Index(fields=["begins_at"], condition=Q(state="planned"), name="broadcasts_to_come")]

    def __str__(self) -> str:
        return self.title


class BroadcastPart(models.Model):
    """Some of whom it is for, as they were when it started."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="parts")
    people = models.BinaryField()
    """A roaring bitmap."""
    count = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["broadcast"], condition=Q(done_at=None), name="parts_to_fill")]
