"""What members and operators see of memberships. Money is minor units of the base currency."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, Sum

from siyu.features.loyalty.giving import in_words
from siyu.features.loyalty.membership import ending, rules, standing
from siyu.features.loyalty.membership.ending import Outlook
from siyu.features.loyalty.membership.standing import Deal
from siyu.features.loyalty.models import Grant, Membership, MembershipPlan, MembershipPurchase, MembershipTerm

SHOWN = 50
SOON = timedelta(days=30)
SAMPLE = 5


class Offer(NamedTuple):
    """A plan as a member sees it. `may`: they can have it now; else `because` says why not."""

    plan: MembershipPlan
    things: Sequence[str]
    deal: Deal
    total: int
    may: bool
    because: str


class Held(NamedTuple):
    """A purchase of a member. `state`: running, to_come, over, upgraded, refunded; `asked`: they want it back."""

    term: MembershipTerm
    state: str
    things: Sequence[str]
    outlook: Outlook
    asked: bool


class Mine(NamedTuple):
    membership: Membership | None
    in_grace: bool
    waiting: int | None
    """The number of an order that is to be paid."""
    terms: Sequence[Held]
    offers: Sequence[Offer]


def of_member(identity: int, *, at: datetime) -> Mine:
    held = standing.current(identity, at)
    waiting = MembershipPurchase.objects.filter(identity=identity).values_list("order", flat=True).first()
    grace = held is not None and held.ends_at <= at
    return Mine(held, grace, waiting, terms_of(identity, at), offers(held, at))


def plans_on_sale() -> list[MembershipPlan]:
    """The lowest tier first, in it the shortest."""
    found = MembershipPlan.objects.filter(published_at__isnull=False, closed_at=None)
    return sorted(found, key=lambda one: (rules.rank(one.tier), rules.PERIODS[one.period], one.price, one.pk))


def offers(held: Membership | None, at: datetime) -> list[Offer]:
    """As many queries for ten plans as for one."""
    leftover = standing.leftovers(held, at)
    return [offer(plan, standing.deal_for(plan, held, leftover, at)) for plan in plans_on_sale()]


def offer(plan: MembershipPlan, deal: Deal) -> Offer:
    why = "lower_tier" if deal.kind == "lower" else "credit_too_large" if deal.credit >= plan.price else ""
    return Offer(plan, in_words(plan.gives), deal, max(0, plan.price - deal.credit), not why, why)


def terms_of(identity: int, at: datetime) -> list[Held]:
    """The newest first."""
    rows = MembershipTerm.objects.filter(membership__identity=identity).select_related("plan", "order", "membership")
    asked = Count("order__requests", filter=Q(order__requests__decided_at=None))
    return [
        Held(term, state_of(term, at), in_words(term.plan.gives), ending.preview(term, at), bool(term.asked))
        for term in rows.annotate(asked=asked).order_by("-pk")[:10]
    ]


def state_of(term: MembershipTerm, at: datetime) -> str:
    if term.ended_because:
        return term.ended_because
    return "to_come" if term.begins_at > at else "running" if term.ends_at > at else "over"


class PlanRow(NamedTuple):
    plan: MembershipPlan
    state: str
    things: Sequence[str]
    members: int
    sold: int
    paid: int
    back: int
    granted: int
    used: int
    gone: int
    """Benefits that expired or were taken away."""


class Overview(NamedTuple):
    plans: Sequence[PlanRow]
    members: int
    in_grace: int
    paid: int
    back: int
    soon: Sequence[Membership]
    """They end within the next thirty days, or are in grace."""


def overview(at: datetime) -> Overview:
    rows = plan_rows(at)
    current = Membership.objects.filter(ended_at=None, grace_until__gt=at)
    soon = current.filter(ends_at__lte=at + SOON).select_related("identity").order_by("ends_at", "pk")
    return Overview(
        rows, current.count(), current.filter(ends_at__lte=at).count(), sum(row.paid for row in rows),
        sum(row.back for row in rows), list(soon[:SHOWN]),
    )  # fmt: skip


def plan_rows(at: datetime) -> list[PlanRow]:
    running = Q(terms__ended_at=None, terms__begins_at__lte=at, terms__ends_at__gt=at)
    found = MembershipPlan.objects.annotate(
        members=Count("terms__membership", filter=running, distinct=True), sold=Count("terms", distinct=True)
    )
    money = {
        plan: (paid, back)
        for plan, paid, back in MembershipTerm.objects.values_list("plan").annotate(
            Sum("paid"), Sum("order__refunds__amount")
        )
    }
    given = given_by_plan()
    return [
        PlanRow(
            plan, plan_state(plan), in_words(plan.gives), plan.members, plan.sold, *sums(money.get(plan.pk)),
            *given.get(f"plan:{plan.pk}", (0, 0, 0)),
        )
        for plan in found.order_by("-pk")[:100]
    ]  # fmt: skip


def sums(found: tuple[int | None, int | None] | None) -> tuple[int, int]:
    paid, back = found or (0, 0)
    return paid or 0, back or 0


def given_by_plan() -> dict[str, tuple[int, int, int]]:
    rows = Grant.objects.filter(because__startswith="plan:").values_list("because")
    gone = Q(expired_at__isnull=False) | Q(revoked_at__isnull=False)
    counted = rows.annotate(Count("pk"), used=Count("pk", filter=Q(used_at__isnull=False)), gone=Count("pk", gone))
    return {because: (n, used, lost) for because, n, used, lost in counted}


def plan_state(plan: MembershipPlan) -> str:
    if plan.closed_at:
        return "closed"
    return "running" if plan.published_at else "draft"


def terms(plan: int, *, before: int = 0) -> list[MembershipTerm]:
    """The rows behind a plan's figures, the newest first."""
    rows = MembershipTerm.objects.filter(plan=plan, **({"pk__lt": before} if before else {}))
    return list(rows.select_related("membership__identity", "order", "plan").order_by("-pk")[:SHOWN])


def rehearse(plan: MembershipPlan, at: datetime) -> list[tuple[Membership | None, Offer]]:
    """What some would pay for a plan, and get: who has none, and some who have one."""
    some = list(Membership.objects.filter(ended_at=None, grace_until__gt=at).select_related("identity").order_by("-pk"))
    chosen: list[Membership | None] = [None, *some[:SAMPLE]]
    return [(one, offer(plan, standing.deal_for(plan, one, standing.leftovers(one, at), at))) for one in chosen]
