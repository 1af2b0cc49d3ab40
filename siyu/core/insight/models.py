from django.db import models
from django.db.models import Q


class Audience(models.Model):
    """A saved definition in the audience language: a question, not a list."""

    name = models.CharField(max_length=100, unique=True)
    definition = models.JSONField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """Who was in an audience at a moment; the members are a Parquet file of person numbers."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="snapshots")
    definition = models.JSONField()
    taken_at = models.DateTimeField()
    people = models.BigIntegerField()
    file = models.CharField(max_length=200)
    by = models.CharField(max_length=150)


class TagRule(models.Model):
    """A tag that follows a definition: set on who comes in, taken from who goes out."""

    tag = models.OneToOneField("people.Tag", on_delete=models.CASCADE, related_name="+")
    definition = models.JSONField()
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)


class Round(models.Model):
    """A month's screening of old users for seed users, in one category or in all, kept for comparison."""

    month = models.DateField()
    category = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField()
    run_at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    weights = models.JSONField(default=dict)
    people = models.BigIntegerField(default=0)
    """How many were looked at."""

    class Meta:
        ordering = ["-month", "category"]
        constraints = [models.UniqueConstraint(fields=["month", "category"], name="one_round_per_month_and_category")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.category}".strip()


class Candidate(models.Model):
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="candidates")
    person = models.BigIntegerField()
    rank = models.PositiveIntegerField()
    score = models.PositiveIntegerField()
    """Of 1,000."""
    reasons = models.JSONField()
    """[{code, points, value, ...}]: what the score is made of, largest first."""
    accepted_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="candidate_once_per_round"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(rejected_at__isnull=True), name="candidate_decided_one_way"
            ),
        ]


class Ruling(models.Model):
    """What is a bot: rules that find visitors whose behaviour counts in no figure. The newest row is in force."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    listed = models.BooleanField(default=True)
    """Whether user agents of our own list are bots."""
    words = models.JSONField(default=list)
    """Pieces of user agents that the operators added."""
    pace = models.PositiveIntegerField()
    """More events in a minute than a person makes; 0: nobody looks."""
    applied_at = models.DateTimeField(null=True)
    """When it had been held against everything; none: the worker still has to."""
    position = models.BigIntegerField(default=0)
    """How far in the lake it has been looked."""
    overlap = models.BigIntegerField(default=0)
    """How far at the look before."""


class Exclusion(models.Model):
    """A visitor whose behaviour does not count, or one whom an operator let in again and no rule may touch."""

    identity = models.BigIntegerField(primary_key=True)
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    readmitted_at = models.DateTimeField(null=True)
    readmitted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-identity"], condition=Q(readmitted_at=None), name="excluded")]
