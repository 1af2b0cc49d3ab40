"""Operators write plans, see what they bring in, grant one, and give money back."""

import pytest
from django.test import Client

from siyu.features.loyalty import benefits
from siyu.features.loyalty.membership import opening, plans
from siyu.features.loyalty.models import MembershipPlan, MembershipTerm
from siyu.kit import clock
from tests.features.loyalty.people import member, settle
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")
PLAN = {
    "title": "Package 199", "tier": "senior", "period": "year", "price": "199", "cooling_days": "7", "grace_days": "7",
    "remind_days": "7", "what0": "points", "number0": "50", "right0": "access", "words0": "the tea room",
    "right1": "boost", "words1": "points", "more1": "150",
}  # fmt: skip


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(operator("member"))
    return client


def on_sale(title: str = "Senior", **more) -> MembershipPlan:
    wish = {"title": title, "tier": "senior", "period": "year", "price": 19900} | more
    return plans.publish(plan=plans.write(**wish, by="lin", at=clock.now()).pk, at=clock.now())


def test_a_plan_is_tried_written_sold_versioned_and_closed(desk):
    opening.grant(plan=on_sale(tier="ordinary").pk, identity=member("bob"), key="b", by="lin", at=clock.now())
    tried = desk.post("/membership/new", {**PLAN, "try": "yes"})
    assert tried.status_code == 200 and "An upgrade from now on" in tried.content.decode()
    assert MembershipPlan.objects.count() == 1
    assert desk.post("/membership/new", PLAN).status_code == 302
    made = MembershipPlan.objects.get(title="Package 199")
    assert (made.price, [one["kind"] for one in made.gives]) == (19900, ["points", "access", "boost"])
    desk.post(f"/membership/plans/{made.pk}/publish")
    assert "Package 199" in desk.get("/membership").content.decode()
    form = desk.get(f"/membership/new?from={made.pk}").content.decode()
    assert "the tea room" in form and 'value="199.00"' in form
    desk.post(f"/membership/new?from={made.pk}", {**PLAN, "price": "299"})
    desk.post(f"/membership/plans/{MembershipPlan.objects.get(price=29900).pk}/publish")
    made.refresh_from_db()
    assert made.closed_at


@pytest.mark.parametrize("wrong", [{"price": "0"}, {"tier": "x"}, {"title": ""}, {"right0": "access", "words0": ""}])
def test_what_is_no_plan_is_refused(desk, wrong):
    assert desk.post("/membership/new", {**PLAN, **wrong}).status_code == 422


def test_one_is_granted_once_and_taken_back(desk):
    plan, who = on_sale(), member("alice")
    for _ in range(2):
        desk.post("/membership/grant", {"member": "alice", "plan": plan.pk, "key": "k"})
    term = MembershipTerm.objects.get()
    assert term.membership.identity_id == who
    assert "Take back" in desk.get(f"/membership/plans/{plan.pk}").content.decode()
    desk.post(f"/membership/purchases/{term.pk}/refund", {"key": "k"})
    term.refresh_from_db()
    assert term.ended_because == "refunded"


def test_benefits_stand_by_kind_and_open_to_their_rows(desk):
    tea = {"kind": "access", "terms": {"to": "the tea room"}}
    opening.grant(plan=on_sale(gives=[tea]).pk, identity=member("alice"), key="a", by="lin", at=clock.now())
    settle()
    lesson = {"kind": "course", "terms": {"title": "Tea"}, "because": "hand"}
    benefits.give(**lesson, identity=member("bob"), key="c", at=clock.now())
    page = desk.get("/benefits").content.decode()
    assert "Access to an activity" in page and "Course" in page
    rows = desk.get("/benefits/rows?kind=access&state=granted").content.decode()
    assert "Access to the tea room" in rows and "Course: Tea" not in rows
    assert desk.get("/benefits/rows?because=hand&before=x").status_code == 200


def test_many_plans_cost_as_many_queries_as_one(desk, django_assert_max_num_queries):
    for n in range(8):
        plan = on_sale(f"Plan {n}", period="month", gives=[{"kind": "points", "terms": {"amount": 5}}])
        opening.grant(plan=plan.pk, identity=member(f"m{n}"), key=str(n), by="lin", at=clock.now())
    with django_assert_max_num_queries(15):
        desk.get("/membership")
