"""Operators write what earns points, and what points are worth."""

from datetime import datetime
from typing import Any

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.ledger import books
from siyu.events.points import PointsValued
from siyu.features.loyalty.models import EarnRule, PointsProgramme
from siyu.features.loyalty.points.earning import BadPoints, budget
from siyu.features.loyalty.tasks.conditions import sound_step
from siyu.kit.refusals import Refused

LIMITS = {
    "per": 10**9, "most_a_day": 10**6, "most_a_person": 10**9, "most": 10**12, "waits_days": 365, "lives_days": 3650,
}  # fmt: skip


class NoSuchRule(Refused):
    code = "no_such_rule"
    status = 404


def write(
    *, title: str, event: str, points: int, by: str, at: datetime, where: Any = (),
    begins_at: datetime | None = None, ends_at: datetime | None = None, **limits: int | None,
) -> EarnRule:  # fmt: skip
    """A draft. `limits`: per, most_a_day, most_a_person, most, waits_days, lives_days; what is not said has none. What
    is published is never edited: close it and write another."""
    title = " ".join(title.split())
    step = sound_step({"event": event, "where": list(where)})
    if not 0 < len(title) <= 100 or not 0 < points <= 10**6:
        raise BadPoints("a rule has a title of 1 to 100 characters, and gives 1 to 1,000,000 points")
    for name, value in limits.items():
        if value is not None and not (name != "waits_days") <= value <= LIMITS[name]:
            raise BadPoints(f"{name} is at most {LIMITS[name]:,}")
    if begins_at and ends_at and ends_at <= begins_at:
        raise BadPoints("a rule ends after it begins")
    return EarnRule.objects.create(
        title=title, event=event, where=step["where"], points=points, begins_at=begins_at, ends_at=ends_at, by=by,
        written_at=at, **limits,
    )  # fmt: skip


@transaction.atomic
def publish(*, rule: int, at: datetime) -> EarnRule:
    """From now on it gives; its budget is laid aside in the books."""
    found = EarnRule.objects.select_for_update(no_key=True).filter(pk=rule, closed_at=None).first()
    if found is None:
        raise NoSuchRule("there is no such rule, or it is closed")
    if found.published_at is None:
        found.published_at = at
        found.save()
        if found.most is not None:
            pays = books.account(unit="points", kind="source", name=f"rule:{found.pk}", open=True)
            books.post(
                key=f"rule:{found.pk}:budget", source=pays, target=budget(found), amount=found.most, reason="budget",
                at=at, about=f"rule:{found.pk}",
            )  # fmt: skip
    return found


def close(*, rule: int, at: datetime) -> None:
    if not EarnRule.objects.filter(pk=rule, closed_at=None).update(closed_at=at):
        raise NoSuchRule("there is no such rule, or it is closed")


@transaction.atomic
def set_worth(*, worth: int, most_percent: int = 100, remind_days: int = 14, by: str, at: datetime) -> PointsProgramme:
    """What points are worth at the till from now on: `worth` minor units for 100 of them."""
    if not 0 <= worth <= 10**6 or not 0 <= most_percent <= 100 or not 0 <= remind_days <= 365:
        raise BadPoints("100 points pay 0 to 1,000,000 minor units, of 0 to 100 % of the goods")
    made = PointsProgramme.objects.create(
        worth=worth, most_percent=most_percent, remind_days=remind_days, since=at, by=by
    )
    announce(PointsValued(at=at, worth=worth))
    return made
