"""Questions about shops: how each goes, and what it delivered last."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q

from siyu.features.commerce.shops.models import Delivery, Shop, path
from siyu.features.commerce.shops.taking import LEFT_OPEN


class Standing(NamedTuple):
    id: int
    name: str
    kind: str
    source: str
    currency: str
    path: str
    connected_at: datetime
    closed_at: datetime | None
    last_at: datetime | None
    heard: int
    """Deliveries, of these days."""
    taken: int
    stuck: int
    """Kept, because they could not be taken."""
    unknown: int
    """Of topics that this house takes nothing from."""
    forged: int
    forged_at: datetime | None


ASKED = ("id", "name", "kind", "source", "currency", "connected_at", "closed_at", "forged", "forged_at")


def standings(shop: Shop | None = None) -> list[Standing]:
    """Open ones first."""
    counted: dict[str, Any] = {
        "last_at": Max("deliveries__received_at"),
        "heard": Count("deliveries"),
        "taken": Count("deliveries", filter=Q(deliveries__outcome="taken")),
        "stuck": Count("deliveries", filter=Q(deliveries__outcome__in=LEFT_OPEN)),
        "unknown": Count("deliveries", filter=Q(deliveries__outcome="unknown")),
    }
    rows = Shop.objects.filter(pk=shop.pk) if shop else Shop.objects.all()
    found = rows.annotate(**counted).order_by("name", "-pk").values("key", *ASKED, *counted)
    told = [Standing(path=path(row["kind"], row.pop("key")), **row) for row in found]
    return sorted(told, key=lambda one: one.closed_at is not None)


def last(shop: Shop, *, stuck: bool = False, limit: int = 50) -> Sequence[Delivery]:
    """Deliveries, newest first; with `stuck` only those that could not be taken."""
    rows = shop.deliveries.order_by("-received_at", "-pk")
    return list((rows.filter(outcome__in=LEFT_OPEN) if stuck else rows)[:limit])
