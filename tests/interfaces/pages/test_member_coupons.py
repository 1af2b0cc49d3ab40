"""A member enters codes, sees what they have, and chooses at the desk."""

import re

import pytest

from siyu.features.commerce.models import Order
from siyu.features.loyalty.models import CouponCode
from siyu.interfaces.pages.codes import code
from siyu.kit import clock
from tests.features.coupons.wallet import issued, now, written
from tests.features.shop.brand import Shop, open_shop
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALICE, BOB = "13812345678", "bob@example.cn"
HOME = {"kind": "ship", "name": "Alice", "phone": ALICE, "region": "Shanghai", "street": "Nanjing Road 1"}
QUERIES = 40


@pytest.fixture
def shop(db) -> Shop:
    return open_shop(20)


def out(**said):
    """Written now, since browsers live now."""
    from siyu.features.loyalty.coupons import writing

    return writing.publish(template=written(**{"ends_at": None, "days": 30} | said).pk, by="lin", at=clock.now())


def fill_cart(client, shop) -> None:
    client.post("/m/cart/add", {"variant": code("variant", shop.big), "quantity": 1})


def desk(client, query: str = "") -> str:
    answer = client.get(f"/m/checkout?kind=ship{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def expected(page: str) -> int:
    return int(re.findall(r'name="expected" value="(\d+)"', page)[0])


def send(client, page: str):
    hidden: dict[str, list[str]] = {}
    form = page[page.index('id="order"') :]
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        hidden.setdefault(name, []).append(value)
    return client.post("/m/checkout", hidden | HOME)


def test_a_code_is_entered_and_used_at_the_desk(shop):
    alice = visitor(ALICE)
    out(word="welcome")
    fill_cart(alice, shop)
    before = expected(desk(alice))
    answer = alice.post("/m/coupons/enter", {"code": " Welcome ", "next": "/m/checkout"})
    assert answer["Location"] == "/m/checkout"
    assert "Three off" in alice.get("/m/coupons").content.decode()
    page = desk(alice)
    assert before - expected(page) == 300
    assert "Best combination" in page
    assert send(alice, page).status_code == 302
    mine = CouponCode.objects.get()
    assert (mine.state, mine.order) == ("reserved", Order.objects.get())
    assert "Held by an order" in alice.get("/m/coupons").content.decode()


def test_they_choose_another_or_none_and_are_told_why(shop):
    alice = visitor(ALICE)
    at, who = clock.now(), me(alice).identity
    small = issued(out(title="One off", worth=100), who, at=at)
    best = issued(out(title="Five off", worth=500), who, at=at)
    issued(out(title="From a hundred", minimum=10_000), who, at=at)
    fill_cart(alice, shop)
    page = desk(alice)
    assert "It is used alone." in page and "cost too little" in page
    chosen = desk(alice, f"&coupon=-&coupon={small.text}")
    assert expected(chosen) - expected(page) == 400
    none = desk(alice, "&coupon=-")
    assert expected(none) - expected(page) == 500
    assert send(alice, none).status_code == 302
    assert {now(one).state for one in (small, best)} == {"issued"}


def test_nobody_uses_anothers(shop):
    alice, bob = visitor(ALICE), visitor(BOB)
    hers = issued(out(), me(alice).identity, at=clock.now())
    answer = bob.post("/m/coupons/enter", {"code": hers.text}, follow=True)
    assert "There is no such code" in answer.content.decode()
    assert "Three off" not in bob.get("/m/coupons").content.decode()
    fill_cart(bob, shop)
    page = desk(bob, f"&coupon={hers.text}")
    assert "Three off" not in page
    assert now(hers).identity_id == me(alice).identity


@pytest.mark.parametrize("text", ["", "nothing", "\0", "x" * 5000, "<b>", "' or 1=1"])
def test_nonsense_is_refused_in_words(shop, text):
    assert (
        "There is no such code" in visitor(ALICE).post("/m/coupons/enter", {"code": text}, follow=True).content.decode()
    )


def test_twenty_coupons_ask_as_much_as_ten(shop, django_assert_max_num_queries):
    alice = visitor(ALICE)
    fill_cart(alice, shop)
    at = clock.now()
    for n in range(2):
        for m in range(10):
            issued(out(title=f"{n} {m}", budget=10_000, stacks=True, worth=10), me(alice).identity, at=at)
        with django_assert_max_num_queries(QUERIES):
            desk(alice)
        with django_assert_max_num_queries(12):
            alice.get("/m/coupons")
