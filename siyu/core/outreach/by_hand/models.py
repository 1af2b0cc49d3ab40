from django.db import models
from django.db.models import Q


class Errand(models.Model):
    """A message that an operator carries by hand."""

    key = models.CharField(max_length=150, unique=True)
    outgoing = models.BigIntegerField(null=True, db_index=True)
    to = models.CharField(max_length=200, blank=True)
    """Where the person is found: a phone, a contact's number."""
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    picture = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, default="open")
    """Withdrawn: the person did not allow it any more when somebody took it."""
    operator = models.ForeignKey("team.Operator", null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=500, blank=True)
    """What proves that it was said; of one that was left, why."""
    proof_picture = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("open", "taken", "done", "left", "withdrawn")), name="errand_state"
            ),
            models.CheckConstraint(condition=~Q(state="open") | Q(operator=None), name="open_errands_are_nobodys"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="open"), name="errands_to_take"),
            models.Index(fields=["operator", "state"], name="errands_of_operator"),
            models.Index(fields=["-ended_at"], condition=Q(ended_at__isnull=False), name="errands_ended"),
        ]
