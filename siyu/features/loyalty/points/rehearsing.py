"""What a rule would have given, before anybody publishes it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

from siyu.core.eventlog.models import Entry
from siyu.core.people.models import Identity
from siyu.features.loyalty.points import rules
from siyu.features.loyalty.points.earning import BadPoints
from siyu.features.loyalty.tasks.conditions import holds, sound_step
from siyu.kit.clock import day_of

DAYS = 30
MOST = 50_000
"""Entries that are looked at: the newest."""


class Rehearsal(NamedTuple):
    """By the last `days` before the last such event, members or not, imported history included."""

    days: int
    events: int
    points: int
    people: int
    median: int
    sample: Sequence[tuple[int, str, int]]
    """(person, name, points) of those who would have earned most."""


def rehearse(
    *, title: str, event: str, points: int, at: datetime, where: Any = (), per: int | None = None,
    most_a_day: int | None = None, most_a_person: int | None = None, most: int | None = None, **_: Any,
) -> Rehearsal:  # fmt: skip
    if points <= 0:
        raise BadPoints("a rule gives points")
    step = sound_step({"event": event, "where": list(where)})
    rows = Entry.objects.filter(name=event, at__lte=at, identity__isnull=False).order_by("-at", "-pk")
    last = rows.values_list("at", flat=True).first()
    if last is None:
        return Rehearsal(DAYS, 0, 0, 0, 0, [])
    found = rows.filter(at__gt=last - timedelta(days=DAYS)).values_list("identity", "at", "body")[:MOST]
    earned: Counter[int] = Counter()
    by_day: Counter[tuple] = Counter()
    events = 0
    for identity, then, text in reversed(list(found)):
        body = msgspec.json.decode(text)
        if identity is None or not holds(step, event, body):
            continue
        events += 1
        day = (identity, day_of(then, settings.SIYU.zone))
        wanted = rules.capped(
            rules.earned(points, per, body.get("amount")), today=by_day[day], ever=earned[identity],
            most_a_day=most_a_day, most_a_person=most_a_person,
        )  # fmt: skip
        wanted = wanted if most is None else min(wanted, most - earned.total())
        by_day[day] += wanted
        earned[identity] += wanted
    return told(events, +earned)


def told(events: int, earned: Counter[int]) -> Rehearsal:
    top = earned.most_common(5)
    names = {
        pk: (person, name)
        for pk, person, name in Identity.objects.filter(pk__in=[who for who, _ in top]).values_list(
            "pk", "person", "person__name"
        )
    }
    sample = [(*names.get(who, (0, "")), points) for who, points in top]
    middle = sorted(earned.values())[len(earned) // 2] if earned else 0
    return Rehearsal(DAYS, events, earned.total(), len(earned), middle, sample)
