"""What lies in inboxes."""

from django.db import models
from django.db.models import Q


class InboxItem(models.Model):
    key = models.CharField(max_length=150, unique=True)
    """The message's: sent again after a crash, it lies there once."""
    identity = models.BigIntegerField()
    """The member's account."""
    message = models.BigIntegerField(null=True)
    """Its row in the outbox; none: it stands in no outbox."""
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    picture = models.CharField(max_length=200, blank=True)
    """As `/media/…`."""
    at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identity", "-id"], name="inbox_of_a_member"),
            models.Index(fields=["identity"], condition=Q(opened_at=None), name="unread_of_a_member"),
        ]
