from django.db import models
from django.db.models import Q


class CheckInProgramme(models.Model):
    """What a streak gives. Never edited: the newest counts, and a step that was reached knows the one it was of."""

    steps = models.JSONField(default=list)
    """[{"days": 7, "repeats": true, "gives": [{"kind": …, "terms": …}]}]"""
    reaches_back = models.PositiveSmallIntegerField()
    """Days after which a missed one can no longer be made up."""
    written_at = models.DateTimeField()
    by = models.CharField(max_length=150)


class MakeUpCard(models.Model):
    """Good for one missed day."""

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    because = models.CharField(max_length=200, blank=True)
    granted_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "key"], name="one_card_per_key"),
            models.CheckConstraint(condition=Q(spent_at=None) | Q(revoked_at=None), name="a_spent_card_is_gone"),
        ]


class CheckIn(models.Model):
    """A member was here on that day of the brand, or has made it up with a card."""

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    at = models.DateTimeField()
    card = models.OneToOneField(MakeUpCard, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "day"], name="one_check_in_a_day")]
        indexes = [models.Index(fields=["at"])]


class StreakStep(models.Model):
    """A streak came to a step of the programme, on `day`; a step is reached once in a streak, also when it heals."""

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = models.ForeignKey(CheckInProgramme, on_delete=models.PROTECT, related_name="+", db_index=False)
    days = models.PositiveIntegerField()
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "days", "day"], name="a_step_is_reached_once")]
