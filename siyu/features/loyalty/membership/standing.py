"""Where a member stands, and what buying a plan would be for them now."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from siyu.core.eventlog.locks import one_at_a_time
from siyu.features.loyalty.membership import rules
from siyu.features.loyalty.models import Membership, MembershipPlan, MembershipTerm


@dataclass(frozen=True)
class Deal:
    """`kind`: bought, renewed, upgraded, or lower, which nobody can buy."""

    kind: str
    before: str
    """The tier that they hold."""
    begins_at: datetime
    ends_at: datetime
    credits: dict[int, int]
    """{term that it replaces: what is left of it}"""

    @property
    def credit(self) -> int:
        return sum(self.credits.values())


def alone(identity: int) -> None:
    """Until the end of the transaction nobody else changes this member's membership. Orders are locked before."""
    one_at_a_time(f"membership of {identity}")


def current(identity: int, at: datetime, *, to_change: bool = False) -> Membership | None:
    """What they hold, grace included."""
    rows = Membership.objects.select_for_update(no_key=True) if to_change else Membership.objects.all()
    return rows.filter(identity=identity, ended_at=None, grace_until__gt=at).first()


def open_terms(membership: Membership, at: datetime) -> list[MembershipTerm]:
    """Those that run or are still to come."""
    rows = membership.terms.filter(ended_at=None, ends_at__gt=at).select_related("plan", "order")
    return list(rows.order_by("begins_at", "pk"))


def deal(plan: MembershipPlan, identity: int, at: datetime) -> Deal:
    held = current(identity, at)
    return deal_for(plan, held, leftovers(held, at), at)


def leftovers(held: Membership | None, at: datetime) -> dict[int, int]:
    """{term: what is left of it}"""
    terms = open_terms(held, at) if held else []
    return {one.pk: amount for one in terms if (amount := left(one, at))}


def deal_for(plan: MembershipPlan, held: Membership | None, leftover: dict[int, int], at: datetime) -> Deal:
    if held is None:
        return Deal("bought", "", at, rules.end(at, plan.period, settings.SIYU.zone), {})
    higher = rules.rank(plan.tier) - rules.rank(held.tier)
    begins = at if higher > 0 else held.ends_at
    kind = "upgraded" if higher > 0 else "renewed" if higher == 0 else "lower"
    end = rules.end(begins, plan.period, settings.SIYU.zone)
    return Deal(kind, held.tier, begins, end, leftover if higher > 0 else {})


def left(term: MembershipTerm, at: datetime) -> int:
    """What of a term's worth would go back now; nothing where its order has given it back already."""
    order = term.order
    return 0 if order and (order.cancelled_at or order.refunds.exists()) else worth_left(term, at)


def worth_left(term: MembershipTerm, at: datetime) -> int:
    """The same, whatever became of its order since."""
    return rules.to_give_back(
        term.paid + term.credit, bought=term.at, cooling_days=term.plan.cooling_days, begins=term.begins_at,
        ends=term.ends_at, at=at,
    )  # fmt: skip
