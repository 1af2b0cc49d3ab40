"""The worker's part: an edition for each subscription when a period is over, and its mail.

A row for each subscription and period is what makes it once, however many workers there are. A mail that was begun by
one who died is sent again with the same Message-ID, by which a mailbox knows a repetition: nothing is lost, and it is
the same letter still. One worker sends at a time, and lets its lock go when it dies.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from siyu.core.eventlog.locks import only_one
from siyu.core.outreach import channels, gate
from siyu.features.traffic.reports import drawing, letter
from siyu.features.traffic.reports.models import Edition, Report, Subscription
from siyu.features.traffic.reports.periods import Days, back
from siyu.features.traffic.reports.subscribing import drawn, put

MISSED = 3
"""Periods that are made up for after the house was down."""
ATTEMPTS = 6
PAUSE = timedelta(minutes=5)
KEPT = timedelta(days=400)


def tick(at: datetime) -> int:
    """How many editions were made or mails sent."""
    with only_one("reports") as alone:
        return due(at) + send_due(at) if alone else 0


def due(at: datetime) -> int:
    """An edition for each period that is over since somebody subscribed, once."""
    standing = list(Subscription.objects.filter(ended_at=None).order_by("pk"))
    known = drawing.known_until() if standing else None
    if known is None:
        return 0
    today, made = drawing.on(at), 0
    for who in standing:
        for period in reversed(back(today, who.rhythm, MISSED)):
            if period.over <= known and moment(period, 0) >= who.made_at and moment(period, who.hour) <= at:
                made += edition(who, period, at)
    return made


def edition(who: Subscription, period: Days, at: datetime) -> bool:
    kept = Edition.objects.filter(subscription=who, report__first=period.first, report__rhythm=who.rhythm)
    return False if kept.exists() else put(who, drawn(period, who.rhythm, at), at)[1]


def moment(period: Days, hour: int) -> datetime:
    return datetime.combine(period.over, time(hour), ZoneInfo(settings.SIYU.zone))


def send_due(at: datetime) -> int:
    """Under the lock: whoever had begun one that is not finished is dead."""
    Edition.objects.filter(state="sending").update(state="due")
    waiting = Edition.objects.filter(state="due", next_at__lte=at, revoked_at=None, subscription__ended_at=None)
    found = list(waiting.select_related("subscription", "report").order_by("next_at", "pk")[:20])
    for one in found:
        claimed = Edition.objects.filter(pk=one.pk, state="due", revoked_at=None)
        if claimed.update(state="sending", attempts=F("attempts") + 1):
            send(one, at)
    return len(found)


def send(one: Edition, at: datetime) -> None:
    """Outside of any transaction: what went out cannot be rolled back."""
    to = one.subscription.address
    try:
        decision = gate.decide_address(channel="email", to=to, at=at)
        channels.send(decision, letter.written(one), at=at)
    except (channels.NotTaken, channels.NotAllowed) as no:
        settle(one, state="failed", error=no.message[:200])
    except channels.NotSent as no:
        tired = one.attempts + 1 >= ATTEMPTS
        later = at + PAUSE * 2**one.attempts
        settle(one, state="failed" if tired else "due", next_at=later, error=no.message[:200])
    else:
        settle(one, state="sent", sent_at=at, error="")


def settle(one: Edition, **said: object) -> None:
    Edition.objects.filter(pk=one.pk, state="sending").update(**said)


def forget(at: datetime) -> int:
    """Reports that nobody can open any more."""
    return Report.objects.filter(made_at__lt=at - KEPT).delete()[0]
