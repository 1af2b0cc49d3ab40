"""Which messages are next: claimed by one conditional UPDATE, and given back where their claimant has died."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from siyu.core.eventlog.locks import one_at_a_time, only_one
from siyu.core.outreach.channels import Channel
from siyu.core.outreach.models import KINDS, Destination, Dispatch, Outgoing

PLACES = 8
"""Workers that may post to a destination at once."""
SWEPT = 2_000


@contextmanager
def place(channel: str) -> Iterator[int | None]:
    """A place at the destination, held until we are done or dead; none: all are taken."""
    for number in range(PLACES):
        with only_one(f"post-{channel}-{number}") as free:
            if free:
                yield number
                return
    yield None


def recover(channel: Channel, mine: int) -> int:
    """What those have left that died while they sent: ours is free, so whoever had it is dead; so are others."""
    busy = Outgoing.objects.filter(channel=channel.code, state="sending", claim__isnull=False)
    found = 0
    for number in sorted({one for one in busy.values_list("claim", flat=True) if one is not None}):
        if number == mine:
            found += let_go(channel, number)
        else:
            with only_one(f"post-{channel.code}-{number}") as free:
                found += let_go(channel, number) if free else 0
    return found


def let_go(channel: Channel, number: int) -> int:
    """Sent again under the same key, where the channel knows it by that; else doubtful."""
    left = Outgoing.objects.filter(channel=channel.code, state="sending", claim=number)
    return left.update(state="queued" if channel.idempotent else "doubtful", claim=None)


def anything() -> bool:
    """Whether a message is on its way or waits for its time, by any channel: asked twice a second."""
    with connection.cursor() as cursor:
        # words and not parameters: the indices are of rows in just these states
        cursor.execute(
            """SELECT EXISTS (SELECT 1 FROM outreach_outgoing WHERE state = 'queued')
                OR EXISTS (SELECT 1 FROM outreach_outgoing WHERE state = 'sending')"""
        )
        return bool(cursor.fetchall()[0][0])


def waiting(channel: str, at: datetime) -> list[Dispatch]:
    """Dispatches with messages that are due; what answers somebody goes before what advertises."""
    with connection.cursor() as cursor:
        # from one dispatch to the next in the index of what is queued: as quick with a million messages as with one
        cursor.execute(
            """WITH RECURSIVE hop(d) AS (
                SELECT min(dispatch_id) FROM outreach_outgoing WHERE state = 'queued'
                UNION ALL
                SELECT (SELECT min(dispatch_id) FROM outreach_outgoing WHERE state = 'queued' AND dispatch_id > d)
                FROM hop WHERE d IS NOT NULL)
            SELECT d FROM hop WHERE d IS NOT NULL AND EXISTS (
                SELECT 1 FROM outreach_outgoing WHERE state = 'queued' AND dispatch_id = d AND due_at <= %s)""",
            [connection.ops.adapt_datetimefield_value(at)],
        )
        numbers = [number for (number,) in cursor.fetchall()]
    found = Dispatch.objects.filter(pk__in=numbers, channel=channel, state__in=("open", "done"))
    ready = found.filter(Q(next_at=None) | Q(next_at__lte=at)).select_related("trial")
    return sorted(ready, key=lambda one: (KINDS.index(one.kind), one.pk))


def stopped(channel: str) -> list[Dispatch]:
    """Stopped ones that still have something in the outbox."""
    return [
        one
        for one in Dispatch.objects.filter(channel=channel, state="stopped").order_by("-pk")[:100]
        if Outgoing.objects.filter(dispatch=one, state="queued").exists()
    ]


def room(channel: Channel, dispatch: Dispatch) -> int:
    """How many at once: what the provider and the throttle let go in a second."""
    throttle = math.ceil(dispatch.per_minute / 60) if dispatch.per_minute else channel.batch
    return max(1, min(channel.batch, channel.per_second, throttle))


def claim(channel: Channel, dispatch: Dispatch, number: int, *, at: datetime) -> list[Outgoing]:
    """In the caller's transaction; the clocks of destination and throttle move on with it."""
    assert transaction.get_connection().in_atomic_block
    one_at_a_time(f"post {channel.code}")
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            # materialised: PostgreSQL would else choose anew for every row that it looks at
            f"""WITH due AS MATERIALIZED (SELECT id FROM outreach_outgoing
                WHERE state = 'queued' AND dispatch_id = %s AND due_at <= %s ORDER BY due_at, id LIMIT %s {skip})
            UPDATE outreach_outgoing SET state = 'sending', claim = %s, attempts = attempts + 1
            WHERE state = 'queued' AND id IN (SELECT id FROM due)
            RETURNING id""",
            [dispatch.pk, connection.ops.adapt_datetimefield_value(at), room(channel, dispatch), number],
        )
        claimed = [pk for (pk,) in cursor.fetchall()]
    if claimed:
        Destination.objects.filter(pk=channel.code).update(
            next_at=at + timedelta(seconds=len(claimed) / channel.per_second)
        )
        if dispatch.per_minute:
            later = at + timedelta(minutes=len(claimed) / dispatch.per_minute)
            Dispatch.objects.filter(pk=dispatch.pk).update(next_at=later)
    return list(Outgoing.objects.filter(pk__in=claimed).order_by("pk"))
