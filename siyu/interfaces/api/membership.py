"""/api/memberships/plans and /api/people/{person}/membership: what is sold, who holds it, granting and buying it."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.loyalty.membership import buying, opening, queries
from siyu.features.loyalty.membership.queries import Held
from siyu.features.loyalty.models import MembershipPlan
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.loyalty import member
from siyu.interfaces.api.shapes import Amount, Moment, code, number
from siyu.kit import clock

desk = Desk(tags=["loyalty"])


class MembershipPlanShape(Schema):
    """On sale. What was sold keeps what it was sold with."""

    code: str
    title: str
    text: str
    tier: Annotated[str, Field(description="ordinary, senior or exclusive")]
    period: Annotated[str, Field(description="month, quarter, half_year or year")]
    price: Amount
    gives: Annotated[list[str], Field(description="In words")]
    cooling_days: Annotated[int, Field(description="So long after it was bought all of its money goes back")]
    grace_days: int


class MembershipTermShape(Schema):
    """A purchase, or a grant, and the time that it covers."""

    plan: str
    title: str
    kind: Annotated[str, Field(description="bought, renewed or upgraded")]
    state: Annotated[str, Field(description="running, to_come, over, upgraded or refunded")]
    order: Annotated[str | None, Field(description="null: an operator granted it")]
    paid: Amount
    credit: Annotated[Amount, Field(description="What was left of others, and paid a part of it")]
    begins_at: Moment
    ends_at: Moment
    would_go_back: Annotated[Amount, Field(description="If it were refunded now")]


class MemberMembership(Schema):
    tier: Annotated[str | None, Field(description="null: none")]
    ends_at: Annotated[Moment | None, Field(description="Until when it is paid")]
    grace_until: Annotated[Moment | None, Field(description="Until when its benefits go on")]
    in_grace: bool
    waiting_order: Annotated[str | None, Field(description="An order for a plan that is to be paid")]
    terms: list[MembershipTermShape]


class WantedPlan(Schema):
    plan: str


class PlanPurchase(WantedPlan):
    expected: Annotated[int, Field(ge=0, le=10**12, description="The price that the member agreed to, in minor units")]


class OpenedOrder(Schema):
    order: str
    amount: Amount
    until: Annotated[Moment | None, Field(description="Until when it can be paid")]


@desk.reads("/memberships/plans", scope="loyalty:read", gives=list[MembershipPlanShape])
def list_membership_plans(request: HttpRequest) -> Any:
    """What is on sale, the lowest tier first."""
    return [shaped(one.plan, one.things) for one in queries.offers(None, clock.now())]


@desk.reads("/people/{person}/membership", scope="loyalty:read", gives=MemberMembership)
def get_member_membership(request: HttpRequest, person: str) -> Any:
    """What a member holds, and how it came about."""
    return told(member(person))


@desk.writes("POST", "/people/{person}/membership", scope="loyalty:write", gives=MemberMembership, keyed=True)
def grant_membership(request: HttpRequest, person: str, body: WantedPlan) -> Any:
    """Give a plan without money; it follows or replaces what they hold."""
    plan, key = number("mpl", body.plan, "a plan"), f"api:{key_of(request)}"
    who = member(person)
    made = opening.grant(plan=plan, identity=who, key=key, by=signature(request), at=clock.now())
    trail.note(made, "given", through=signature(request))
    return told(who)


@desk.writes("POST", "/people/{person}/membership/orders", scope="loyalty:write", gives=OpenedOrder, keyed=True)
def buy_membership(request: HttpRequest, person: str, body: PlanPurchase) -> Any:
    """Open the order for a plan, for the member to pay: first purchase, renewal or upgrade, as they stand."""
    plan = number("mpl", body.plan, "a plan")
    who, key = member(person), f"api:{key_of(request)}"
    order = buying.buy(plan=plan, identity=who, expected=body.expected, key=key, at=clock.now())
    return {"order": code("ord", order.pk), "amount": order.amount, "until": order.until}


def shaped(plan: MembershipPlan, things: Any) -> dict[str, Any]:
    names = ("title", "text", "tier", "period", "price", "cooling_days", "grace_days")
    return {name: getattr(plan, name) for name in names} | {"code": code("mpl", plan.pk), "gives": list(things)}


def told(who: int) -> dict[str, Any]:
    page = queries.of_member(who, at=clock.now())
    held = page.membership
    return {
        "tier": held.tier if held else None,
        "ends_at": held.ends_at if held else None,
        "grace_until": held.grace_until if held else None,
        "in_grace": page.in_grace,
        "waiting_order": code("ord", page.waiting) if page.waiting else None,
        "terms": [outside(one) for one in page.terms],
    }


def outside(one: Held) -> dict[str, Any]:
    term = one.term
    names = ("kind", "paid", "credit", "begins_at", "ends_at")
    return {name: getattr(term, name) for name in names} | {
        "plan": code("mpl", term.plan_id), "title": term.plan.title, "state": one.state,
        "order": code("ord", term.order_id) if term.order_id else None, "would_go_back": one.outlook.amount,
    }  # fmt: skip
