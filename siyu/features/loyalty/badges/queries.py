"""Badges as members, operators and strangers see them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q

from siyu.core.people.codes import code as person_code
from siyu.features.loyalty.badges.actions import NoSuchCertificate, badge_numbered, code_of, rules_of
from siyu.features.loyalty.models import Badge, BadgeAward, Certificate, Task
from siyu.kit import codes

PAGE = 100


@dataclass(frozen=True)
class Worn:
    """A badge as its wearer sees it. Without `at`: not theirs yet."""

    badge: Badge
    at: datetime | None = None
    certificate: Certificate | None = None
    code: str = ""


def of_member(identity: int) -> list[Worn]:
    """Theirs first, then those that could be."""
    awards = BadgeAward.objects.filter(identity=identity, revoked_at=None).select_related("badge", "certificate")
    worn = [as_worn(award) for award in awards.order_by("-at", "-pk")]
    rest = Badge.objects.filter(retired_at=None).exclude(pk__in=[one.badge.pk for one in worn]).order_by("name")
    return worn + [Worn(badge) for badge in rest[:PAGE]]


def as_worn(award: BadgeAward) -> Worn:
    certificate = getattr(award, "certificate", None)
    return Worn(award.badge, award.at, certificate, code_of(certificate.pk) if certificate else "")


@dataclass(frozen=True)
class Verified:
    """What a certificate tells whoever has its address, and nothing more."""

    title: str
    badge: Badge
    number: str
    holder: str
    issued_at: datetime
    revoked_at: datetime | None


def verified(code: str) -> Verified:
    number = codes.decode("crt", code[:40], settings.SECRET_KEY)
    found = Certificate.objects.select_related("award__badge").filter(pk=number or 0).first()
    if found is None:
        raise NoSuchCertificate("there is no such certificate")
    shown = {"name": found.holder, "initial": initial(found.holder), "nobody": ""}[found.shows]
    return Verified(found.title, found.award.badge, found.number, shown, found.issued_at, found.revoked_at)


def initial(name: str) -> str:
    return f"{name[0]}••" if name else ""


@dataclass(frozen=True)
class Row:
    badge: Badge
    worn: int
    certified: int


def overview() -> list[Row]:
    worn = Count("awards", filter=Q(awards__revoked_at=None), distinct=True)
    valid = Q(awards__certificate__isnull=False, awards__certificate__revoked_at=None)
    certified = Count("awards__certificate", filter=valid, distinct=True)
    found = Badge.objects.annotate(worn=worn, certified=certified).order_by("retired_at", "name")
    return [Row(badge, badge.worn, badge.certified) for badge in found]


@dataclass(frozen=True)
class Award:
    """For operators: who got it, why, and by whom."""

    award: BadgeAward
    person: str
    name: str
    certificate: Certificate | None
    code: str


@dataclass(frozen=True)
class One:
    badge: Badge
    awards: list[Award]
    rules: list[Task]


def one(number: int) -> One:
    badge = badge_numbered(number)
    rows = BadgeAward.objects.filter(badge=badge).select_related("certificate", "identity__person")
    return One(badge, [as_award(row) for row in rows.order_by("-at", "-pk")[:PAGE]], rules_of(badge))


def as_award(row: BadgeAward) -> Award:
    person = row.identity.person
    certificate = getattr(row, "certificate", None)
    return Award(
        row, person_code(person.pk) if person else "", person.name if person else "", certificate,
        code_of(certificate.pk) if certificate else "",
    )  # fmt: skip
