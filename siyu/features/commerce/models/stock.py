from django.db import models
from django.db.models import Q


class Store(models.Model):
    """A place that holds stock: it ships, or people pick up there, or both."""

    name = models.CharField(max_length=100, unique=True)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    hours = models.CharField(max_length=100, blank=True)
    ships = models.BooleanField(default=False)
    picks_up = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Stock(models.Model):
    """Pieces of a product in a store. `reserved` are there, and promised to orders that are not paid yet."""

    product = models.ForeignKey("commerce.Product", on_delete=models.PROTECT, related_name="stock", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "store"], name="one_stock_per_product_and_store"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=models.F("on_hand")), name="no_more_promised_than_there_is"
            ),
        ]


class Movement(models.Model):
    """Why a stock changed: what is on hand is the sum of its movements."""

    REASONS = [(word, word) for word in ("received", "counted", "sold", "returned", "damaged", "sample")]

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="movements", db_index=False)
    quantity = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=REASONS)
    order = models.ForeignKey("commerce.Order", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["stock", "-id"])]
