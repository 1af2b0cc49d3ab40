"""A member chooses a plan, pays, renews, upgrades, and asks for the money back; nobody else's."""

import re

import pytest

from siyu.features.commerce import payments
from siyu.features.commerce.models import Order, RefundRequest
from siyu.features.loyalty.membership import plans
from siyu.features.loyalty.models import Membership, MembershipTerm
from siyu.kit import clock
from tests.features.shop.brand import Till, pay
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
QUERIES = 20


def on_sale(title="Senior", tier="senior", period="year", price=19900):
    made = plans.write(title=title, tier=tier, period=period, price=price, by="lin", at=clock.now())
    return plans.publish(plan=made.pk, at=clock.now())


@pytest.fixture
def alice(db, monkeypatch):
    monkeypatch.setattr(payments, "GATEWAYS", {"till": Till()})
    return visitor("13812345678")


def form(page: str, plan) -> dict[str, str]:
    [found] = [one for one in page.split("<form")[1:] if f'name="plan" value="{plan.pk}"' in one]
    return dict(re.findall(r'name="(plan|expected|key)" value="([^"]*)"', found))


def buy(alice, plan) -> Order:
    answer = alice.post("/m/membership/buy", form(alice.get("/m/membership").content.decode(), plan))
    assert answer.status_code == 302 and answer.url.endswith("/pay")
    made = Order.objects.order_by("-pk").first()
    assert made
    pay(made, at=clock.now())
    return made


def test_a_member_buys_renews_upgrades_and_asks_back(alice):
    senior, dear = on_sale(), on_sale("Exclusive", "exclusive", price=29900)
    assert "No membership yet" in alice.get("/m/membership").content.decode()
    buy(alice, senior)
    page = alice.get("/m/membership").content.decode()
    assert "Renew for ¥199.00" in page and "Upgrade for ¥100.00" in page
    made = buy(alice, dear)
    assert made.amount == 10000
    term = MembershipTerm.objects.get(order=made)
    answer = alice.post("/m/membership/refund", {"term": term.pk, "reason": "moved"}, follow=True)
    assert "we are looking at it" in answer.content.decode()
    assert RefundRequest.objects.get().order == made


def test_the_page_costs_the_same_for_many_plans(alice, django_assert_max_num_queries):
    for n in range(12):
        on_sale(f"Plan {n}", price=1000 + n)
    buy(alice, on_sale("Bought"))
    with django_assert_max_num_queries(QUERIES):
        alice.get("/m/membership")


def test_another_price_is_said_and_nothing_is_bought(alice):
    plan = on_sale()
    answer = alice.post("/m/membership/buy", {"plan": plan.pk, "expected": "1", "key": "k"}, follow=True)
    assert "price has changed" in answer.content.decode() and not Order.objects.exists()


def test_another_members_purchase_is_not_there(alice):
    buy(alice, on_sale())
    bob = visitor("13800000001")
    bob.post("/m/membership/refund", {"term": MembershipTerm.objects.get().pk})
    assert not RefundRequest.objects.exists() and Membership.objects.get().identity_id == me(alice).identity
