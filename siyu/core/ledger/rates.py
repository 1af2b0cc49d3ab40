"""What currencies were worth in the base currency, day by day: one table for all that is paid."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.conf import settings

from siyu.core.ledger.models import Rate
from siyu.kit.refusals import Refused

Known = Mapping[str, list[tuple[date, Decimal]]]


class CurrencyWithoutRate(Refused):
    code = "currency_without_rate"
    status = 422


def known() -> dict[str, list[tuple[date, Decimal]]]:
    """{currency: (from which day, rate)}, for whoever asks often."""
    found: dict[str, list[tuple[date, Decimal]]] = {}
    for rate in Rate.objects.order_by("day"):
        found.setdefault(rate.currency, []).append((rate.day, rate.rate))
    return found


def worth(currency: str, day: date | None, rates: Known) -> Decimal | None:
    """By the last rate until that day; none: nobody knows one."""
    if currency == settings.SIYU.currency:
        return Decimal(1)
    until = [rate for since, rate in rates.get(currency, ()) if day and since <= day]
    return until[-1] if until else None


def rate_on(currency: str, day: date) -> Decimal:
    found = worth(currency, day, known())
    if found is None:
        raise CurrencyWithoutRate(f"there is no rate for {currency} on {day}; the base is {settings.SIYU.currency}")
    return found


def keep(currency: str, day: date, rate: Decimal) -> None:
    """From that day on it was worth that."""
    Rate.objects.update_or_create(currency=currency, day=day, defaults={"rate": rate})
