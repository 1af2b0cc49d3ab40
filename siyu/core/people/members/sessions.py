"""Sessions of members, apart from those of operators."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from siyu.core.people.accounts import joined
from siyu.core.people.models import Member, MemberSession

LASTS = timedelta(days=30)
"""Since it was seen last."""
FRESH = timedelta(hours=1)
"""It is written down no more often that a session was seen."""


@dataclass(frozen=True)
class Me:
    """Who asks."""

    member: int
    identity: int
    """What all that is theirs hangs on."""
    name: str
    language: str


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def begin(member: Member, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    MemberSession.objects.create(member=member, digest=digest(token), made_at=at, seen_at=at, expires_at=at + LASTS)
    return token


def who(token: str, *, at: datetime) -> Me | None:
    """Whose session that is, while it lasts. Of an account that is part of another one nobody's."""
    open_ = MemberSession.objects.select_related("member").filter(ended_at=None, expires_at__gt=at)
    open_ = open_.exclude(member__identity__in=joined())
    session = open_.filter(digest=digest(token)).first() if token else None
    if session is None:
        return None
    if session.seen_at < at - FRESH:
        MemberSession.objects.filter(pk=session.pk, ended_at=None).update(seen_at=at, expires_at=at + LASTS)
    member = session.member
    return Me(member.pk, member.identity_id, member.name, member.language)


def sign_out(*, token: str, at: datetime) -> None:
    MemberSession.objects.filter(digest=digest(token), ended_at=None).update(ended_at=at)


def sign_out_everywhere(*, member: int, at: datetime) -> int:
    """End all sessions of the member; how many there were."""
    return MemberSession.objects.filter(member=member, ended_at=None, expires_at__gt=at).update(ended_at=at)


def forget(at: datetime) -> int:
    """The worker's chore: sessions that are over."""
    return MemberSession.objects.filter(expires_at__lt=at - LASTS).delete()[0]
