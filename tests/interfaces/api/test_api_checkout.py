"""A shop of somebody else's making sells through ours: quote, check out, pay, ask for money back; and the paperwork."""

import base64
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from siyu.features.commerce import payments
from siyu.features.commerce.models import Order, Selection, Stock, Variant
from siyu.interfaces.api.shapes import code
from tests.features.shop.brand import Shop, Till, money, open_shop
from tests.interfaces.api.conftest import told

pytestmark = pytest.mark.django_db(databases="__all__")
HOME = {"name": "Alice", "phone": "13800000000", "region": "Shanghai", "street": "Nanjing Road 1"}


@pytest.fixture
def brand(db) -> Shop:
    return open_shop()


@pytest.fixture
def till() -> Iterator[Till]:
    gateway = Till()
    payments.add(gateway)
    yield gateway
    del payments.GATEWAYS["till"]


def basket(brand: Shop, **more) -> dict:
    wants = [{"variant": code("var", brand.tea), "quantity": 2}]
    return {"member": "alice", "wants": wants, "delivery": {"kind": "ship", "address": HOME}} | more


def opened(shop, brand: Shop, key: str = "k", **more) -> dict:
    wish = basket(brand, **more)
    total = shop.post("/shop/quotes", wish)["total"]
    return shop.post("/shop/orders", wish | {"expected": total}, idempotency_key=key)


def settled(made: dict) -> None:
    payment = payments.Payment.objects.get(order__number=made["number"])
    payments.paid(gateway=payment.gateway, money=money(payment), at=payment.begun_at)


def test_a_member_buys_without_seeing_a_page_of_ours(shop, brand, till):
    quote = shop.post("/shop/quotes", basket(brand))
    (line,) = quote["lines"]
    assert (line["listed"], line["amount"], line["steps"]) == (2000, 1800, [{"why": "Member price", "amount": -200}])
    made = shop.post("/shop/orders", basket(brand, expected=quote["total"]), idempotency_key="k")
    assert (made["total"], made["pick_up"]) == (quote["total"], None)
    begun = shop.post(f"/shop/orders/{made['code']}/payments", {"member": "alice", "gateway": "till"})
    assert begun["url"].startswith("https://till.example/")
    settled(made)
    assert shop.get(f"/shop/orders/{made['code']}")["state"] == "paid"


def test_who_is_not_signed_in_sees_the_price_of_others(shop, brand):
    assert shop.post("/shop/quotes", basket(brand) | {"member": None})["amount"] == 2000


def test_the_same_key_is_one_order_and_one_promise(shop, brand):
    first = opened(shop, brand)
    assert opened(shop, brand) == first
    other = basket(brand, wants=[{"variant": code("var", brand.big), "quantity": 1}], expected=2500)
    assert shop.post("/shop/orders", other, 409, idempotency_key="k")["code"] == "idempotency_conflict"
    assert Order.objects.count() == 1
    assert sum(Stock.objects.values_list("reserved", flat=True)) == 2


@pytest.mark.parametrize(
    ("wrong", "status", "problem"),
    [
        ({"expected": 1}, 409, "price_changed"),
        ({"member": "mallory"}, 404, "no_such_person"),
        ({"wants": [{"variant": "var_000000000000", "quantity": 1}]}, 409, "not_for_sale"),
        ({"wants": []}, 422, "invalid"),
        ({"delivery": {"kind": "none"}}, 422, "no_address"),
        ({"delivery": {"kind": "ship"}}, 422, "no_address"),
        ({"delivery": {"kind": "pick_up", "store": "sto_000000000000"}}, 422, "no_address"),
    ],
)
def test_nothing_is_ordered_that_nobody_agreed_to(shop, brand, wrong, status, problem):
    wish = basket(brand, expected=shop.post("/shop/quotes", basket(brand))["total"])
    kind = (wrong.get("delivery") or {}).get("kind")
    wish |= {"expected": 1800} if kind in ("none", "pick_up") else {}
    assert shop.post("/shop/orders", wish | wrong, status, idempotency_key="k")["code"] == problem
    assert not Order.objects.exists()


def test_no_order_opens_without_a_key(shop, brand):
    assert shop.post("/shop/orders", basket(brand, expected=1), 422)["code"] == "no_idempotency_key"


def test_more_than_there_is_is_sold_out(shop, brand):
    wish = basket(brand, wants=[{"variant": code("var", brand.tea), "quantity": 6}])
    wish |= {"expected": shop.post("/shop/quotes", wish)["total"]}
    assert shop.post("/shop/orders", wish, 409, idempotency_key="k")["code"] == "sold_out"


def test_another_members_order_is_one_that_is_not_there(shop, brand, till):
    made = opened(shop, brand)
    for verb, body in (("payments", {"gateway": "till"}), ("received", {}), ("refund-requests", {"pieces": [PIECE]})):
        path = f"/shop/orders/{made['code']}/{verb}"
        assert shop.post(path, {"member": "bob"} | body, 404)["code"] == "no_such_order"


PIECE = {"line": 0, "quantity": 1}


def test_an_order_is_paid_shipped_received_and_a_piece_of_it_asked_back(shop, brand, till):
    made = opened(shop, brand)
    path = f"/shop/orders/{made['code']}"
    shop.post(f"{path}/payments", {"member": "alice", "gateway": "till"})
    settled(made)
    assert shop.post(f"{path}/received", {"member": "alice"}, 409)["code"] == "cannot_ship"
    shop.post(f"{path}/ship", {"carrier": "SF"})
    assert shop.post(f"{path}/received", {"member": "alice"})["received_at"]
    wish = {"member": "alice", "pieces": [PIECE], "reason": "stale"}
    asked = shop.post(f"{path}/refund-requests", wish)
    assert shop.post(f"{path}/refund-requests", wish, 409)["code"] == "already_asked"
    (row,) = shop.get("/shop/refund-requests")["items"]
    assert (row["code"], row["pieces"], row["order"]) == (asked["code"], {"0": 1}, made["code"])
    given = shop.post(f"/shop/refund-requests/{row['code']}/grant", {})
    assert given["amount"] == 900
    assert shop.post(f"/shop/refund-requests/{row['code']}/grant", {}, 409)["code"] == "already_decided"
    (row,) = shop.get("/shop/refund-requests?state=decided")["items"]
    assert row["granted"] and shop.get("/shop/refund-requests")["items"] == []


def test_a_request_is_declined_with_an_answer(shop, brand, till):
    made = opened(shop, brand)
    path = f"/shop/orders/{made['code']}"
    shop.post(f"{path}/payments", {"member": "alice", "gateway": "till"})
    settled(made)
    asked = shop.post(f"{path}/refund-requests", {"member": "alice", "pieces": [PIECE]})
    no = shop.post(f"/shop/refund-requests/{asked['code']}/decline", {"answer": "it was opened"})
    assert (no["granted"], no["answer"], no["decided_at"] is not None) == (False, "it was opened", True)


def test_a_transfer_is_seen_to_come_and_the_invoice_gets_its_number(shop, brand, till, monkeypatch):
    monkeypatch.setattr(till, "by_hand", True)
    made = opened(shop, brand, invoice={"kind": "company", "title": "Tea Ltd", "tax_number": "91310000MA1FL4U82N"})
    path = f"/shop/orders/{made['code']}"
    assert shop.get("/shop/invoices")["items"] == []  # nobody bills what is not paid
    shop.post(f"{path}/payments", {"member": "alice", "gateway": "till"})
    (payment,) = shop.get(path)["payments"]
    came = f"{path}/payments/{payment['code']}/came"
    assert shop.post(came, {"reference": "T1"})["outcome"] == "settled"
    assert shop.post(came, {"reference": "T1"})["outcome"] == "known"
    (bill,) = shop.get("/shop/invoices?state=open")["items"]
    assert (bill["title"], bill["amount"], bill["order"]) == ("Tea Ltd", made["total"], made["code"])
    assert shop.post(f"{path}/invoice", {"number": "FP-1"})["issued_at"]
    assert shop.post(f"{path}/invoice", {"number": "FP-2"}, 409)["code"] == "already_issued"
    shop.post(f"{path}/cancel", {})
    (back,) = shop.get(path)["backs"]
    assert shop.post(f"{path}/backs/{back['code']}/given", {})["news"] is True
    assert shop.post(f"{path}/backs/{back['code']}/given", {})["news"] is False


def test_a_product_is_promoted_from_the_pool(shop, brand):
    product = code("prd", Variant.objects.get(pk=brand.tea).product_id)
    wish = {
        "product": product, "price": 500, "budget": 800, "supplier": "Hill", "commission": 1000,
        "begins_at": "2020-01-01T00:00:00+08:00", "ends_at": "2099-01-01T00:00:00+08:00",
    }  # fmt: skip
    assert shop.post("/shop/selections", wish | {"price": 1000}, 422)["code"] == "bad_selection"
    made = shop.post("/shop/selections", wish)
    assert shop.get("/shop/selections") == [made] and made["supplier"] == "Hill"
    opened(shop, brand)
    assert Selection.objects.get().spent == shop.get("/shop/selections")[0]["spent"] == 800


def test_a_listing_gets_a_picture_and_loses_it(shop, brand):
    listing = shop.get("/shop/listings?search=tea")["items"][0]["code"]
    drawn = BytesIO()
    Image.new("RGB", (4, 4), "green").save(drawn, "PNG")
    image = base64.b64encode(drawn.getvalue()).decode()
    made = shop.post(f"/shop/listings/{listing}/pictures", {"image": image, "alt": "leaves"})
    assert shop.get(f"/shop/listings/{listing}")["pictures"] == [made]
    assert shop.http.get(made["address"]).status_code == 200
    gone = told(shop.ask("DELETE", f"/shop/listings/{listing}/pictures/{made['code']}"))
    assert gone["pictures"] == []
    bad = base64.b64encode(b"<svg onload='x'>").decode()
    assert shop.post(f"/shop/listings/{listing}/pictures", {"image": bad}, 422)["code"] == "bad_picture"


def test_a_store_is_what_was_said_last(shop, brand):
    told(shop.ask("PUT", "/shop/stores", {"name": "Corner", "hours": "9-21"}))
    row = next(row for row in shop.get("/shop/stores") if row["name"] == "Corner")
    assert (row["hours"], row["ships"], row["picks_up"]) == ("9-21", False, True)


def test_a_shop_elsewhere_is_connected_and_closed(shop):
    made = shop.post("/shops", {"name": "outlet", "kind": "woocommerce"})
    assert made["secret"] and made["path"].startswith("/hooks/shops/woocommerce/")
    assert shop.post("/shops", {"name": "outlet", "kind": "woocommerce"}, 409)["code"] == "shop_exists"
    assert shop.post("/shops", {"name": "x", "kind": "shopify"}, 422)["code"] == "bad_shop"
    refused = shop.http.post(made["path"], b"{}", "application/json")
    assert refused.status_code in (400, 401)
    (row,) = shop.get("/shops")
    assert (row["name"], row["stuck"], "secret" in row) == ("outlet", 0, False)
    assert shop.get("/shops/outlet/deliveries") == []
    assert shop.post("/shops/outlet/deliveries/1/discard", {}, 404)["code"] == "no_such_delivery"
    assert shop.post("/shops/outlet/deliveries/1/mend", {"body": "{}"}, 404)["code"] == "no_such_delivery"
    assert shop.post("/shops/outlet/close", {})["closed_at"]
    assert shop.get("/shops/nobody/deliveries", 404)["code"] == "unknown_shop"


def test_a_key_that_checks_out_sees_no_orders_and_ships_none(caller, brand, till):
    front = caller("checkout:write")
    made = opened(front, brand)
    assert front.get(f"/shop/orders/{made['code']}", 403)["code"] == "scope_missing"
    assert front.post(f"/shop/orders/{made['code']}/ship", {}, 403)["code"] == "scope_missing"
