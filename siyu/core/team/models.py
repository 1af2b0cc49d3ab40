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

    def __str__(self) -> str:
        return self.name


class Answer(models.Model):
    """What a program was answered to a write with an idempotency key: the same question gets the same answer."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    """Of method, address and body: another question under the same key is an error."""
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="one_answer_per_idempotency_key")]
        indexes = [models.Index(fields=["made_at"])]


class Knock(models.Model):
    """Failed sign-ins of one account from one address, or of one address: how many, and when the next may be tried."""

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    last_at = models.DateTimeField()
