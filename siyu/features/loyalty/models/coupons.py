"""Money is minor units of the base currency."""

from django.db import models
from django.db.models import F, Q

HELD = ("reserved", "redeemed", "reversed")
"""States in which a code belongs to an order."""


class CouponTemplate(models.Model):
    """What an operator wrote: all codes of it take off the same, under the same conditions."""

    KINDS = [("amount", "amount off"), ("percent", "percent off"), ("gift", "a piece free")]

    title = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=KINDS)
    worth = models.BigIntegerField()
    """Of an amount minor units, of a percentage basis points, of a gift pieces."""
    cap = models.BigIntegerField(null=True)
    """The most that a percentage takes off."""
    minimum = models.BigIntegerField(default=0)
    """What the goods that it holds for must cost together."""
    listings = models.ManyToManyField("commerce.Listing", related_name="+")
    categories = models.ManyToManyField("commerce.Category", related_name="+")
    """It holds for these listings and for what stands on or below these shelves; neither: for all."""
    stacks = models.BooleanField(default=False)
    """Whether an order may use others beside it."""
    group = models.CharField(max_length=30, blank=True)
    """An order uses one coupon of a group; none: this template is a group of its own."""
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    days = models.PositiveIntegerField(null=True)
    """How long a code can be used after it was issued."""
    budget = models.BigIntegerField(null=True)
    """What may be taken off in all; none: as much as comes. How much of it is left stands in the ledger."""
    count = models.BigIntegerField(null=True)
    """How many codes may be issued."""
    issued = models.BigIntegerField(default=0)
    each = models.PositiveIntegerField(default=1)
    """How many codes a member may have."""
    word = models.CharField(max_length=30, blank=True)
    """What many people may type: `WELCOME10`."""
    returns = models.BooleanField(default=False)
    """Whether the code can be used again when all of its order went back."""
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    """From then on no code is issued; those that are out hold."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(worth__gt=0), name="a_coupon_is_worth_something"),
            models.CheckConstraint(
                condition=~Q(kind="percent") | Q(worth__lte=10_000), name="no_more_off_than_the_price"
            ),
            models.CheckConstraint(condition=Q(cap=None) | Q(cap__gt=0, kind="percent"), name="a_cap_is_for_percents"),
            models.CheckConstraint(condition=Q(minimum__gte=0), name="a_minimum_is_not_below_zero"),
            models.CheckConstraint(condition=Q(budget=None) | Q(budget__gte=0), name="a_budget_is_not_below_zero"),
            models.CheckConstraint(
                condition=Q(issued__gte=0) & (Q(count=None) | Q(issued__lte=F("count"))),
                name="no_more_issued_than_meant",
            ),
            models.CheckConstraint(condition=Q(each__gt=0), name="a_member_may_have_one"),
            models.CheckConstraint(condition=Q(ends_at__isnull=False) | Q(days__gt=0), name="a_coupon_ends"),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(begins_at__lt=F("ends_at")),
                name="a_coupon_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["word"], condition=~Q(word="") & Q(closed_at=None), name="a_word_means_one_coupon"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CouponBatch(models.Model):
    """Codes that were made together or read from a file; whoever types one first has it."""

    template = models.ForeignKey(CouponTemplate, on_delete=models.CASCADE, related_name="batches")
    key = models.CharField(max_length=150, unique=True)
    count = models.BigIntegerField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=150)


class CouponCode(models.Model):
    """One use. The reservation belongs to its order, so that a retry of that is no second one."""

    STATES = [(word, word) for word in ("issued", "reserved", "redeemed", "reversed", "expired", "void")]

    template = models.ForeignKey(CouponTemplate, on_delete=models.PROTECT, related_name="codes", db_index=False)
    text = models.CharField(max_length=40, unique=True)
    identity = models.ForeignKey(
        "people.Identity", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """Whose; none: of a batch, and nobody has typed it yet."""
    n = models.PositiveIntegerField(null=True)
    """Which of that member's of the template."""
    state = models.CharField(max_length=10, choices=STATES, default="issued")
    issued_at = models.DateTimeField()
    begins_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    key = models.CharField(max_length=150, null=True, unique=True)
    """Of the wish to issue it; none: of a batch."""
    because = models.CharField(max_length=60)
    batch = models.ForeignKey(CouponBatch, null=True, on_delete=models.PROTECT, related_name="codes")
    order = models.ForeignKey("commerce.Order", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    until = models.DateTimeField(null=True)
    """Until when an order that is not paid holds it."""
    turn = models.PositiveIntegerField(default=0)
    """How often it was reserved: a key of the ledger for each."""
    amount = models.BigIntegerField(default=0)
    """What it takes off its order."""
    back = models.BigIntegerField(default=0)
    """How much of that went back to the budget with refunds."""
    redeemed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    """When it expired or was made void."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "identity", "n"],
                condition=Q(identity__isnull=False) & ~Q(state="void"),
                name="so_many_coupons_for_a_member",
            ),
            models.CheckConstraint(condition=Q(identity=None) ^ Q(n__gt=0), name="a_members_coupon_is_counted"),
            models.CheckConstraint(
                condition=Q(order=None, amount=0, back=0) ^ Q(state__in=HELD, order__isnull=False, amount__gt=0),
                name="a_held_coupon_has_an_order",
            ),
            models.CheckConstraint(condition=Q(back__gte=0, back__lte=F("amount")), name="no_more_back_than_off"),
            models.CheckConstraint(
                condition=Q(redeemed_at=None) ^ Q(state__in=["redeemed", "reversed"]), name="redeemed_at_a_time"
            ),
            models.CheckConstraint(condition=Q(begins_at__lt=F("expires_at")), name="a_code_can_be_used"),
            models.CheckConstraint(
                condition=Q(ended_at=None) ^ Q(state__in=["expired", "void"]), name="ended_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["identity", "state"], condition=Q(identity__isnull=False), name="coupons_of_a_member"),
            models.Index(fields=["template", "state"]),
            models.Index(fields=["template", "-id"]),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="coupons_of_an_order"),
            models.Index(fields=["expires_at"], condition=Q(state="issued"), name="coupons_to_expire"),
        ]


class CouponHandout(models.Model):
    """Codes for many members: it is worked off part by part, and a kill between two only goes on."""

    template = models.ForeignKey(CouponTemplate, on_delete=models.CASCADE, related_name="handouts")
    key = models.CharField(max_length=150, unique=True)
    title = models.CharField(max_length=120)
    """To whom, in words: an audience's name, a list."""
    wanted_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    asked = models.BigIntegerField()
    """People, or lines of the list."""
    members = models.BigIntegerField()
    """Of these, members: nobody else can have a coupon."""
    given = models.BigIntegerField(default=0)
    passed = models.BigIntegerField(default=0)
    """Members who had all that they may have, or came when no code was left."""
    done_at = models.DateTimeField(null=True)


class HandoutPart(models.Model):
    handout = models.ForeignKey(CouponHandout, on_delete=models.CASCADE, related_name="parts", db_index=False)
    ordinal = models.PositiveIntegerField()
    identities = models.JSONField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handout", "ordinal"], name="one_part_per_ordinal")]
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="parts_to_hand_out")]
