"""Tables of links and live codes. Clicks are no rows here: they are landed, and live in the lake."""

from django.db import models
from django.db.models import F, Q


class Domain(models.Model):
    """A host on which the world finds links. Every link answers on every domain; the newest that stands is shown."""

    host = models.CharField(max_length=255, unique=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    added_at = models.DateTimeField()
    preferred_at = models.DateTimeField(null=True)
    """The newest of those that stand is the one that links are shown with; the others are spare."""
    quiet_at = models.DateTimeField(null=True)
    """Since when clicks on it no longer arrive: somebody may have blocked it."""
    heeded_at = models.DateTimeField(null=True)
    """Until when an operator has looked into that."""
    retired_at = models.DateTimeField(null=True)


class Link(models.Model):
    code = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=150, null=True, unique=True)
    """Who asks for it twice with one key gets one link."""
    digest = models.CharField(max_length=32, blank=True)
    """Of what was asked with that key: the same key for another link is an error."""
    title = models.CharField(max_length=100, blank=True)
    targets = models.JSONField()
    """[{url, weight, name}], at least one; a visitor always gets the same."""
    apps = models.JSONField(default=dict, blank=True)
    """{ios|android|harmony: where the brand's app opens}"""
    utm = models.JSONField(default=dict, blank=True)
    channel = models.CharField(max_length=50, blank=True)
    campaign = models.CharField(max_length=50, blank=True)
    creator = models.CharField(max_length=100, blank=True)
    identity = models.BigIntegerField(null=True, db_index=True)
    """Whom it was made for: a personal link, or one that somebody shares."""
    expires_at = models.DateTimeField(null=True)
    fallback = models.CharField(max_length=2000, blank=True)
    """Where it leads when it has expired or was switched off; nothing: a page says so."""
    password = models.CharField(max_length=200, blank=True)
    routed = models.BooleanField(default=True)
    """Whether in-app browsers that would not open the target are shown a page that helps."""
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(targets=[]), name="link_leads_somewhere")]
        indexes = [
            models.Index(fields=["creator", "-id"], condition=~Q(creator=""), name="links_of_creator"),
            models.Index(fields=["campaign", "-id"], condition=~Q(campaign=""), name="links_of_campaign"),
        ]


class Edition(models.Model):
    """One row: how often a link was changed. Who remembers links looks here whether that still holds."""

    number = models.BigIntegerField()


class Code(models.Model):
    """A live code. It is printed, hence never deleted, and its letters are never used again."""

    EVEN, FILL = "even", "fill"

    code = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=150, null=True, unique=True)
    digest = models.CharField(max_length=32, blank=True)
    title = models.CharField(max_length=100)
    pool = models.CharField(max_length=30)
    """Who chooses: a name of `links.pools`."""
    order = models.CharField(max_length=10, default=EVEN)
    """Evenly by load and weight, or the first until it is full and then the next."""
    fallback = models.CharField(max_length=2000)
    """Where it leads when nobody is on duty or all are full, and after it is retired. Never nothing."""
    channel = models.CharField(max_length=50, blank=True)
    campaign = models.CharField(max_length=50, blank=True)
    creator = models.CharField(max_length=100, blank=True)
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    full_at = models.DateTimeField(null=True)
    """Since when scans find no place; nothing: the last one found one."""
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(fallback=""), name="live_code_never_leads_nowhere"),
            models.CheckConstraint(condition=Q(order__in=("even", "fill")), name="live_code_order"),
        ]


class Place(models.Model):
    """Where a scan can be sent: a member of staff, a page, a group."""

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="places")
    key = models.CharField(max_length=100)
    """Unique within its code, so that whoever fills a pool from above can say the same thing twice."""
    label = models.CharField(max_length=100)
    url = models.CharField(max_length=2000, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    """A QR picture to show instead of an address to go to, as `/media/…`."""
    text = models.CharField(max_length=200, blank=True)
    operator = models.ForeignKey("team.Operator", null=True, on_delete=models.SET_NULL, related_name="+")
    schedule = models.JSONField(default=list, blank=True)
    """[{days: "12345", from: "09:00", to: "18:00"}] in the brand's zone; none: always."""
    weight = models.PositiveIntegerField(default=1)
    most = models.PositiveIntegerField(null=True)
    most_a_day = models.PositiveIntegerField(null=True)
    taken = models.PositiveIntegerField(default=0)
    day = models.DateField(null=True)
    taken_today = models.PositiveIntegerField(default=0)
    """On `day`."""
    expires_at = models.DateTimeField(null=True)
    """Such as a group's picture, which lapses after a week."""
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "key"], name="one_place_per_key"),
            models.CheckConstraint(condition=~Q(url="") | ~Q(picture=""), name="place_leads_somewhere"),
            models.CheckConstraint(condition=Q(most=None) | Q(taken__lte=F("most")), name="place_never_past_its_limit"),
            models.CheckConstraint(
                condition=Q(most_a_day=None) | Q(taken_today__lte=F("most_a_day")),
                name="place_never_past_its_limit_of_a_day",
            ),
            models.CheckConstraint(condition=Q(weight__gte=1), name="place_has_weight"),
        ]


class Scan(models.Model):
    """Which place a visitor was given: who comes again gets the same one."""

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="scans")
    visitor = models.CharField(max_length=200)
    """`namespace:value` of whoever scanned."""
    spot = models.BigIntegerField()
    """As its pool numbers them."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "visitor"], name="one_place_per_visitor")]
        indexes = [models.Index(fields=["visitor"])]


class Tally(models.Model):
    """How often a link or live code was clicked, as of `Tallied`."""

    code = models.CharField(max_length=40, primary_key=True)
    clicks = models.BigIntegerField()
    visitors = models.BigIntegerField()
    bots = models.BigIntegerField()
    """Clicks that do not count."""


class Tallied(models.Model):
    """One row: up to where in the log tallies have counted."""

    lake = models.CharField(max_length=50)
    version = models.BigIntegerField()
    position = models.BigIntegerField()
    pruned = models.BigIntegerField()
    """The lake's version that took rows out last."""
