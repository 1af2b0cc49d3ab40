"""Programs read plans and memberships, grant them, and open orders for them."""

import pytest

from siyu.features.commerce.models import Order
from siyu.features.loyalty.membership import plans
from siyu.features.loyalty.models import MembershipTerm
from siyu.interfaces.api.shapes import code
from siyu.kit import clock
from tests.features.loyalty.people import member

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def plan(caller):
    made = plans.write(title="Senior", tier="senior", period="year", price=19900, by="lin", at=clock.now())
    return plans.publish(plan=made.pk, at=clock.now())


def test_a_program_reads_and_grants(caller, plan):
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}/membership"
    assert [one["price"] for one in shop.get("/memberships/plans")] == [19900]
    assert shop.get(alice)["tier"] is None
    for _ in range(2):
        told = shop.post(alice, {"plan": code("mpl", plan.pk)}, Idempotency_Key="k")
    assert (told["tier"], told["terms"][0]["paid"], told["terms"][0]["order"]) == ("senior", 0, None)
    assert MembershipTerm.objects.count() == 1
    assert shop.post(alice, {"plan": code("mpl", 999)}, 404, Idempotency_Key="k2")["code"] == "no_such_plan"


def test_a_program_opens_an_order(caller, plan):
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}/membership"
    wish = {"plan": code("mpl", plan.pk), "expected": 19900}
    made = shop.post(f"{alice}/orders", wish, Idempotency_Key="k")
    assert made["order"] == shop.get(alice)["waiting_order"] == code("ord", Order.objects.get().pk)
    wrong = wish | {"expected": 1}
    assert shop.post(f"{alice}/orders", wrong, 409, Idempotency_Key="k2")["code"] == "price_changed"
