"""A plan was paid, or granted: a membership opens, goes on, or rises."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.events.membership import MembershipBought, MembershipExpired, MembershipRenewed, MembershipUpgraded
from siyu.features.commerce.models import Order
from siyu.features.loyalty.membership import plans, standing
from siyu.features.loyalty.models import Membership, MembershipPlan, MembershipPurchase, MembershipTerm
from siyu.features.loyalty.who import known_member
from siyu.kit.refusals import KeyReused, Refused


class LowerTier(Refused):
    code = "lower_tier"
    status = 409


class AlreadyBuying(Refused):
    """An order for a plan waits for its money."""

    code = "already_buying"
    status = 409


@transaction.atomic
def grant(*, plan: int, identity: int, key: str, by: str, at: datetime) -> MembershipTerm:
    """By hand and without money. It follows or replaces what they hold, as if it were bought; once for a key."""
    member, wanted = known_member(identity), plans.on_sale(plan)
    standing.alone(member)
    if there := MembershipTerm.objects.select_related("membership").filter(key=f"grant:{key}"[:150]).first():
        if (there.plan_id, there.membership.identity_id) != (plan, member):
            raise KeyReused("this key was used for another membership")
        return there
    if MembershipPurchase.objects.filter(identity=member).exists():
        raise AlreadyBuying("an order of theirs for a plan waits for its money")
    meant = standing.deal(wanted, member, at)
    if meant.kind == "lower":
        raise LowerTier("they hold a higher tier; it can follow when that has ended")
    return begin(wanted, member, key=f"grant:{key}"[:150], at=at, credits=meant.credits, by=by)


def begin(
    plan: MembershipPlan, identity: int, *, key: str, at: datetime, credits: Mapping[int, int], paid: int = 0,
    order: Order | None = None, by: str = "",
) -> MembershipTerm:  # fmt: skip
    """In the caller's transaction, under this member's lock. `credits`: {term: what of it pays for this one}."""
    over(identity, at)
    meant = standing.deal(plan, identity, at)
    held = standing.current(identity, at, to_change=True) or Membership(identity_id=identity, opened_at=at)
    kind = "renewed" if meant.kind == "lower" else meant.kind
    replaced = [one.pk for one in standing.open_terms(held, at)] if kind == "upgraded" else []
    move_end(held, plan, meant.ends_at, tier=plan.tier if meant.kind != "lower" else held.tier)
    made = MembershipTerm.objects.create(
        membership=held, plan=plan, key=key, order=order, kind=kind, paid=paid, credit=sum(credits.values()), at=at,
        begins_at=meant.begins_at, ends_at=meant.ends_at, by=by,
    )  # fmt: skip
    for one in {*replaced, *credits}:
        change = {"ended_at": at, "ended_because": "upgraded", "into": made, "carried": credits.get(one, 0)}
        MembershipTerm.objects.filter(pk=one).update(**change)
    announce(told(made, meant.before))
    return made


def move_end(held: Membership, plan: MembershipPlan, ends_at: datetime, *, tier: str) -> None:
    """It is paid until then; what was said of the end before is to be said anew."""
    held.tier, held.ends_at = tier, ends_at
    held.grace_until = ends_at + timedelta(days=plan.grace_days)
    held.remind_at = ends_at - timedelta(days=plan.remind_days)
    held.reminded_at = held.lapsed_at = None
    held.save()


def over(identity: int, at: datetime) -> None:
    """End what the worker has not come to yet."""
    for held in Membership.objects.select_for_update(no_key=True).filter(
        identity=identity, ended_at=None, grace_until__lte=at
    ):
        expire(held, at)


def expire(held: Membership, at: datetime) -> None:
    held.ended_at, held.ended_because = at, "expired"
    held.save(update_fields=["ended_at", "ended_because"])
    announce(MembershipExpired(at=at, identity=held.identity_id, membership=held.pk, before=held.tier))


def told(made: MembershipTerm, before: str) -> MembershipBought:
    held, plan = made.membership, made.plan
    said: dict[str, Any] = {
        "at": made.at, "identity": held.identity_id, "term": made.pk, "membership": held.pk, "plan": plan.pk,
        "title": plan.title, "tier": held.tier, "period": plan.period, "order": made.order_id, "amount": made.paid,
        "begins_at": made.begins_at, "ends_at": made.ends_at, "grace_until": held.grace_until,
    }  # fmt: skip
    if made.kind == "upgraded":
        return MembershipUpgraded(**said, before=before, credit=made.credit)
    return (MembershipBought if made.kind == "bought" else MembershipRenewed)(**said)
