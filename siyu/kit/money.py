"""Money is whole minor units with a currency; it is rounded once, at the edge, and never a float."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)
_SYMBOLS = {"CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€", "JPY": "JP¥", "HKD": "HK$", "TWD": "NT$", "SGD": "S$"}


def exponent(currency: str) -> int:
    """How many decimals the currency has by ISO 4217: JPY 0, CNY 2, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units, halves away from zero."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-exponent(currency))


def text(amount: int | None, currency: str) -> str:
    """`¥1,234.50`; an absent amount is a dash."""
    if amount is None:
        return "–"
    sign = "−" if amount < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{major(abs(amount), currency):,.{exponent(currency)}f}"


def split(total: int, shares: Sequence[int]) -> list[int]:
    """`total` in parts proportional to `shares`; the parts always sum to the total.

    Largest remainder: what is left after rounding down goes, one unit each, to the shares that lost most;
    the earlier of two equal ones first.
    """
    weight = sum(shares)
    if weight <= 0:
        raise ValueError("shares must sum to more than zero")
    parts = [total * share // weight for share in shares]
    by_loss = sorted(range(len(shares)), key=lambda i: -(total * shares[i] % weight))
    for i in by_loss[: total - sum(parts)]:
        parts[i] += 1
    return parts
