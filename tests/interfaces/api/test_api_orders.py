"""Orders, refunds and the catalogue through the door."""

from decimal import Decimal

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.ledger.models import Rate
from siyu.features.commerce.models import Order, Product
from tests.interfaces.api.conftest import told

pytestmark = pytest.mark.django_db(databases="__all__")
ALICE = {"namespace": "phone", "value": "+86 138 0000 0001"}


def line(sku: str = "A1", amount: int = 900, **more) -> dict:
    return {"sku": sku, "title": "绿茶", "quantity": 2, "amount": amount, "discount": 100} | more


def state(number: str = "1", at: str = "2026-05-01T20:00:00+08:00", **more) -> dict:
    return {"source": "shop", "number": number, "identity": ALICE, "placed_at": at, "lines": [line()]} | more


def put(shop, body: dict, path: str = "/orders", status: int = 200):
    return told(shop.ask("PUT", path, body), status)


def test_it_works(shop):
    placed = put(shop, state(coupons=["MAY"], lines=[line(), line()]))
    assert placed["outcome"] == "placed"
    order = shop.get(f"/orders/{placed['code']}")
    assert (order["amount"], order["discount"], order["currency"]) == (1800, 200, "CNY")
    assert (order["placed_at"], order["coupons"]) == ("2026-05-01T12:00:00Z", ["MAY"])
    assert [(x["sku"], x["title"], x["quantity"], x["amount"]) for x in order["lines"]] == [("A1", "绿茶", 2, 900)] * 2
    assert [p["code"] for p in shop.get("/people?search=13800000001")["items"]] == [order["person"]]
    assert [o["code"] for o in shop.get(f"/orders?person={order['person']}")["items"]] == [placed["code"]]
    happened = shop.get(f"/people/{order['person']}/timeline")["items"][0]
    assert (happened["name"], happened["about"]) == ("order.placed", placed["code"])
    assert happened["items"][0]["product"] == order["lines"][0]["product"]
    assert not Entry.objects.filter(imported=True).exists()


def test_the_same_state_changes_nothing_and_a_newer_one_corrects(shop):
    first = put(shop, state(state_at="2026-05-01T12:00:00Z"))
    assert put(shop, state(state_at="2026-05-01T12:00:00Z")) == first | {"outcome": "unchanged"}
    newer = state(lines=[line(amount=500)], state_at="2026-05-02T12:00:00Z")
    assert put(shop, newer) == first | {"outcome": "corrected"}
    assert put(shop, state(state_at="2026-05-01T12:00:00Z"))["outcome"] == "unchanged"
    assert shop.get(f"/orders/{first['code']}")["amount"] == 500


def test_what_goes_back_finds_its_sale(shop):
    order = put(shop, state())["code"]
    body = {"source": "shop", "number": "R1", "identity": ALICE, "at": "2026-05-03T00:00:00Z"}
    refund = put(shop, body | {"lines": [{"sku": "A1", "quantity": 1, "amount": 450}]}, "/refunds")
    (back,) = shop.get(f"/orders/{order}")["refunds"]
    assert (back["code"], back["amount"], back["lines"][0]["sku"]) == (refund["code"], 450, "A1")


def test_another_currency_needs_a_rate(shop):
    usd = state(currency="USD", lines=[line(amount=1000, discount=0)])
    assert put(shop, usd, status=422)["code"] == "currency_without_rate"
    assert not Order.objects.exists() and not Product.objects.exists()
    Rate.objects.create(currency="USD", day="2026-04-30", rate=Decimal("7.2"))
    order = shop.get(f"/orders/{put(shop, usd)['code']}")
    assert (order["amount"], order["currency"]) == (7200, "USD")


def test_an_order_may_be_cancelled_and_may_be_nobodys(shop):
    code = put(shop, state(identity=None, cancelled_at="2026-05-02T00:00:00Z"))["code"]
    order = shop.get(f"/orders/{code}")
    assert order["person"] is None and order["cancelled_at"] == "2026-05-02T00:00:00Z"


def test_the_catalogue_takes_what_is_said_of_a_product(shop):
    put(shop, state())
    said = {"source": "shop", "sku": "A1", "category": "茶"}
    listed = put(shop, said, "/products")
    assert listed["changed"] and not put(shop, said, "/products")["changed"]
    (tea,) = shop.get("/products?category=茶")["items"]
    assert (tea["code"], tea["title"], tea["category"]) == (listed["code"], "绿茶", "茶")
    assert shop.get("/products?search=红茶")["items"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lines": []}, "invalid"),
        ({"lines": [line(quantity=0)]}, "invalid"),
        ({"lines": [line(amount=-1)]}, "invalid"),
        ({"lines": [line(amount=9.5)]}, "invalid"),
        ({"currency": "cny"}, "invalid"),
        ({"placed_at": "2026-05-01"}, "invalid"),
        ({"identity": {"namespace": "phone", "value": "138****0001"}}, "names_nobody"),
        ({"identity": {"namespace": "member", "value": "undefined"}}, "names_nobody"),
        ({"number": ""}, "invalid"),
    ],
)
def test_half_an_order_is_no_order(shop, wrong, code):
    assert put(shop, state(**wrong), status=422)["code"] == code
    assert not Order.objects.exists()


def test_orders_are_asked_by_time_and_come_in_pages(shop):
    for n in range(7):
        put(shop, state(str(n), at=f"2026-05-0{1 + n // 2}T12:00:00Z"))
    seen, after = [], ""
    while after is not None:
        page = shop.get(f"/orders?limit=3&after={after}")
        seen += [row["number"] for row in page["items"]]
        after = page["next"]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    between = shop.get("/orders?since=2026-05-02T00:00:00Z&until=2026-05-03T00:00:00Z")["items"]
    assert [row["number"] for row in between] == ["3", "2"]
    assert shop.get("/orders/ord_000000000000", 404)["code"] == "no_such_order"


@pytest.mark.parametrize("rows", [10, 20])
def test_a_page_asks_the_same_questions_whatever_its_length(shop, rows, django_assert_num_queries):
    for n in range(rows):
        code = put(shop, state(str(n), lines=[line(str(k)) for k in range(n + 1)]))["code"]
    with django_assert_num_queries(2):  # the key, the orders
        assert len(shop.get(f"/orders?limit={rows}")["items"]) == rows
    with django_assert_num_queries(6):
        assert len(shop.get(f"/orders/{code}")["lines"]) == rows
