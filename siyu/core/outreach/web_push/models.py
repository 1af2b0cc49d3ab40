"""Browsers that show messages."""

from django.db import models

from siyu.core.people.models import MemberSession


class PushSubscription(models.Model):
    """What a push service needs for one browser. Gone with the session: nobody reads on a browser that another uses."""

    session = models.OneToOneField(MemberSession, on_delete=models.CASCADE, related_name="+")
    identity = models.BigIntegerField(db_index=True)
    """The member's account."""
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=30)
    at = models.DateTimeField()
