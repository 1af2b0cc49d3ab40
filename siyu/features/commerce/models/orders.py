from django.db import models
from django.db.models import Q


class Order(models.Model):
    """An order in its newest known state. Amounts are minor units of the base currency."""

    source = models.CharField(max_length=100)
    number = models.CharField(max_length=100)
    identity = models.ForeignKey(
        "people.Identity", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """As sent; none: nobody knows who bought."""
    opened_at = models.DateTimeField(null=True)
    """When it was checked out in our own shop; what other shops tell of was paid before they told."""
    until = models.DateTimeField(null=True)
    """Until when goods and prices are held for an order that is not paid yet."""
    closed_at = models.DateTimeField(null=True)
    """When it was given up before anything was paid."""
    closed_because = models.CharField(max_length=30, blank=True, db_default="")
    placed_at = models.DateTimeField(null=True)
    """When it was paid; none: it waits for its money, or was closed without."""
    amount = models.BigIntegerField()
    """Paid for goods, after discounts, before refunds and without shipping."""
    shipping = models.BigIntegerField(db_default=0)
    discount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    """That it was paid in; `rate` turned it into the base currency."""
    rate = models.DecimalField(max_digits=20, decimal_places=10, default=1)
    gift = models.BooleanField(default=False)
    """Every line had a price of zero: goods that left, not an order."""
    cancelled_at = models.DateTimeField(null=True)
    state_at = models.DateTimeField(null=True)
    """As of when the source said so, where it says."""
    digest = models.CharField(max_length=32)
    """Of the state; a known one brings no change."""
    run = models.ForeignKey(
        "eventlog.ImportRun", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    holds: dict[str, dict[int, tuple[int, str]]] | None = None
    """{rule: {subject: (quantity, state)}} while its price rules are asked, so that they read it once; no column."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_order_per_number"),
            models.CheckConstraint(condition=Q(placed_at=None) | Q(closed_at=None), name="closed_orders_were_not_paid"),
            models.CheckConstraint(
                condition=Q(placed_at__isnull=False) | Q(opened_at__isnull=False), name="an_order_began_somehow"
            ),
        ]
        indexes = [
            models.Index(fields=["identity", "placed_at"]),
            models.Index(fields=["placed_at"]),
            models.Index(fields=["identity", "opened_at"], condition=Q(opened_at__isnull=False), name="own_orders"),
            models.Index(fields=["-opened_at"], condition=Q(opened_at__isnull=False), name="own_orders_by_time"),
            models.Index(fields=["until"], condition=Q(placed_at=None, closed_at=None), name="orders_to_lapse"),
        ]


class Line(models.Model):
    """Its key is (order, ordinal): two equal lines are two, not one."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    ordinal = models.PositiveIntegerField()
    product = models.ForeignKey("commerce.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()
    """Paid for the whole line, after its discount."""
    discount = models.BigIntegerField(default=0)
    cost = models.BigIntegerField(null=True)
    """What the goods cost us, where that is known."""
    returned = models.BigIntegerField(db_default=0)
    """Pieces of it that were refunded, in our own shop."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "ordinal"], name="one_line_per_ordinal"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="a_line_sells"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=models.F("quantity")), name="no_more_returned_than_sold"
            ),
        ]


class PriceStep(models.Model):
    """What a price rule took off a line, and why: the lines of a quote, kept."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="steps", db_index=False)
    ordinal = models.PositiveIntegerField()
    rule = models.CharField(max_length=30)
    label = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    """Below zero: it made the line cheaper."""
    subject = models.BigIntegerField()
    """The row that it was charged to, a budget or a coupon; 0: none."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "ordinal"], name="one_step_per_ordinal")]


class Reservation(models.Model):
    """What a price rule, or the stock, holds for an order; a retry of the order takes nothing more."""

    STATES = [("reserved", "reserved"), ("confirmed", "confirmed"), ("released", "released")]

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="reservations", db_index=False)
    rule = models.CharField(max_length=30)
    subject = models.BigIntegerField()
    """The row that is scarce: a stock, a budget."""
    quantity = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=STATES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "rule", "subject"], name="reserved_once_per_order"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_reservation_holds_something"),
        ]
        indexes = [models.Index(fields=["rule", "subject"])]


class OrderVersion(models.Model):
    """A state that an order has left: the same file read again must not bring it back."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="versions", db_index=False)
    digest = models.CharField(max_length=32)
    left_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "digest"], name="one_version_per_digest")]


class CouponUse(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="coupons", db_index=False)
    code = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "code"], name="coupon_once_per_order")]
        indexes = [models.Index(fields=["code"])]


class Refund(models.Model):
    """Goods or money that went back: a document of its own, with lines."""

    source = models.CharField(max_length=100)
    number = models.CharField(max_length=100)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="refunds")
    identity = models.ForeignKey("people.Identity", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    amount = models.BigIntegerField()
    shipping = models.BigIntegerField(db_default=0)
    digest = models.CharField(max_length=32)
    run = models.ForeignKey(
        "eventlog.ImportRun", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_refund_per_number"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_refund_gives_back"),
        ]


class RefundLine(models.Model):
    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines", db_index=False)
    ordinal = models.PositiveIntegerField()
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="+")
    """The sale it takes back, where one was found."""
    product = models.ForeignKey("commerce.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "ordinal"], name="one_refund_line_per_ordinal")]
