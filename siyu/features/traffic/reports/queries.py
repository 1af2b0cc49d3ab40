"""What operators see of subscriptions, and what whoever has an address reads."""

from collections.abc import Sequence
from datetime import datetime

from siyu.features.traffic.reports.models import Edition, Subscription
from siyu.features.traffic.reports.subscribing import NoSuchEdition

SHOWN = 50


def subscriptions() -> Sequence[Subscription]:
    return list(Subscription.objects.filter(ended_at=None).order_by("address", "rhythm"))


def editions() -> Sequence[Edition]:
    """The newest first."""
    return list(Edition.objects.select_related("subscription", "report").order_by("-made_at", "-pk")[:SHOWN])


def state(one: Edition, at: datetime) -> str:
    if one.revoked_at:
        return "revoked"
    return "expired" if one.expires_at <= at else one.state


def by_code(code: str, *, at: datetime) -> Edition:
    """What may still be read under an address; expired, revoked and never there are the same."""
    found = Edition.objects.select_related("subscription", "report").filter(code=code[:40]).first()
    if found is None or found.revoked_at or found.expires_at <= at:
        raise NoSuchEdition("there is no such report, or it may be read no more")
    return found
