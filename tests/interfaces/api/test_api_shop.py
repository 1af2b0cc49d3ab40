"""The desk of our own shop through the door: listings, stock, orders, refunds, vouchers."""

from collections.abc import Iterator

import pytest

from siyu.features.commerce import payments
from siyu.features.commerce.models import MoneyBack, Order, Stock, Variant
from siyu.interfaces.api.shapes import code
from tests.features.shop.brand import Shop, Till, open_shop, order, pay
from tests.interfaces.api.conftest import told

pytestmark = pytest.mark.django_db(databases="__all__")
TEA = {"title": "Green tea", "category": ["Food", "Tea"], "variants": [{"sku": "G1", "price": 1900, "label": "50 g"}]}


@pytest.fixture
def brand(db) -> Shop:
    return open_shop()


@pytest.fixture
def till() -> Iterator[Till]:
    gateway = Till()
    payments.add(gateway)
    yield gateway
    del payments.GATEWAYS["till"]


def outside(made: Order) -> str:
    return code("ord", made.pk)


def press(shop, made: Order, verb: str, body: dict | None = None, status: int = 200):
    return shop.post(f"/shop/orders/{outside(made)}/{verb}", body or {}, status)


def test_a_listing_is_written_shown_and_withdrawn(shop):
    listing = shop.post("/shop/listings", TEA)["code"]
    assert shop.get("/shop/listings?state=shown")["items"] == []
    shop.post(f"/shop/listings/{listing}/publish", {})
    (row,) = shop.get("/shop/listings?state=shown&search=G1")["items"]
    assert (row["code"], row["shelf"], row["lowest"], row["left"]) == (listing, "Tea", 1900, 0)
    dearer = TEA | {"variants": [TEA["variants"][0] | {"price": 2000}, {"sku": "G2", "price": 900, "tracked": False}]}
    told(shop.ask("PUT", f"/shop/listings/{listing}", dearer))
    found = shop.get(f"/shop/listings/{listing}")
    assert (found["category"], found["published_at"] is not None) == (["Food", "Tea"], True)
    assert [(v["sku"], v["price"], v["left"]) for v in found["variants"]] == [("G1", 2000, 0), ("G2", 900, None)]
    assert shop.post(f"/shop/listings/{listing}/withdraw", {})["published_at"] is None


def test_the_same_key_writes_one_listing(shop):
    first = shop.post("/shop/listings", TEA, idempotency_key="k1")
    assert shop.post("/shop/listings", TEA, idempotency_key="k1") == first
    other = TEA | {"title": "Black tea"}
    assert shop.post("/shop/listings", other, 409, idempotency_key="k1")["code"] == "idempotency_conflict"
    assert shop.post("/shop/listings", other, 422)["code"] == "bad_listing"  # its SKU stands in the first
    assert len(shop.get("/shop/listings")["items"]) == 1


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"variants": []}, "invalid"),
        ({"variants": [{"sku": "G1", "price": -1}]}, "invalid"),
        ({"variants": [{"sku": "G1", "price": 10**13}]}, "invalid"),
        ({"variants": [{"sku": "G1", "price": 100, "member_price": 101}]}, "bad_listing"),
        ({"variants": [{"sku": "G1", "price": 100}] * 2}, "bad_listing"),
        ({"category": [" "]}, "invalid"),
        ({"kind": "house"}, "invalid"),
    ],
)
def test_half_a_listing_is_no_listing(shop, wrong, problem):
    assert shop.post("/shop/listings", TEA | wrong, 422)["code"] == problem
    assert not Variant.objects.exists()


def test_listings_and_stock_come_in_pages(shop, brand):
    for path, all_of_it in (("/shop/listings", 2), ("/shop/stock", 4)):
        first = shop.get(f"{path}?limit=1")
        rest = shop.get(f"{path}?after={first['next']}")
        assert len(first["items"] + rest["items"]) == all_of_it and rest["next"] is None


def test_stock_is_booked_into_a_store_and_never_below_what_is_promised(shop, brand):
    corner = next(s["code"] for s in shop.get("/shop/stores") if s["name"] == "Corner")
    row = shop.get(f"/shop/stock?store={corner}&search=tea")["items"][0]
    book = {"product": row["product"], "store": corner, "quantity": 2, "reason": "received"}
    assert shop.post("/shop/stock", book, idempotency_key="m1")["on_hand"] == 7
    assert shop.post("/shop/stock", book, idempotency_key="m1")["on_hand"] == 7
    assert shop.post("/shop/stock", book | {"reason": "counted"})["on_hand"] == 2
    order(brand, by=brand.fetched)
    assert shop.post("/shop/stock", book | {"reason": "damaged"}, 409)["code"] == "not_so_many"
    assert Stock.objects.get(store=brand.corner, product__sku="tea").movements.latest("pk").by == "api:shop"


def test_a_paid_order_is_shipped_and_a_part_of_it_goes_back(shop, brand, till):
    made = order(brand, (brand.tea, 3))
    pay(made)
    (row,) = shop.get("/shop/orders?queue=ship")["items"]
    assert (row["code"], row["state"], row["amount"]) == (outside(made), "paid", 2700)
    sent = press(shop, made, "ship", {"carrier": "SF", "tracking": "SF1"})
    assert (sent["carrier"], sent["address"]["name"], sent["received_at"]) == ("SF", "Alice", None)
    assert shop.get("/shop/orders?queue=ship")["waiting"]["ship"] == 0
    wish = {"pieces": [{"line": 0, "quantity": 1}], "reason": "stale"}
    asked = press(shop, made, "refunds/preview", wish)
    assert (asked["total"], asked["gateway"], asked["restock"], asked["goods"][0]["line"]) == (900, "till", 1, 0)
    assert not MoneyBack.objects.exists()
    assert press(shop, made, "refunds", wish, 422)["code"] == "no_idempotency_key"
    path = f"/shop/orders/{outside(made)}/refunds"
    given = shop.post(path, wish, idempotency_key="r1")
    assert shop.post(path, wish, idempotency_key="r1") == given and given["amount"] == 900
    one = shop.get(f"/shop/orders/{outside(made)}")
    assert [(x["quantity"], x["returned"]) for x in one["lines"]] == [(3, 1)]
    assert (one["payments"][0]["returned"], one["backs"][0]["amount"], len(one["refunds"])) == (900, 900, 1)
    assert (one["contribution"], one["lines"][0]["steps"][0]["amount"]) == (1800 - 800, -300)


def test_an_order_is_packed_and_handed_over_against_its_code(shop, brand, till):
    made = order(brand, by=brand.fetched)
    assert press(shop, made, "hand-over", status=409)["code"] == "not_paid"
    payments.begin(order=made, gateway="cash", at=made.opened_at)
    assert press(shop, made, "ready")["ready_at"]
    handed = shop.post(f"/shop/orders/{code('pick', made.pk)}/hand-over", {"cash": True})
    assert (handed["order"], handed["received_at"] is not None) == (outside(made), True)
    assert press(shop, made, "hand-over", status=409)["code"] == "already_handed"
    assert press(shop, made, "ship", status=409)["code"] == "cannot_ship"


def test_an_order_is_cancelled_before_it_leaves(shop, brand, till):
    unpaid, paid = order(brand), order(brand, key="k2")
    pay(paid)
    assert press(shop, unpaid, "cancel")["closed_at"]
    first = press(shop, paid, "cancel")
    assert first["cancelled_at"] and press(shop, paid, "cancel") == first
    assert MoneyBack.objects.get().amount == paid.amount + paid.shipping


def test_a_voucher_is_redeemed_once(shop, brand, till):
    made = order(brand, (brand.lesson, 1))
    pay(made)
    right = shop.get(f"/shop/orders/{outside(made)}")["lines"][0]["vouchers"][0]["code"]
    assert shop.get(f"/shop/vouchers/{right}")["redeemed_at"] is None
    nowhere = {"store": code("sto", 10**6)}
    assert shop.post(f"/shop/vouchers/{right}/redeem", nowhere, 404)["code"] == "no_such_store"
    corner = code("sto", brand.corner.pk)
    assert shop.post(f"/shop/vouchers/{right}/redeem", {"store": corner})["store"] == corner
    assert shop.post(f"/shop/vouchers/{right}/redeem", {}, 409)["code"] == "already_handed"


@pytest.mark.parametrize("verb", ["ship", "ready", "hand-over", "cancel", "refunds", "refunds/preview"])
@pytest.mark.parametrize("wrong", ["ord_000000000000", "x", "per"])
def test_no_verb_opens_to_a_code_of_nothing(shop, brand, verb, wrong):
    wrong = code("per", brand.alice) if wrong == "per" else wrong
    body = {"pieces": [{"line": 0, "quantity": 1}]} if "refunds" in verb else {}
    shop.post(f"/shop/orders/{wrong}/{verb}", body, 404, idempotency_key="k")


def test_orders_of_other_shops_stay_with_them(shop):
    line = {"sku": "A1", "title": "tea", "quantity": 1, "amount": 900}
    elsewhere = {"source": "tmall", "number": "1", "placed_at": "2026-05-01T20:00:00+08:00", "lines": [line]}
    made = told(shop.ask("PUT", "/orders", elsewhere))["code"]
    assert shop.get("/shop/orders")["items"] == []
    assert shop.get(f"/shop/orders/{made}", 404)["code"] == "no_such_order"
    assert shop.post(f"/shop/orders/{made}/ship", {}, 409)["code"] == "cannot_ship"
    assert shop.post(f"/shop/orders/{made}/cancel", {}, 409)["code"] == "too_late_to_cancel"
    assert told(shop.ask("PUT", "/orders", elsewhere | {"source": "siyu"}), 409)["code"] == "our_own"
    reworded = {"source": "siyu", "sku": "tea", "title": "Dust"}
    assert told(shop.ask("PUT", "/products", reworded), 409)["code"] == "our_own"


def test_a_key_that_may_ship_gives_no_money_back(caller, brand, till):
    made = order(brand)
    pay(made)
    packer = caller("fulfilment:read", "fulfilment:write")
    assert press(packer, made, "refunds", {"pieces": [{"line": 0, "quantity": 1}]}, 403)["code"] == "scope_missing"
    assert packer.get("/shop/listings", 403)["code"] == "scope_missing"
    assert press(packer, made, "ship")["shipped_at"]


def test_orders_come_in_pages(shop, brand):
    for n in range(3):
        order(brand, key=str(n))
    first = shop.get("/shop/orders?limit=2")
    rest = shop.get(f"/shop/orders?limit=2&after={first['next']}")
    numbers = [row["number"] for row in first["items"] + rest["items"]]
    assert len(set(numbers)) == 3 and rest["next"] is None
    assert [row["number"] for row in shop.get(f"/shop/orders?search={numbers[1]}")["items"]] == [numbers[1]]
    beyond = shop.get("/shop/orders?after=0.cur_000000000000", 404)
    assert beyond["code"] == "no_such_order"


@pytest.mark.parametrize("rows", [5, 10])
def test_a_page_of_orders_asks_the_same_whatever_its_length(shop, rows, django_assert_num_queries):
    brand = open_shop(pieces=50)
    for n in range(rows):
        order(brand, (brand.tea, 1), (brand.big, 1), key=str(n))
    shop.get("/shop/stores")  # the first use of a key is written down
    with django_assert_num_queries(10):  # the key, the orders, their lines, and seven queues
        assert len(shop.get("/shop/orders")["items"]) == rows
