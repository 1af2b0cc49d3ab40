"""Paid membership. Money is minor units of the base currency."""

from django.db import models
from django.db.models import F, Q

from siyu.features.loyalty.membership.rules import PERIODS, TIERS


class MembershipPlan(models.Model):
    """What is sold: a tier for a while, at a price, with what it gives. Never edited once it was on sale: who bought it
    keeps what it said."""

    title = models.CharField(max_length=100)
    text = models.CharField(max_length=500, blank=True)
    tier = models.CharField(max_length=10, choices=[(tier, tier) for tier in TIERS])
    period = models.CharField(max_length=10, choices=[(period, period) for period in PERIODS])
    price = models.BigIntegerField()
    gives = models.JSONField(default=list)
    """[{"kind": …, "terms": …}], with each purchase; a birthday gift on the day."""
    cooling_days = models.PositiveSmallIntegerField()
    """So long after it was bought all of its money goes back."""
    grace_days = models.PositiveSmallIntegerField()
    """So long after the end its benefits go on, and a renewal continues from that end."""
    remind_days = models.PositiveSmallIntegerField()
    """So long before the end its member is told."""
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """The version before: it goes off sale when this one comes."""
    listing = models.OneToOneField("commerce.Listing", null=True, on_delete=models.PROTECT, related_name="+")
    """What commerce sells; none: it never was on sale."""
    written_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    """Off sale; what was sold goes on."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=1), name="a_plan_has_a_price"),
            models.CheckConstraint(condition=Q(tier__in=TIERS), name="tiers_are_known"),
            models.CheckConstraint(condition=Q(period__in=sorted(PERIODS)), name="periods_are_known"),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(listing__isnull=False), name="what_is_on_sale_is_listed"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """A member's, from when it was bought until it ends; renewals and upgrades are terms of it."""

    ENDINGS = [("expired", "expired"), ("refunded", "refunded")]

    identity = models.ForeignKey("people.Identity", on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """Until when it is paid."""
    grace_until = models.DateTimeField()
    """Until when its benefits go on."""
    remind_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    """That this end comes near."""
    lapsed_at = models.DateTimeField(null=True)
    """When it was said that it is not paid any more."""
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=10, choices=ENDINGS, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity"], condition=Q(ended_at=None), name="one_current_membership"),
            models.CheckConstraint(condition=Q(tier__in=TIERS), name="a_membership_has_a_tier"),
            models.CheckConstraint(
                condition=Q(opened_at__lte=F("ends_at"), ends_at__lte=F("grace_until")), name="grace_follows_the_end"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="") | Q(ended_at__isnull=False) & ~Q(ended_because=""),
                name="a_membership_ends_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(ended_at=None, lapsed_at=None), name="memberships_to_lapse"),
            models.Index(fields=["grace_until"], condition=Q(ended_at=None), name="memberships_to_expire"),
            models.Index(
                fields=["remind_at"], condition=Q(ended_at=None, reminded_at=None), name="memberships_to_remind"
            ),
        ]


class MembershipTerm(models.Model):
    """A purchase of a plan, or a grant of one, and the time that it covers."""

    KINDS = [("bought", "bought"), ("renewed", "renewed"), ("upgraded", "upgraded")]
    ENDINGS = [("upgraded", "upgraded"), ("refunded", "refunded")]

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="terms")
    plan = models.ForeignKey(MembershipPlan, on_delete=models.PROTECT, related_name="terms")
    key = models.CharField(max_length=150, unique=True)
    """`order:17`, or that of the wish to grant it."""
    order = models.OneToOneField("commerce.Order", null=True, on_delete=models.PROTECT, related_name="+")
    """None: an operator granted it."""
    kind = models.CharField(max_length=10, choices=KINDS)
    paid = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)
    """What was left of the terms that it replaced, and paid for this one."""
    at = models.DateTimeField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    """The operator who granted it."""
    ended_at = models.DateTimeField(null=True)
    """Before its time; a term that ran to its end has none."""
    ended_because = models.CharField(max_length=10, choices=ENDINGS, blank=True)
    into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced")
    """The term that replaced it."""
    carried = models.BigIntegerField(default=0)
    """What of its worth that took along."""
    back = models.BigIntegerField(default=0)
    """What of its worth, what it carried included, was given back."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="a_term_lasts"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, credit__gte=0), name="a_term_is_worth_something_or_nothing"
            ),
            models.CheckConstraint(condition=Q(paid=0) | Q(order__isnull=False), name="what_was_paid_has_an_order"),
            models.CheckConstraint(
                condition=Q(carried__gte=0, carried__lte=F("paid") + F("credit")), name="no_more_carried_than_paid"
            ),
            models.CheckConstraint(
                condition=Q(back__gte=0, back__lte=F("paid") + F("credit")), name="no_more_back_than_paid"
            ),
            models.CheckConstraint(
                condition=Q(into=None, carried=0) ^ Q(ended_because="upgraded"), name="an_upgrade_goes_somewhere"
            ),
            models.CheckConstraint(condition=Q(ended_at=None) ^ ~Q(ended_because=""), name="a_term_ends_for_a_reason"),
            models.UniqueConstraint(
                fields=["membership", "begins_at"], condition=Q(ended_at=None), name="one_term_at_a_time"
            ),
        ]


class MembershipPurchase(models.Model):
    """An order for a plan that waits for its money: one of a member at a time."""

    identity = models.OneToOneField("people.Identity", primary_key=True, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField("commerce.Order", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(MembershipPlan, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
