"""Which browsers show messages to whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet

from siyu.core.outreach.gate.sets import among, columns
from siyu.core.outreach.web_push.models import PushSubscription
from siyu.core.people.members.sessions import digest
from siyu.core.people.models import Identity

MOST = 10
"""Browsers of a person that a message goes to: the newest."""


class Browser(NamedTuple):
    number: int
    endpoint: str
    p256dh: str
    auth: str


def open_ones() -> QuerySet[PushSubscription]:
    """Of sessions that last: who signed out reads nothing there any more."""
    return PushSubscription.objects.filter(session__ended_at=None)


def listens(token: str) -> bool:
    """Whether the browser of that session shows messages."""
    return open_ones().filter(session__digest=digest(token)).exists()


def reach(people: np.ndarray) -> Mapping[int, tuple[int | None, str]]:
    """Who has such a browser. A message is addressed to the person, and goes to all of theirs."""
    some, listed = among(people)
    [found] = columns(
        ["i.person_id"],
        f"""FROM outreach_pushsubscription s JOIN people_identity i ON i.id = s.identity
        JOIN people_membersession m ON m.id = s.session_id WHERE m.ended_at IS NULL AND i.person_id IN {some}""",
        [listed],
    )
    return {person: (None, str(person)) for person in found.tolist()}


def browsers(people: Sequence[int]) -> Mapping[int, Sequence[Browser]]:
    """{person: theirs, the newest first}"""
    owners = dict(Identity.objects.filter(person__in=people, namespace="member").values_list("pk", "person"))
    found = defaultdict[int, list[Browser]](list)
    rows = open_ones().filter(identity__in=list(owners)).order_by("-pk")
    for one in rows:
        if len(theirs := found[owners[one.identity] or 0]) < MOST:
            theirs.append(Browser(one.pk, one.endpoint, one.p256dh, one.auth))
    return found
