"""A browser asks for messages, and is let go of again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach.web_push.browsers import open_ones
from siyu.core.outreach.web_push.models import PushSubscription
from siyu.core.people.members.sessions import digest
from siyu.core.people.models import MemberSession
from siyu.events.outreach import PushEnded, PushSubscribed
from siyu.kit import base64url
from siyu.kit.refusals import Refused

LONGEST = 1_000
POINT, SECRET = 65, 16
"""Bytes of a public key on the curve, and of what the browser shares with us."""
UNSEEN = timedelta(days=29)
"""After a session has expired: a day before that is forgotten."""
HERE = ("127.0.0.1", "localhost")


class BadSubscription(Refused):
    """No push service that is known gave it, or its keys are none."""

    code = "bad_subscription"
    status = 422


@transaction.atomic
def subscribe(*, token: str, endpoint: str, p256dh: str, auth: str, at: datetime) -> None:
    """The browser of this session shows messages from now on; so does no other under the same address."""
    check(endpoint, p256dh, auth)
    one_at_a_time("push subscriptions")
    session = MemberSession.objects.select_related("member").filter(digest=digest(token), ended_at=None).first()
    if session is None:
        raise BadSubscription("nobody is signed in there")
    end(PushSubscription.objects.filter(endpoint=endpoint).exclude(session=session), "moved", at)
    identity = session.member.identity_id
    said = {"identity": identity, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "at": at}
    _, new = PushSubscription.objects.update_or_create(session=session, defaults=said)
    if new:
        announce(PushSubscribed(at=at, identity=identity))


def check(endpoint: str, p256dh: str, auth: str) -> None:
    if len(endpoint) > LONGEST or not endpoint.isascii() or not known(endpoint):
        raise BadSubscription("that is no address of a push service that is known here")
    key = base64url.decoded(p256dh)
    if len(key) != POINT or key[0] != 4 or len(base64url.decoded(auth)) != SECRET:
        raise BadSubscription("its keys are none")


def known(endpoint: str) -> bool:
    """We post to it later: hence only to houses that are named, and never to one of our neighbours."""
    try:
        there = urlsplit(endpoint)
    except ValueError:
        return False
    host, houses = there.hostname or "", settings.SIYU.push_services.split(",")
    safe = there.scheme == "https" or (there.scheme == "http" and host in HERE)
    ours = host in houses or any(host.endswith(house) for house in houses if house.startswith("."))
    return safe and ours and "@" not in there.netloc


@transaction.atomic
def stop(*, token: str, at: datetime) -> None:
    """Said twice, it was said once."""
    end(open_ones().filter(session__digest=digest(token)), "stopped", at)


@transaction.atomic
def lost(*, numbers: Collection[int], at: datetime) -> int:
    """Their push service says that they are gone. How many were still here."""
    return end(PushSubscription.objects.filter(pk__in=numbers), "gone", at)


@transaction.atomic
def sweep(at: datetime) -> int:
    """The worker's chore: browsers on which somebody signed out, or was not seen for two months."""
    over = Q(session__ended_at__isnull=False) | Q(session__expires_at__lt=at - UNSEEN)
    return end(PushSubscription.objects.filter(over), "signed_out", at)


def end(those: QuerySet[PushSubscription], why: str, at: datetime) -> int:
    rows = list(those.order_by("pk").values_list("pk", "identity"))
    PushSubscription.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    announce(*(PushEnded(at=at, identity=identity, why=why) for _, identity in rows))
    return len(rows)
