"""Operators write plans, put them on sale and take them off. What was sold keeps what it was sold with."""

from datetime import datetime
from typing import Any

from django.db import transaction

from siyu.features.commerce import catalogue
from siyu.features.commerce.catalogue import Offer, Page
from siyu.features.loyalty import giving
from siyu.features.loyalty.membership.rules import PERIODS, TIERS
from siyu.features.loyalty.models import MembershipPlan
from siyu.kit.refusals import Refused

KIND = "membership"
DEAREST = 10**9
LONGEST = {"cooling_days": 30, "grace_days": 90, "remind_days": 27}


class BadPlan(Refused):
    code = "bad_plan"
    status = 422


class NoSuchPlan(Refused):
    code = "no_such_plan"
    status = 404


@transaction.atomic
def write(
    *, title: str, tier: str, period: str, price: int, by: str, at: datetime, text: str = "", gives: Any = (),
    cooling_days: int = 7, grace_days: int = 7, remind_days: int = 7, replaces: int | None = None,
) -> MembershipPlan:  # fmt: skip
    """A draft. `replaces`: an older version, which goes off sale when this one comes."""
    wish = sound(
        title=title, text=text, tier=tier, period=period, price=price, gives=gives, cooling_days=cooling_days,
        grace_days=grace_days, remind_days=remind_days,
    )  # fmt: skip
    wish.replaces = plan_of(replaces) if replaces else None
    wish.by, wish.written_at = by, at
    wish.save()
    return wish


def sound(*, title: str, text: str, tier: str, period: str, price: int, gives: Any, **days: int) -> MembershipPlan:
    """A plan that could be sold, not kept yet."""
    title, text = " ".join(title.split()), text.strip()
    if not 0 < len(title) <= 100 or len(text) > 500:
        raise BadPlan("a plan has a title of 1 to 100 characters, and at most 500 that explain it")
    if tier not in TIERS or period not in PERIODS:
        raise BadPlan(f"a plan is of a tier ({', '.join(TIERS)}) for a {', '.join(PERIODS)}")
    if not 1 < price <= DEAREST:
        raise BadPlan("a plan has a price")
    for name, most in LONGEST.items():
        if not 0 <= days[name] <= most:
            raise BadPlan(f"{name} is 0 to {most}")
    checked = giving.checked(list(gives))
    return MembershipPlan(title=title, text=text, tier=tier, period=period, price=price, gives=checked, **days)


@transaction.atomic
def publish(*, plan: int, at: datetime) -> MembershipPlan:
    """On sale from now on, and the version that it replaces no more. Twice is once."""
    found = locked(plan)
    if found.closed_at:
        raise NoSuchPlan("it is off sale: write another")
    if found.published_at is None:
        found.published_at = at
        found.listing = listed(found, at)
        found.save()
        if found.replaces_id:
            close(plan=found.replaces_id, at=at)
    return found


def listed(plan: MembershipPlan, at: datetime) -> Any:
    """What commerce sells of it: no thing, so no stock and no parcel."""
    offers = [Offer(sku=f"membership-{plan.pk}", price=plan.price, tracked=False)]
    made = catalogue.write(page=Page(title=plan.title, kind=KIND, offers=offers, text=plan.text), at=at)
    return catalogue.publish(listing=made.pk, at=at)


@transaction.atomic
def close(*, plan: int, at: datetime) -> MembershipPlan:
    """Off sale. Who has it keeps it; an order that waits for its money can be paid. Twice is once."""
    found = locked(plan)
    if found.closed_at is None:
        found.closed_at = at
        found.save(update_fields=["closed_at"])
        if found.listing_id:
            catalogue.withdraw(listing=found.listing_id, at=at)
    return found


def locked(plan: int) -> MembershipPlan:
    found = MembershipPlan.objects.select_for_update(no_key=True).filter(pk=plan).first()
    if found is None:
        raise NoSuchPlan("there is no such plan")
    return found


def plan_of(number: int) -> MembershipPlan:
    found = MembershipPlan.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchPlan("there is no such plan")
    return found


def on_sale(number: int) -> MembershipPlan:
    found = MembershipPlan.objects.filter(pk=number, published_at__isnull=False, closed_at=None).first()
    if found is None:
        raise NoSuchPlan("there is no such plan, or it is not on sale")
    return found
