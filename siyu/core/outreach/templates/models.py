"""Templates and their versions."""

from django.db import models
from django.db.models import Q


class Template(models.Model):
    code = models.CharField(max_length=40, unique=True)
    """What programs and rounds know it by: equal actions are pooled by it."""
    title = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    channels = models.JSONField(default=list, blank=True)
    """Over which it may be said; none: over all."""
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("transactional", "service", "social", "marketing")), name="template_kind"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """Its words as of a moment. What was said by it can be read for ever: it is never changed."""

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    bodies = models.JSONField()
    """{language: {text, subject, html}}"""
    picture = models.CharField(max_length=200, blank=True)
    """As `/media/…`."""
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="one_version_per_number"),
            models.CheckConstraint(condition=~Q(bodies={}), name="version_says_something"),
        ]
