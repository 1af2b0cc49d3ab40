"""Questions about what the desk decides and books: refunds that buyers ask for, invoices that they wish for."""

from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from siyu.features.commerce.models import Invoice, RefundRequest

REQUESTS = {"": Q(), "open": Q(decided_at=None), "decided": Q(decided_at__isnull=False)}
INVOICES = {"": Q(), "open": Q(issued_at=None), "issued": Q(issued_at__isnull=False)}


def requests(*, state: str = "open", before: int = 0, limit: int = 50) -> list[RefundRequest]:
    """Newest first."""
    return newest(RefundRequest.objects.filter(REQUESTS[state]), before, limit)


def invoices(*, state: str = "", before: int = 0, limit: int = 50) -> list[Invoice]:
    """Of paid orders, newest first; `due` is what was paid for goods and shipping, without what was refunded."""
    refunded = Coalesce(Sum(F("order__refunds__amount") + F("order__refunds__shipping")), 0)
    found = Invoice.objects.filter(INVOICES[state], order__placed_at__isnull=False, order__cancelled_at=None)
    return newest(found.annotate(due=F("order__amount") + F("order__shipping") - refunded), before, limit)


def newest(found: QuerySet[Any], before: int, limit: int) -> list[Any]:
    return list((found.filter(pk__lt=before) if before else found).order_by("-pk")[:limit])
