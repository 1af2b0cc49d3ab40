from django.contrib.auth.models import AbstractUser
from django.db import models


class Operator(AbstractUser):
    """Somebody who works in the console. The groups are the roles; a superuser is the owner."""

    language = models.CharField(max_length=10, blank=True)


class ApiKey(models.Model):
    """A program's way in. Only a hash of the secret is kept."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
