"""What the gate holds marketing to: caps, and hours in which it is silent. It counts what goes out all the time, so
that a new cap knows what has been sent before it."""

from datetime import time

from django.db import transaction

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach import channels
from siyu.core.outreach.models import Cap, QuietHours
from siyu.kit.refusals import Refused

MOST = 1_000


class BadRule(Refused):
    code = "bad_gate_rule"
    status = 422


@transaction.atomic
def cap(*, channel: str, period: str, most: int | None) -> None:
    """At most so many in a day or week, over a channel or over all (""); none: as many as come."""
    if channel:
        channels.channel(channel)
    if period not in ("day", "week") or (most is not None and not 0 <= most <= MOST):
        raise BadRule(f"a cap is 0 to {MOST} messages in a day or a week")
    if most is None:
        for old in Cap.objects.filter(channel=channel, period=period):
            old.delete()
        return
    Cap.objects.update_or_create(channel=channel, period=period, defaults={"most": most})


@transaction.atomic
def be_quiet(*, begins: time | None, ends: time | None) -> None:
    """From when to when, on the clock; none: never."""
    one_at_a_time("quiet hours")
    for old in QuietHours.objects.all():
        old.delete()
    if (begins is None) != (ends is None) or (begins is not None and begins == ends):
        raise BadRule("quiet hours begin at one time and end at another")
    if begins is not None and ends is not None:
        QuietHours.objects.create(begins=begins, ends=ends)
