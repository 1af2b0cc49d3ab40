"""What a plan gives with each purchase: once for a term, and for as long as that lasts, grace included."""

from datetime import datetime, timedelta

from django.db import transaction

from siyu.features.loyalty import benefits
from siyu.features.loyalty.benefits import KINDS
from siyu.features.loyalty.benefits.queries import words
from siyu.features.loyalty.benefits.rights import Right
from siyu.features.loyalty.membership import standing
from siyu.features.loyalty.models import Grant, MembershipTerm

ON_THE_DAY = "birthday"
"""This kind is not given with the purchase."""


@transaction.atomic
def hand_over(*, term: int, at: datetime) -> None:
    """All of it, once; nothing of a term that has ended meanwhile."""
    found = MembershipTerm.objects.select_related("plan", "membership").get(pk=term)
    standing.alone(found.membership.identity_id)
    if MembershipTerm.objects.filter(pk=term, ended_at__isnull=False).exists():
        return
    for n, one in enumerate(found.plan.gives):
        if one["kind"] != ON_THE_DAY:
            benefits.give(
                **one, identity=found.membership.identity_id, key=key(found, n), because=f"plan:{found.plan_id}",
                at=at, expires_at=until(found) if lasts(one) else None,
            )  # fmt: skip


def lasts(one: dict) -> bool:
    """A right that does not say for itself how long it lasts, lasts as long as the term."""
    return isinstance(KINDS.get(one["kind"]), Right) and "days" not in one["terms"]


def key(term: MembershipTerm, n: int) -> str:
    return f"membership:{term.pk}:{n}"


def keys(term: MembershipTerm) -> list[str]:
    return [key(term, n) for n, _ in enumerate(term.plan.gives)]


def until(term: MembershipTerm) -> datetime:
    return term.ends_at + timedelta(days=term.plan.grace_days)


def take_back(term: MembershipTerm, at: datetime) -> tuple[int, int]:
    """Take away what was not used; how many were taken, and how many were used and stay."""
    kept = revoked = 0
    for one in [*keys(term), *birthday_keys(term)]:
        found = benefits.revoke(key=one, at=at)
        revoked += bool(found and found.revoked_at)
        kept += bool(found and found.used_at)
    return revoked, kept


def birthday_keys(term: MembershipTerm) -> list[str]:
    """Of gifts that came in its time."""
    came = Grant.objects.filter(
        identity=term.membership.identity_id, kind=ON_THE_DAY, because=f"plan:{term.plan_id}",
        granted_at__gte=term.begins_at,
    )  # fmt: skip
    return list(came.order_by("pk").values_list("key", flat=True))


def last_until(term: MembershipTerm) -> None:
    """Its end has moved."""
    lasting = [key(term, n) for n, one in enumerate(term.plan.gives) if lasts(one)]
    Grant.objects.filter(key__in=lasting, **benefits.giving.OPEN).update(expires_at=until(term))


def of_term(term: MembershipTerm) -> tuple[list[str], list[str]]:
    """What of it was used, and what can still be taken back, in words."""
    given = list(Grant.objects.filter(key__in=keys(term)).order_by("pk"))
    kept = [words(one) for one in given if one.used_at]
    return kept, [words(one) for one in given if not (one.used_at or one.expired_at or one.revoked_at)]
