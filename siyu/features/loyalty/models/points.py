from django.db import models
from django.db.models import F, Q


class PointsProgramme(models.Model):
    """What points are worth at the till. The newest counts; an older one stays for what was bought under it."""

    worth = models.PositiveIntegerField()
    """Minor units that 100 points pay; 0: they pay nothing."""
    most_percent = models.PositiveSmallIntegerField(default=100)
    """Of the goods of an order, so much can be paid with points."""
    remind_days = models.PositiveSmallIntegerField(default=14)
    """So long before points expire their member is told."""
    since = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(most_percent__lte=100), name="points_pay_no_more_than_all")]


class EarnRule(models.Model):
    """For what members earn points: an event, what must hold of it, and how many."""

    title = models.CharField(max_length=100)
    event = models.CharField(max_length=100)
    where = models.JSONField(default=list)
    """[{"field", "op", "value"}], as the steps of tasks."""
    points = models.PositiveIntegerField()
    per = models.PositiveIntegerField(null=True)
    """So many for each of these minor units that were paid; none: so many for the event."""
    most_a_day = models.PositiveIntegerField(null=True)
    most_a_person = models.PositiveIntegerField(null=True)
    most = models.PositiveBigIntegerField(null=True)
    """What the rule may give at all: a budget in the books."""
    waits_days = models.PositiveSmallIntegerField(null=True)
    """Pending until so long after receipt, or after the event where nothing is received; none: usable at once."""
    lives_days = models.PositiveSmallIntegerField(null=True)
    """How long they live once they can be used; none: for ever."""
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="a_rule_gives_points"),
            models.CheckConstraint(condition=Q(per=None) | Q(per__gt=0), name="points_are_given_per_something"),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="a_rule_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["event"], condition=Q(closed_at=None), name="open_earn_rules")]

    def __str__(self) -> str:
        return self.title


class Earning(models.Model):
    """Points that a member earned at once; the ledger's lot bears its key, `earning:<id>`."""

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(EarnRule, null=True, on_delete=models.PROTECT, related_name="earnings")
    key = models.CharField(max_length=150, unique=True)
    about = models.CharField(max_length=80)
    """What earned them: `order:17`, `event:4711`, `hand:…`."""
    day = models.DateField()
    """Of the brand: caps count by it."""
    at = models.DateTimeField()
    points = models.PositiveBigIntegerField()
    reversed = models.PositiveBigIntegerField(default=0)
    by = models.CharField(max_length=150, blank=True)
    memo = models.CharField(max_length=200, blank=True)
    """Why, in an operator's words."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, reversed__gte=0, reversed__lte=F("points")), name="no_more_back_than_earned"
            )
        ]
        indexes = [
            models.Index(fields=["identity", "-at"]),
            models.Index(fields=["about"], name="earnings_about"),
            models.Index(fields=["rule", "identity", "day"]),
        ]


class ExpiryNotice(models.Model):
    """A lot whose member was told that it expires."""

    lot = models.OneToOneField("ledger.Lot", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class MallItem(models.Model):
    """What points can be exchanged for: goods that are sent, or whatever can be given."""

    title = models.CharField(max_length=100)
    text = models.CharField(max_length=500, blank=True)
    points = models.PositiveIntegerField()
    gives = models.JSONField(default=list)
    """[{"kind": …, "terms": …}]; empty: goods."""
    left = models.PositiveIntegerField(null=True)
    """Pieces; none: as many as are wanted."""
    cost = models.PositiveIntegerField(default=0)
    """What a piece costs us, in minor units."""
    most_a_member = models.PositiveSmallIntegerField(null=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="the_mall_gives_nothing_away"),
            models.CheckConstraint(condition=Q(left=None) | Q(left__gte=0), name="the_mall_has_no_less_than_nothing"),
        ]

    def __str__(self) -> str:
        return self.title


class Redemption(models.Model):
    item = models.ForeignKey(MallItem, on_delete=models.PROTECT, related_name="redemptions")
    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+")
    turn = models.PositiveIntegerField()
    """Which of theirs of this item, those that were called off included."""
    key = models.CharField(max_length=100)
    points = models.PositiveIntegerField()
    at = models.DateTimeField()
    address = models.JSONField(default=dict)
    """name, phone, region, street: personal, and gone with an erasure."""
    carrier = models.CharField(max_length=50, blank=True)
    tracking = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "key"], name="one_redemption_per_key"),
            models.UniqueConstraint(fields=["item", "identity", "turn"], name="one_redemption_per_turn"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(reversed_at=None), name="what_was_sent_stays"),
        ]
        indexes = [models.Index(fields=["-at"])]
