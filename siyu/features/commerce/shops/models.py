from django.db import models
from django.db.models import Q


def path(kind: str, key: str) -> str:
    """Where a shop delivers."""
    return f"/hooks/shops/{kind}/{key}"


class Shop(models.Model):
    """A shop that delivers here, and the secret that it signs with, which nobody is shown again."""

    name = models.CharField(max_length=50)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=32, unique=True)
    """Part of the address that the shop delivers to."""
    secret = models.CharField(max_length=200)
    source = models.CharField(max_length=50)
    """Its order numbers are unique within it, and its customers' numbers are of this kind."""
    currency = models.CharField(max_length=3)
    """Of amounts that name none."""
    connected_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    forged = models.PositiveIntegerField(default=0)
    """Deliveries with a wrong signature."""
    forged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(closed_at=None), name="one_open_shop_per_name"),
            models.UniqueConstraint(fields=["source"], condition=Q(closed_at=None), name="one_open_shop_per_source"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return path(self.kind, self.key)


class Delivery(models.Model):
    """One message of a shop. Its body is kept only while somebody may still have to take it."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=100)
    """The shop's own number of it: the second time it changes nothing."""
    topic = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    """taken, unchanged, skipped, unknown, failed; early: it waits for its order; waiting: it is to be tried again"""
    about = models.CharField(max_length=100, blank=True)
    """The order's number."""
    code = models.CharField(max_length=50, blank=True)
    reason = models.TextField(blank=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="a_delivery_counts_once")]
        indexes = [
            models.Index(fields=["shop", "-received_at"]),
            models.Index(fields=["outcome"], condition=Q(outcome="waiting"), name="deliveries_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
