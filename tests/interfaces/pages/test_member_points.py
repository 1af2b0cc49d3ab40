"""A member sees points, pays with them and exchanges them; nobody else's."""

import re

import pytest

from siyu.core.ledger import wallets
from siyu.features.commerce.models import Order
from siyu.features.loyalty.models import Redemption
from siyu.features.loyalty.points import earning, mall, writing
from siyu.interfaces.pages.codes import code
from siyu.kit import clock
from tests.features.shop.brand import open_shop
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALICE = "13812345678"
HOME = {"name": "Alice", "phone": ALICE, "region": "Shanghai", "street": "Nanjing Road 1"}
QUERIES = 15


@pytest.fixture
def alice(db):
    client = visitor(ALICE)
    writing.set_worth(worth=100, by="lin", at=clock.now())
    earning.give(
        identity=me(client).identity, points=1000, key="g", at=clock.now(), because="hand:lin", by="lin", lives_days=30
    )
    return client


def test_the_statement_costs_the_same_whatever_the_history(alice, django_assert_max_num_queries):
    for n in range(60):
        earning.give(identity=me(alice).identity, points=1, key=f"g{n}", at=clock.now(), because="hand:lin", by="lin")
    with django_assert_max_num_queries(QUERIES):
        page = alice.get("/m/points").content.decode()
    assert "1,060" in page and "10.60" in page and "before=" in page
    assert alice.get("/m/points?before=7").status_code == 200


def test_points_pay_at_the_desk(alice):
    shop = open_shop(20)
    alice.post("/m/cart/add", {"variant": code("variant", shop.big), "quantity": 1})
    page = alice.get("/m/checkout?kind=ship").content.decode()
    assert 'value="points:1000"' in page
    page = alice.get("/m/checkout?kind=ship&coupon=points:1000").content.decode()
    hidden: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page[page.index('id="order"') :]):
        hidden.setdefault(name, []).append(value)
    alice.post("/m/checkout", {**hidden, **HOME})
    assert Order.objects.get().discount == 1000
    assert wallets.balances(me(alice).identity).held == 1000


def test_an_exchange_happens_once_for_a_form(alice):
    cup = mall.write(title="Cup", points=400, left=5, by="lin", at=clock.now())
    assert "Cup" in alice.get("/m/points/mall").content.decode()
    for _ in range(2):
        alice.post("/m/points/mall/redeem", {"item": cup.pk, "key": "k", **HOME})
    assert Redemption.objects.count() == 1
    assert wallets.balances(me(alice).identity).available == 600


@pytest.mark.parametrize("wrong", [{"item": "999"}, {"item": "x"}, {"street": ""}, {}])
def test_what_cannot_be_is_said_and_costs_nothing(alice, wrong):
    dear = mall.write(title="Dear", points=400 if wrong else 4000, by="lin", at=clock.now())
    answer = alice.post("/m/points/mall/redeem", {"item": dear.pk, "key": "k", **HOME, **wrong}, follow=True)
    assert answer.status_code == 200 and not Redemption.objects.exists()
    assert wallets.balances(me(alice).identity).available == 1000


def test_a_stranger_signs_in_first(client):
    for address in ("/m/points", "/m/points/mall"):
        assert client.get(address).status_code == 302
