"""Figures as each language writes them: ¥1.86m and ¥186.4 万, 43.7%, 22 Nov 2026 and 2026 年 11 月 22 日."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext

from siyu.kit import money as kit

DASH = "–"
Number = int | float | Decimal


def chinese() -> bool:
    return (get_language() or settings.LANGUAGE_CODE).startswith("zh")


def number(value: Number | None, digits: int = 0) -> str:
    return DASH if value is None else f"{value:,.{digits}f}".replace("-", "−")


def percent(share: float | None, digits: int = 1) -> str:
    """A share of one, closed: 43.7%."""
    return DASH if share is None else f"{number(100 * share, digits)}%"


def money(amount: int | None) -> str:
    """Exact: ¥1,234.50."""
    return kit.text(amount, settings.SIYU.currency)


def short_money(amount: Number | None) -> str:
    """To three or four figures, as one says it: ¥1.86m, ¥412k, ¥41,300; ¥186.4 万, ¥1.20 亿."""
    if amount is None:
        return DASH
    whole = float(kit.major(int(amount), settings.SIYU.currency))
    sign = "−" if whole < 0 else ""
    return f"{sign}{symbol()}{short(abs(whole))}"


def symbol() -> str:
    return kit.text(0, settings.SIYU.currency).partition("0")[0]


def short(value: float) -> str:
    return short_chinese(value) if chinese() else short_english(value)


def short_english(value: float) -> str:
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e5, "k")):
        if value >= size:
            scaled = value / (1e3 if letter == "k" else size)
            return f"{three(scaled)}{letter}"
    return few(value)


def short_chinese(value: float) -> str:
    if value >= 1e8:
        return f"{value / 1e8:,.2f} 亿"
    if value >= 1e4:
        return f"{value / 1e4:,.1f} 万"
    return few(value)


def three(value: float) -> str:
    return f"{value:,.{max(0, 3 - len(str(int(value))))}f}"


def few(value: float) -> str:
    """Cents matter below a hundred only."""
    return f"{value:,.2f}" if 0 < value < 100 and value != int(value) else f"{value:,.0f}"


def local(value: datetime) -> datetime:
    """In the brand's zone; what has no zone is UTC, as the lake gives it."""
    from datetime import UTC

    return localtime(value if value.tzinfo else value.replace(tzinfo=UTC))


def day(value: date | datetime | None) -> str:
    if value is None:
        return DASH
    plain = local(value).date() if isinstance(value, datetime) else value
    return date_format(plain, "Y 年 n 月 j 日" if chinese() else "j M Y")


def month(value: date | datetime | None) -> str:
    if value is None:
        return DASH
    plain = local(value).date() if isinstance(value, datetime) else value
    return date_format(plain, "Y 年 n 月" if chinese() else "M Y")


def short_month(number: int) -> str:
    """Of a year that is said elsewhere."""
    return date_format(date(2000, number, 1), "n 月" if chinese() else "M")


def clock(value: datetime | None) -> str:
    return DASH if value is None else f"{local(value):%H:%M}"


def moment(value: datetime | None) -> str:
    if value is None:
        return DASH
    return f"{day(value)} {clock(value)}" if chinese() else f"{day(value)}, {clock(value)}"


def days(count: Number | None) -> str:
    """ "23 days"; a fraction of less than ten keeps one digit."""
    if count is None:
        return DASH
    if count < 10 and count != int(count):
        return gettext("%(n)s days") % {"n": f"{count:.1f}"}
    whole = round(count)
    return ngettext("%(n)s day", "%(n)s days", whole) % {"n": f"{whole:,}"}


def ago(value: datetime | None, at: datetime) -> str:
    """How long before `at`, in whole days; the day itself is today."""
    if value is None:
        return DASH
    gone = (local(at).date() - local(value).date()).days
    return gettext("today") if gone <= 0 else gettext("%(days)s ago") % {"days": days(gone)}


def masked(value: str) -> str:
    """Enough to recognise what one knows already: 138••••2046, oXc…7Qk, l•••@example.com."""
    name, sign, domain = value.partition("@")
    if sign:
        return f"{name[:1]}•••@{domain}"
    if value.lstrip("+").isdigit() and len(value) >= 8:
        return f"{value[:3]}••••{value[-4:]}"
    return value if len(value) <= 4 else f"{value[:2]}•••{value[-2:]}"
