from django.db import models
from django.db.models import F, Q

RHYTHMS = ("day", "week", "month")
STATES = ("due", "sending", "sent", "failed")


class Subscription(models.Model):
    """An address that gets a report each period, until it ends."""

    address = models.EmailField()
    rhythm = models.CharField(max_length=5)
    language = models.CharField(max_length=10)
    hour = models.PositiveSmallIntegerField(default=8)
    """Of the brand's clock, on the day after the period."""
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rhythm__in=RHYTHMS, hour__lte=23), name="a_subscription_has_a_rhythm"),
            models.UniqueConstraint(
                fields=["address", "rhythm"], condition=Q(ended_at=None), name="one_subscription_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class Report(models.Model):
    """The figures of a period as they were when it was over."""

    rhythm = models.CharField(max_length=5)
    first = models.DateField()
    last = models.DateField()
    figures = models.JSONField()
    """What `drawing` drew: sums, and nothing of a member."""
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rhythm", "first"], name="one_report_a_period"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="a_report_ends_after_it_begins"),
        ]


class Edition(models.Model):
    """A report for one subscription: its mail and its page."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="editions")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="editions")
    code = models.CharField(max_length=32, unique=True)
    """The page's address, which nobody guesses."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default="due")
    copies = models.PositiveSmallIntegerField(default=1)
    """How often it was to go out: once, and again whenever an operator asks. Each is a mail with a key of its own."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """Of this copy."""
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "report"], name="one_edition_a_period"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="edition_state"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state__in=["due", "sending"]), name="editions_to_send")]

    def __str__(self) -> str:
        return f"{self.subscription}, {self.report.first}"
