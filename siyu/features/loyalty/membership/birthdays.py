"""Birthday gifts of plans: on the day, in the brand's zone, once a year."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from siyu.core.people.models import Trait
from siyu.features.loyalty import benefits
from siyu.features.loyalty.membership import rules, standing
from siyu.features.loyalty.membership.giving import ON_THE_DAY, until
from siyu.features.loyalty.models import Grant, MembershipPlan, MembershipTerm
from siyu.kit.clock import day_begins, day_of

LATE = 7
"""Days for which a gift is still given, where the worker stood still on the day."""


def celebrate(at: datetime) -> int:
    """The worker's chore; how many members got something."""
    today = day_of(at, settings.SIYU.zone)
    days = [today - timedelta(days=n) for n in range(LATE)]
    given = 0
    for term, birthday in with_birthdays(at):
        for day in days:
            if rules.falls_on(birthday, day) and day_begins(day, settings.SIYU.zone) + rules.DAY > term.begins_at:
                given += give(term, day.year, at)
    return given


def with_birthdays(at: datetime) -> Iterator[tuple[MembershipTerm, tuple[int, int]]]:
    """Terms that run, or are in grace, of plans with such a gift, whose members' birthday is known."""
    plans = [one.pk for one in MembershipPlan.objects.order_by("pk") if any(gift(one))]
    terms = MembershipTerm.objects.filter(
        plan__in=plans, ended_at=None, begins_at__lte=at, membership__ended_at=None, membership__grace_until__gt=at
    )
    running = {
        one.membership.identity_id: one
        for one in terms.select_related("plan", "membership").order_by("begins_at", "pk")
        if until(one) > at
    }
    said = Trait.objects.filter(name="birthday", identity__person__identities__in=running)
    rows = said.order_by("at", "pk").values_list(F("identity__person__identities"), "value")
    known = {member: birthday for member, value in rows if (birthday := rules.born(value))}
    yield from ((running[member], known[member]) for member in sorted(known.keys() & running.keys()))


def gift(plan: MembershipPlan) -> Iterator[tuple[int, dict]]:
    return ((n, one) for n, one in enumerate(plan.gives) if one["kind"] == ON_THE_DAY)


@transaction.atomic
def give(term: MembershipTerm, year: int, at: datetime) -> bool:
    """Once a year, whatever plans somebody had in it."""
    member = term.membership.identity_id
    standing.alone(member)
    mine = f"birthday:{member}:{year}:"
    if Grant.objects.filter(key__startswith=mine).exists():
        return False
    for n, one in gift(term.plan):
        benefits.give(
            **one, identity=member, key=f"{mine}{n}", because=f"plan:{term.plan_id}", at=at,
            expires_at=None if "days" in one["terms"] else until(term),
        )  # fmt: skip
    return True
