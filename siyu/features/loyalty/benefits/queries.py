"""What a member has been given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from siyu.features.loyalty.benefits.giving import OPEN
from siyu.features.loyalty.benefits.kinds import KINDS
from siyu.features.loyalty.models import Grant

MOST = 200
POINTS = ("points", "积分")
"""What a boost says that it is of, in the words of operators, where points are meant."""


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


def boost(identity: int, at: datetime) -> int:
    """The percentage that points which they earn now count: of several boosts the highest."""
    rows = Grant.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), identity=identity, kind="boost", **OPEN)
    terms = [one for one in rows.values_list("terms", flat=True) if one["what"].strip().casefold() in POINTS]
    return max([100, *(one["percent"] for one in terms)])


STATES: dict[str, Q] = {
    "granted": Q(**OPEN),
    "used": Q(used_at__isnull=False),
    "expired": Q(expired_at__isnull=False),
    "revoked": Q(revoked_at__isnull=False),
}
PAGE = 50


def by_kind() -> list[dict[str, Any]]:
    """Every kind that was ever given, with how many stand, were used, expired or were taken away."""
    counts = {state: Count("pk", filter=these) for state, these in STATES.items()}
    rows = Grant.objects.values("kind").annotate(all=Count("pk"), members=Count("identity", distinct=True), **counts)
    return [dict(row) for row in rows.order_by("-all", "kind")]


def by_source() -> list[dict[str, Any]]:
    """The same by what gave it: a level, a plan, a task, somebody's hand."""
    counts = {state: Count("pk", filter=these) for state, these in STATES.items()}
    rows = Grant.objects.values("because").annotate(all=Count("pk"), **counts)
    return [dict(row) for row in rows.order_by("-all", "because")[:PAGE]]


def grants(*, kind: str = "", state: str = "", because: str = "", before: int = 0) -> list[tuple[Grant, Held]]:
    """The rows behind these figures, the newest first, one more than a page."""
    found = Grant.objects.select_related("identity").filter(STATES.get(state, Q()))
    wanted = {"kind": kind, "because": because, "pk__lt": before}
    rows = found.filter(**{name: value for name, value in wanted.items() if value}).order_by("-pk")
    return [(row, shown(row)) for row in rows[: PAGE + 1]]
