"""What time does to memberships: their end is near, they are not paid any more, they are over."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.events.membership import MembershipLapsed, MembershipLapsing
from siyu.features.loyalty.membership import opening
from siyu.features.loyalty.models import Membership

AT_ONCE = 200


@transaction.atomic
def tick(at: datetime) -> int:
    """Some at once, each said once; how many."""
    standing = Membership.objects.filter(ended_at=None)
    over = some(standing.filter(grace_until__lte=at).order_by("grace_until", "pk"))
    for held in over:
        opening.expire(held, at)
    lapsed = some(standing.filter(lapsed_at=None, ends_at__lte=at).order_by("ends_at", "pk"))
    Membership.objects.filter(pk__in=[held.pk for held in lapsed]).update(lapsed_at=at)
    announce(*(MembershipLapsed(at=at, **told(held)) for held in lapsed))
    soon = some(standing.filter(reminded_at=None, remind_at__lte=at, ends_at__gt=at).order_by("remind_at", "pk"))
    Membership.objects.filter(pk__in=[held.pk for held in soon]).update(reminded_at=at)
    announce(*(MembershipLapsing(at=at, **told(held)) for held in soon))
    return len(over) + len(lapsed) + len(soon)


def some(due: QuerySet[Membership]) -> list[Membership]:
    skip = connection.features.has_select_for_update_skip_locked
    return list(due.select_for_update(no_key=True, skip_locked=skip)[:AT_ONCE])


def told(held: Membership) -> dict:
    return {
        "identity": held.identity_id, "membership": held.pk, "tier": held.tier, "ends_at": held.ends_at,
        "grace_until": held.grace_until,
    }  # fmt: skip
