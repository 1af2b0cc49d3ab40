from django.db import models
from django.db.models import Q


class Badge(models.Model):
    """A sign of merit. Its picture is drawn from a shape, a colour and a letter."""

    name = models.CharField(max_length=50, unique=True)
    text = models.CharField(max_length=200, blank=True)
    shape = models.CharField(max_length=10)
    colour = models.CharField(max_length=10)
    symbol = models.CharField(max_length=2)
    made_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class BadgeAward(models.Model):
    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="awards", db_index=False)
    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200, unique=True)
    because = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["badge", "identity"], condition=Q(revoked_at=None), name="a_badge_is_worn_once"
            )
        ]


class Certificate(models.Model):
    """That a badge was awarded, as a document that anybody may verify. `shows`: what of the holder's name."""

    SHOWS = [("name", "name"), ("initial", "initial"), ("nobody", "nobody")]

    award = models.OneToOneField(BadgeAward, on_delete=models.PROTECT, related_name="certificate")
    title = models.CharField(max_length=100)
    holder = models.CharField(max_length=50, blank=True)
    shows = models.CharField(max_length=10, choices=SHOWS, default="initial")
    issued_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True)

    @property
    def number(self) -> str:
        return f"{self.issued_at:%Y}-{self.pk:06}"
