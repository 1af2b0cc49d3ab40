"""What tiers, periods and terms are called, for whoever shows them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TIERS: dict[str, str | Promise] = {
    "ordinary": _("Ordinary member"),
    "senior": _("Senior member"),
    "exclusive": _("Exclusive member"),
}
PERIODS: dict[str, str | Promise] = {
    "month": _("One month"),
    "quarter": _("Three months"),
    "half_year": _("Half a year"),
    "year": _("One year"),
}
TERMS: dict[str, str | Promise] = {
    "running": _("Runs now"),
    "to_come": _("Still to come"),
    "over": _("Ran out"),
    "upgraded": _("Went into an upgrade"),
    "refunded": _("Given back"),
}
"""What became of a purchase of a membership."""


def tier(code: str) -> str:
    return str(TIERS.get(code, code))


def period(code: str) -> str:
    return str(PERIODS.get(code, code))


def term_state(code: str) -> str:
    return str(TERMS.get(code, code))
