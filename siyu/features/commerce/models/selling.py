"""What our own shop keeps beside an order: carts, delivery, money, vouchers, wishes."""

from django.db import models
from django.db.models import F, Q


class Cart(models.Model):
    """Of a member, or of a browser that nobody has signed in on."""

    identity = models.OneToOneField("people.Identity", null=True, on_delete=models.CASCADE, related_name="+")
    visitor = models.CharField(max_length=64, blank=True)
    """A hash of the browser's cookie."""
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor"], condition=~Q(visitor=""), name="one_cart_per_visitor"),
            models.CheckConstraint(condition=Q(identity=None) ^ Q(visitor=""), name="a_cart_has_one_owner"),
        ]
        indexes = [models.Index(fields=["changed_at"])]


class CartItem(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items", db_index=False)
    variant = models.ForeignKey("commerce.Variant", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    added_by = models.CharField(max_length=40, blank=True, db_default="")
    """The key of the form that put the last of it in: sent twice, it adds once."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="one_item_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_cart_holds_pieces"),
        ]


class Fulfilment(models.Model):
    """How an order reaches its buyer."""

    KINDS = [("ship", "ship"), ("pick_up", "pick up"), ("none", "none")]

    order = models.OneToOneField("commerce.Order", on_delete=models.CASCADE, related_name="fulfilment")
    kind = models.CharField(max_length=10, choices=KINDS)
    store = models.ForeignKey("commerce.Store", null=True, on_delete=models.PROTECT, related_name="+")
    """Whose stock it takes."""
    address = models.JSONField(default=dict)
    """name, phone, region, street: personal, and gone with an erasure."""
    carrier = models.CharField(max_length=50, blank=True)
    tracking = models.CharField(max_length=100, blank=True)
    shipped_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    """Packed, and waiting in the store."""
    received_at = models.DateTimeField(null=True)
    handed_by = models.CharField(max_length=150, blank=True)
    """The operator who handed it over in the store."""

    class Meta:
        indexes = [models.Index(fields=["kind"], condition=Q(shipped_at=None, received_at=None), name="to_deliver")]


class Payment(models.Model):
    """One attempt to pay an order. Money is minor units of `currency`."""

    order = models.ForeignKey("commerce.Order", on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=20)
    number = models.CharField(max_length=40, unique=True)
    """What the gateway knows it by."""
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    begun_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=100, blank=True)
    """What the gateway calls it."""
    settles = models.BooleanField(default=False)
    """It paid for its order; money that came beside that goes back."""
    returned = models.BigIntegerField(default=0)
    """Of the amount, on its way back or there."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(settles=True), name="an_order_is_paid_once"),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~Q(reference=""), name="money_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("amount")), name="no_more_goes_back_than_came"
            ),
            models.CheckConstraint(condition=Q(settles=False) | Q(paid_at__isnull=False), name="only_money_settles"),
            models.CheckConstraint(condition=Q(returned=0) | Q(paid_at__isnull=False), name="only_money_goes_back"),
        ]


class MoneyBack(models.Model):
    """Money on its way back to who paid: a gateway is asked until it has answered."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="backs")
    key = models.CharField(max_length=64, unique=True)
    """What it is for; the gateway gets it too, so that asking twice pays once."""
    refund = models.ForeignKey("commerce.Refund", null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=30)
    wanted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="money_back_is_money")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="money_back_due")]


class RefundRequest(models.Model):
    """What a buyer wants to give back, until an operator has decided."""

    order = models.ForeignKey("commerce.Order", on_delete=models.CASCADE, related_name="requests")
    pieces = models.JSONField()
    """{line ordinal: pieces}"""
    reason = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    refund = models.OneToOneField("commerce.Refund", null=True, on_delete=models.SET_NULL, related_name="+")
    """None, and decided: declined."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(decided_at=None), name="one_open_request_per_order")
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(decided_at=None), name="requests_to_decide")]


class Voucher(models.Model):
    """The right to one piece of a service or course, redeemed once."""

    line = models.ForeignKey("commerce.Line", on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    ordinal = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    store = models.ForeignKey("commerce.Store", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=150, blank=True)
    void_at = models.DateTimeField(null=True)
    """It was refunded."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "ordinal"], name="one_voucher_per_piece"),
            models.CheckConstraint(
                condition=Q(redeemed_at=None) | Q(void_at=None), name="what_was_redeemed_is_not_void"
            ),
        ]


class Invoice(models.Model):
    """A buyer's wish for an invoice, and the number it got in the books."""

    KINDS = [("person", "person"), ("company", "company")]

    order = models.OneToOneField("commerce.Order", on_delete=models.CASCADE, related_name="invoice")
    kind = models.CharField(max_length=10, choices=KINDS)
    title = models.CharField(max_length=200)
    tax_number = models.CharField(max_length=30, blank=True)
    email = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    number = models.CharField(max_length=50, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=Q(issued_at=None), name="invoices_to_issue")]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="one_invoice_per_number")
        ]
