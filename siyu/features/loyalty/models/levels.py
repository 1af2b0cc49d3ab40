from django.db import models
from django.db.models import F, Q


class LevelScheme(models.Model):
    """How members grow. A version is written, tried, and published; the newest published one is in force."""

    version = models.PositiveIntegerField(unique=True)
    body = models.JSONField()
    written_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.version}"


class LevelStanding(models.Model):
    """Where a member stands. Who has no row stands on the ground, and always has."""

    identity = models.OneToOneField("people.Identity", primary_key=True, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    """0: none."""
    since = models.DateTimeField()
    low_since = models.DateTimeField(null=True)
    """When it was first found that the numbers do not keep the level: grace runs from here."""
    locked_until = models.DateTimeField(null=True)
    locked_by = models.CharField(max_length=150, blank=True)
    lock_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["level"])]


class LevelChange(models.Model):
    """A step up or down, and the numbers that caused it. Never edited."""

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    scheme = models.ForeignKey(LevelScheme, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    before = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField()
    because = models.CharField(max_length=20)
    numbers = models.JSONField(default=dict)
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(before=F("after")), name="a_change_of_level_is_one")]
        indexes = [models.Index(fields=["identity", "at"])]


class LevelRound(models.Model):
    """The judging of all members by a scheme on a brand day."""

    day = models.DateField()
    scheme = models.ForeignKey(LevelScheme, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rose = models.PositiveIntegerField(default=0)
    fell = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "scheme"], name="judged_once_a_day")]
