from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DOMAINS = [("public", _("Public domain")), ("commercial", _("Commercial domain")), ("private", _("Private domain"))]
"""Public: a platform's own traffic, for nothing. Commercial: what is paid for. Private: people who can be reached."""


class Platform(models.Model):
    """A place where people are, such as Douyin in the public domain, or Douyin's ads in the commercial one."""

    code = models.CharField(max_length=50, unique=True)
    """For ever: files and links say it."""
    name = models.CharField(max_length=100)
    domain = models.CharField(max_length=10, choices=DOMAINS)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(domain__in=[code for code, _ in DOMAINS]), name="a_platform_has_a_domain"
            ),
            models.CheckConstraint(condition=~Q(code="") & ~Q(code="unknown"), name="a_platform_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """A way by which people come, such as the brand's Douyin account or its search ads. Somebody owns it."""

    code = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    owner = models.ForeignKey("team.Operator", null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    """From then on nothing new is entered for it; the past keeps it."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(code="unknown"), name="a_channel_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """On which platform a channel stands since when; what was before keeps the platform of then."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="placements")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="placements")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "since"], name="a_channel_stands_in_one_place")]


class Campaign(models.Model):
    """Something that runs for a while, over one channel or many."""

    code = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100)
    begins_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.SET_NULL, related_name="+")
    """Through which channel it runs, where it is one: what trials of the campaign measured stands beside that channel's
    credit."""
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="a_campaign_has_a_code"),
            models.CheckConstraint(
                condition=Q(begins_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("begins_on")),
                name="a_campaign_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Spend(models.Model):
    """What a brand day of a channel cost. The newest word replaces; the log keeps each of them."""

    day = models.DateField()
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, related_name="+")
    creator = models.CharField(max_length=100, blank=True)
    """To whom it was paid, where it was paid to a creator."""
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    """In minor units of its currency."""
    rate = models.DecimalField(max_digits=20, decimal_places=10, default=1)
    """The day's: what the currency was worth in the base currency."""
    cost = models.BigIntegerField()
    """In minor units of the base currency."""
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "day", "campaign", "creator", "currency"], name="one_spend_a_day_and_campaign",
                condition=Q(campaign__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["channel", "day", "creator", "currency"], name="one_spend_a_day", condition=Q(campaign=None)
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, cost__gte=0, rate__gt=0), name="spend_is_not_below_zero"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["day"], name="spend_by_day")]


SIGNS = ("utm_source", "utm_medium", "utm_campaign", "host", "link", "creator", "source", "kind")
"""What a rule may look at."""


class Rule(models.Model):
    """Touches of which all that is named here is seen came through the channel. Empty: whatever it is.

    Small letters; a star at the end stands for anything; a host is also all below it. Never edited: closed, and written
    anew. The lowest place counts, of equal ones the older.
    """

    place = models.PositiveIntegerField(default=100)
    utm_source = models.CharField(max_length=200, blank=True)
    utm_medium = models.CharField(max_length=200, blank=True)
    utm_campaign = models.CharField(max_length=200, blank=True)
    host = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=200, blank=True)
    """A short link's code, whole."""
    creator = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, blank=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, related_name="+")
    """None: what the touch itself says."""
    made_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(**dict.fromkeys(SIGNS, "")), name="a_rule_looks_at_something"),
        ]


class Terms(models.Model):
    """How cost and return are reckoned; the newest row is in force, for the past too."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    window_days = models.PositiveIntegerField(default=90)
    """A touch counts for a first order that many days later, at most."""
    margin = models.PositiveIntegerField(null=True)
    """Basis points of sales that are assumed to be left where the cost of goods is not known; none: nobody says."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(window_days__gte=1, window_days__lte=3660) & (Q(margin=None) | Q(margin__lte=10000)),
                name="terms_are_possible",
            )
        ]


class Reckoning(models.Model):
    """What a page that reads the whole history said last, and for what it was asked."""

    digest = models.CharField(max_length=32, unique=True)
    """Of what was asked: what, days, window."""
    what = models.CharField(max_length=20)
    first = models.CharField(max_length=10, blank=True)
    last = models.CharField(max_length=10, blank=True)
    window = models.PositiveIntegerField(default=0)
    body = models.JSONField(null=True)
    basis = models.CharField(max_length=16, blank=True)
    """Of the lake, the rules and the day that it was reckoned with."""
    made_at = models.DateTimeField(null=True)
    took = models.PositiveIntegerField(default=0)
    """Milliseconds."""
    wanted_at = models.DateTimeField(null=True)
    """Since when somebody waits for it."""
    seen_at = models.DateTimeField()


from siyu.features.traffic.reports.models import Edition, Report, Subscription  # noqa: E402

__all__ = [
    "DOMAINS", "SIGNS", "Campaign", "Channel", "Edition", "Placement", "Platform", "Reckoning", "Report", "Rule",
    "Spend", "Subscription", "Terms",
]  # fmt: skip
