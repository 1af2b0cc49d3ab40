"""Giving, using up, letting expire and taking away: each once, each said."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.people.models import Identity
from siyu.events.benefits import BenefitExpired, BenefitGranted, BenefitReturned, BenefitRevoked, BenefitUsed
from siyu.features.loyalty.benefits.kinds import KINDS, Benefit, Terms
from siyu.features.loyalty.models import Grant
from siyu.kit.refusals import KeyReused, Refused

EXPIRED_AT_ONCE = 500
LONGEST_KEY = 150
AUDIENCES = ("consumer", "business")
OPEN = {"used_at": None, "expired_at": None, "revoked_at": None}


class BadBenefit(Refused):
    code = "bad_benefit"
    status = 422


class NoSuchGrant(Refused):
    code = "no_such_benefit"
    status = 404


class AlreadyUsed(Refused):
    """It was used, has expired or was taken away before."""

    code = "benefit_is_over"
    status = 409


@transaction.atomic
def give(
    *,
    kind: str,
    terms: Terms,
    identity: int,
    key: str,
    because: str,
    at: datetime,
    expires_at: datetime | None = None,
    audience: str = "consumer",
) -> Grant:
    """Give it to a member, once per key; the same key with another wish is an error.

    `because`: what gives it, such as `level:3`. `expires_at` is by the terms where nothing is said.
    """
    wish = Grant(
        identity_id=identity, kind=kind, terms=dict(terms), audience=audience, key=key, because=because[:60],
        granted_at=at, expires_at=expires_at,
    )  # fmt: skip
    there = Grant.objects.filter(key=key).first() or written(wish)
    if meant(there) != meant(wish):
        raise KeyReused("this key was used for another benefit")
    if there is wish:
        known(kind).grant(identity=identity, terms=terms, key=key, at=at)
        announce(given(wish))
    return there


def meant(grant: Grant) -> tuple:
    return grant.identity_id, grant.kind, grant.terms, grant.audience


def written(wish: Grant) -> Grant:
    """The wish as a row; or what somebody gave under its key in this very moment."""
    check(wish)
    try:
        with transaction.atomic():
            wish.save()
    except IntegrityError:
        return Grant.objects.get(key=wish.key)
    return wish


def check(wish: Grant) -> None:
    benefit = known(wish.kind)
    benefit.check(wish.terms)
    if wish.audience not in AUDIENCES or not wish.because or not 0 < len(wish.key) <= LONGEST_KEY:
        raise BadBenefit("a benefit says to whom, why and under which key it is given")
    if not Identity.objects.filter(pk=wish.identity_id, namespace="member").exists():
        raise BadBenefit("a benefit is given to a member", code="no_such_member")
    wish.expires_at = wish.expires_at or lasting(benefit, wish.terms, wish.granted_at)
    if wish.expires_at and wish.expires_at <= wish.granted_at:
        raise BadBenefit("a benefit lasts for a while")


def given(grant: Grant) -> BenefitGranted:
    return BenefitGranted(
        at=grant.granted_at, identity=grant.identity_id, grant=grant.pk, kind=grant.kind, audience=grant.audience,
        because=grant.because, until=grant.expires_at,
    )  # fmt: skip


def known(kind: str) -> Benefit:
    if kind not in KINDS:
        raise BadBenefit(f"there is no benefit of the kind {kind[:30]!r}")
    return KINDS[kind]


def lasting(benefit: Any, terms: Terms, at: datetime) -> datetime | None:
    """Until when, by the kind's own terms; most kinds say nothing of it."""
    return benefit.until(terms, at) if hasattr(benefit, "until") else None


@transaction.atomic
def use(*, grant: int, at: datetime) -> Grant:
    """Use it up: once, whoever is quicker."""
    mine = Grant.objects.filter(pk=grant, **OPEN).exclude(expires_at__lte=at)
    if not mine.update(used_at=at):
        refuse(grant)
    found = Grant.objects.get(pk=grant)
    announce(BenefitUsed(at=at, identity=found.identity_id, grant=found.pk, kind=found.kind))
    return found


def refuse(grant: int) -> None:
    if not Grant.objects.filter(pk=grant).exists():
        raise NoSuchGrant("there is no such benefit")
    raise AlreadyUsed("it was used, has expired or was taken away")


@transaction.atomic
def put_back(*, grant: int, at: datetime) -> bool:
    """What it was used for was taken back; whether that was news."""
    news = Grant.objects.filter(pk=grant, used_at__isnull=False).update(used_at=None)
    if news:
        found = Grant.objects.get(pk=grant)
        announce(BenefitReturned(at=at, identity=found.identity_id, grant=found.pk, kind=found.kind))
    return bool(news)


@transaction.atomic
def revoke(*, key: str, at: datetime) -> Grant | None:
    """Take away what was given under that key. What was never given, was used or is over stays as it is."""
    if Grant.objects.filter(key=key, **OPEN).update(revoked_at=at):
        found = Grant.objects.get(key=key)
        known(found.kind).revoke(identity=found.identity_id, terms=found.terms, key=key, at=at)
        announce(BenefitRevoked(at=at, identity=found.identity_id, grant=found.pk, kind=found.kind))
    return Grant.objects.filter(key=key).first()


@transaction.atomic
def take_away(*, grant: int, at: datetime) -> Grant:
    """The same by its number."""
    there = Grant.objects.filter(pk=grant).values_list("key", flat=True).first()
    if there is None:
        raise NoSuchGrant("there is no such benefit")
    revoke(key=there, at=at)
    return Grant.objects.get(pk=grant)


@transaction.atomic
def expire_due(at: datetime) -> int:
    """The worker's chore: some of those that nobody used in time; how many."""
    due = unused_at(at)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(no_key=True, skip_locked=True)
    rows = list(due.order_by("expires_at", "pk").values_list("pk", "identity", "kind")[:EXPIRED_AT_ONCE])
    Grant.objects.filter(pk__in=[pk for pk, *_ in rows]).update(expired_at=at)
    announce(*(BenefitExpired(at=at, identity=identity, grant=pk, kind=kind) for pk, identity, kind in rows))
    return len(rows)


def unused_at(at: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(expires_at__lte=at, **OPEN)
