from django.db import models
from django.db.models import Q


class Product(models.Model):
    source = models.CharField(max_length=100)
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=200, blank=True)
    department = models.CharField(max_length=200, blank=True)
    brand = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sku"], name="one_product_per_sku")]
        indexes = [models.Index(fields=["category"])]


class Order(models.Model):
    """An order in its newest known state. Amounts are minor units of the base currency."""

    source = models.CharField(max_length=100)
    number = models.CharField(max_length=100)
    identity = models.ForeignKey(
        "people.Identity", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """As sent; none: nobody knows who bought."""
    placed_at = models.DateTimeField()
    amount = models.BigIntegerField()
    """Paid, after discounts, before refunds."""
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="one_order_per_number")]
        indexes = [models.Index(fields=["identity", "placed_at"]), models.Index(fields=["placed_at"])]


class Line(models.Model):
    """Its key is (order, ordinal): two equal lines are two, not one."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    ordinal = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()
    """Paid for the whole line, after its discount."""
    discount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "ordinal"], name="one_line_per_ordinal"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="a_line_sells"),
        ]


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
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "ordinal"], name="one_refund_line_per_ordinal")]


class Rate(models.Model):
    """What one unit of a currency was worth in the base currency on a day, and until a later day says otherwise."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_per_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]


from siyu.features.commerce.shops.models import Delivery, Shop  # noqa: E402, F401  Django looks for tables here
