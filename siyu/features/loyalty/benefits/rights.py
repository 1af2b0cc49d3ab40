"""Kinds of benefits that are nothing but the right itself: whoever honours one asks `holds`, or uses the grant up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siyu.features.loyalty.benefits.giving import BadBenefit
from siyu.features.loyalty.benefits.kinds import Terms, add

LONGEST = 200


@dataclass
class Right:
    """`said`: words that the terms must say, `counted`: whole numbers above zero."""

    kind: str
    text: str | Promise
    """What a member reads, with the terms in it."""
    said: tuple[str, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    """{name: the most it may be}; `days` may be left out: then it lasts as long as what gives it."""

    def check(self, terms: Terms) -> None:
        needed = {*self.said, *self.counted} - {"days"}
        if not needed <= set(terms) <= {*needed, *self.counted}:
            raise BadBenefit(f"the terms of {self.kind} say {', '.join([*self.said, *self.counted]) or 'nothing'}")
        for name in self.said:
            if not isinstance(terms[name], str) or not 0 < len(terms[name].strip()) <= LONGEST:
                raise BadBenefit(f"{name} is a text of 1 to {LONGEST} letters")
        for name, most in self.counted.items():
            value = terms.get(name, 1)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
                raise BadBenefit(f"{name} is a whole number from 1 to {most}")

    def words(self, terms: Terms) -> str:
        return str(self.text) % terms

    def until(self, terms: Terms, at: datetime) -> datetime | None:
        return at + timedelta(days=terms["days"]) if "days" in terms else None

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None: ...

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None: ...


YEARS = 3650
for right in (
    Right("birthday", _("Birthday gift: %(what)s"), ("what",), {"days": YEARS}),
    Right("distribution", _("May sell for us: %(what)s"), ("what",)),
    Right("access", _("Access to %(to)s"), ("to",)),
    Right("boost", _("%(what)s count %(percent)d%%"), ("what",), {"percent": 1000, "days": YEARS}),
    Right("course", _("Course: %(title)s"), ("title",)),
    Right("offline", _("Offline: %(what)s, %(where)s"), ("what", "where")),
):
    add(right)
