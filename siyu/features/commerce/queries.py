"""Questions about what was sold, for imports and interfaces."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min

from siyu.features.commerce.models import Line, Order


def any_orders() -> bool:
    return Order.objects.exists()


def first_sales(source: str, wanted: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str, datetime]]:
    """(namespace, value, sku, when first sold) of those (namespace, value, sku) that were ever sold; times are UTC."""
    wanted = set(wanted)
    found = (
        Line.objects.filter(
            order__identity__value__in={value for _, value, _ in wanted},
            order__cancelled_at=None,
            product__source=source,
            product__sku__in={sku for *_, sku in wanted},
        )
        .values_list("order__identity__namespace", "order__identity__value", "product__sku")
        .annotate(at=Min("order__placed_at"))
    )
    return [(*who, at.replace(tzinfo=None)) for *who, at in found if tuple(who) in wanted]
