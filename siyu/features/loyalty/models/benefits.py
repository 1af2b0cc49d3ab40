from django.db import models
from django.db.models import Q


class Grant(models.Model):
    """Something that was given to a member, of a kind of the registry. It ends at most once."""

    AUDIENCES = [("consumer", "consumer"), ("business", "business")]

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30)
    terms = models.JSONField()
    """What exactly, as it was when it was given."""
    audience = models.CharField(max_length=10, choices=AUDIENCES, default="consumer")
    """As whom they got it: somebody who buys, or a small business that sells."""
    key = models.CharField(max_length=150, unique=True)
    because = models.CharField(max_length=60)
    """What gave it: `level:3`, `task:5`, `plan:2`, `hand`."""
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None, expired_at=None)
                | Q(used_at=None, revoked_at=None)
                | Q(expired_at=None, revoked_at=None),
                name="a_benefit_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("granted_at")), name="a_benefit_lasts"
            ),
            models.CheckConstraint(
                condition=Q(expired_at=None) | Q(expires_at__isnull=False), name="what_expires_says_when"
            ),
            models.CheckConstraint(condition=Q(audience__in=["consumer", "business"]), name="audiences_are_known"),
        ]
        indexes = [
            models.Index(fields=["identity", "kind"]),
            models.Index(
                fields=["expires_at"],
                condition=Q(used_at=None, expired_at=None, revoked_at=None, expires_at__isnull=False),
                name="benefits_to_expire",
            ),
        ]
