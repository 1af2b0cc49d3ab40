"""What a member has been given."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from siyu.features.loyalty.benefits.giving import OPEN
from siyu.features.loyalty.benefits.kinds import KINDS
from siyu.features.loyalty.models import Grant

MOST = 200


@dataclass(frozen=True)
class Held:
    number: int
    kind: str
    words: str
    audience: str
    because: str
    state: str
    """granted, used, expired, revoked."""
    granted_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None


def given_to(identity: int, *, audience: str = "", at: datetime | None = None) -> list[Held]:
    """The newest first; only those of one audience, only what can be used `at` that moment, where these are said."""
    found = Grant.objects.filter(identity=identity)
    if audience:
        found = found.filter(audience=audience)
    if at:
        found = found.filter(**OPEN).exclude(expires_at__lte=at)
    return [shown(grant) for grant in found.order_by("-granted_at", "-pk")[:MOST]]


def shown(grant: Grant) -> Held:
    ended = grant.used_at or grant.expired_at or grant.revoked_at
    return Held(
        grant.pk, grant.kind, words(grant), grant.audience, grant.because, state(grant), grant.granted_at,
        grant.expires_at, ended,
    )  # fmt: skip


def words(grant: Grant) -> str:
    return KINDS[grant.kind].words(grant.terms) if grant.kind in KINDS else grant.kind


def state(grant: Grant) -> str:
    if grant.used_at:
        return "used"
    if grant.expired_at:
        return "expired"
    return "revoked" if grant.revoked_at else "granted"


def holds(identity: int, kind: str, at: datetime) -> bool:
    """Whether they have a right of that kind now: for whoever asks before letting somebody do something."""
    return Grant.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at), identity=identity, kind=kind, **OPEN
    ).exists()
