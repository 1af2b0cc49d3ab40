"""A Shopify shop tells of its orders: signed, twice, late, wrongly, and in every state of an order."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from siyu.core.eventlog.models import Entry
from siyu.core.ledger.models import Rate
from siyu.core.people.holdings import Somebody
from siyu.core.people.models import Identity
from siyu.features.commerce.held import Deliveries
from siyu.features.commerce.models import Line, Order, Product, Refund, RefundLine
from siyu.features.commerce.shops import connecting, taking
from siyu.features.commerce.shops.models import Delivery
from siyu.interfaces.connectors.shops.door import MOST, retake
from siyu.kit import clock
from tests.interfaces.connectors.shopping import Sender

pytestmark = pytest.mark.django_db(databases="__all__")
SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[3] / ".." / "shared"))
REAL = SHARED / "data" / "webhooks" / "shopify_python_api" / "test" / "fixtures"


def line(
    number: int = 11, sku: str = "GREEN", price: str = "50.00", quantity: int = 2, off: str = "0.00", **more
) -> dict:
    shares = [{"amount": off, "discount_application_index": 0}] if off != "0.00" else []
    said = {"id": number, "sku": sku, "variant_id": 900 + number, "title": "绿茶", "name": f"绿茶 {sku}"}
    said |= {"price": price, "quantity": quantity, "total_discount": "0.00", "discount_allocations": shares}
    return said | more


def order(minute: int = 0, **more) -> dict:
    said = {
        "id": 5001, "name": "#1001", "test": False, "currency": "CNY", "financial_status": "paid",
        "taxes_included": False, "created_at": "2026-05-01T20:00:00+08:00", "processed_at": "2026-05-01T20:00:00+08:00",
        "updated_at": f"2026-05-01T20:{minute:02}:00+08:00", "cancelled_at": None,
        "phone": "+8613800000001", "email": "alice@shop.cn", "total_price": "112.00",
        "customer": {"id": 77, "email": "alice@shop.cn", "phone": None},
        "billing_address": {"phone": "138****0001"}, "shipping_address": {"phone": "13900000002"},
        "line_items": [line(off="10.00"), line(12, "CUP", "10.00", 1)],
        "discount_codes": [{"code": "MAY", "amount": "10.00"}], "shipping_lines": [{"price": "12.00"}], "refunds": [],
    }  # fmt: skip
    return said | more


def back(number: int = 1, pieces: int = 1, sku: str = "GREEN", minute: int = 30, **more) -> dict:
    at = f"2026-05-02T20:{minute:02}:00+08:00"
    items = [{"line_item_id": 11, "quantity": pieces, "subtotal": "45.00", "line_item": {"sku": sku, "id": 11}}]
    said = {"id": number, "order_id": 5001, "created_at": at, "refund_line_items": items, "order_adjustments": []}
    return said | more


@pytest.fixture
def shop(db) -> Sender:
    return Sender("shopify")


def names() -> list[str]:
    return list(Entry.objects.filter(name__startswith="order.").order_by("position").values_list("name", flat=True))


def test_it_works(shop):
    assert shop.told("orders/create", order()) == "taken"
    placed = Order.objects.get(source="tea-shop", number="5001")
    assert (placed.amount, placed.discount, placed.currency) == (10000, 1000, "CNY")
    assert placed.placed_at == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert list(placed.coupons.values_list("code", flat=True)) == ["MAY"]
    assert list(placed.lines.order_by("ordinal").values_list("product__sku", "quantity", "amount", "discount")) == [
        ("GREEN", 2, 9000, 1000), ("CUP", 1, 1000, 0)]  # fmt: skip
    (delivery,) = Delivery.objects.all()
    assert (delivery.outcome, delivery.about, delivery.body) == ("taken", "5001", "")
    assert names() == ["order.placed"]


def test_the_buyer_is_the_shops_customer_with_evidence_beside(shop):
    """Not the phone that it is sent to, and not a masked one."""
    shop.told("orders/create", order())
    known = {(i.namespace, i.value): i.person_id for i in Identity.objects.all()}
    assert set(known) == {("tea-shop", "77"), ("phone", "13800000001"), ("email", "alice@shop.cn")}
    assert len(set(known.values())) == 1
    assert Order.objects.get().identity.value == "77"


def test_a_guest_is_known_by_the_phone_and_a_masked_one_by_nothing(shop):
    shop.told("orders/create", order(customer=None))
    assert Order.objects.get().identity.namespace == "phone"
    shop.told("orders/create", order(id=5002, customer=None, phone="138****0001", email="", contact_email=None))
    assert Order.objects.get(number="5002").identity is None


def test_twice_is_once(shop):
    for _ in range(2):
        assert shop.told("orders/create", order(), key="d-1") == "taken"
    assert shop.told("orders/create", order(), key="another number") == "unchanged"
    assert names() == ["order.placed"] and Delivery.objects.count() == 2


@pytest.mark.parametrize("signature", ["", "AAAA", "é", "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcmc="])
def test_forged_is_401_and_counted(shop, signature):
    assert shop.told("orders/create", order(), 401, signature=signature) == "bad_signature"
    assert shop.fresh.forged == 1 and not Delivery.objects.exists() and not Order.objects.exists()


def test_a_signature_holds_for_these_bytes_only(shop):
    body = json.dumps(order()).encode()
    shop.told("orders/create", body.replace(b"50.00", b"00.01"), 401, signature=shop.sign(body))


def test_a_newer_state_corrects_and_an_older_one_that_comes_late_does_not(shop):
    newer = order(5, line_items=[line(off="10.00")])
    assert shop.told("orders/updated", newer) == "taken"
    assert shop.told("orders/create", order(0)) == "unchanged"
    assert Order.objects.get().amount == 9000
    assert shop.told("orders/updated", order(9, line_items=[line(quantity=1)])) == "taken"
    assert Order.objects.get().amount == 5000 and names() == ["order.placed", "order.corrected"]


def test_an_unpaid_order_is_none_yet(shop):
    assert shop.told("orders/create", order(financial_status="pending")) == "skipped"
    assert Delivery.objects.get().code == "not_paid" and not Order.objects.exists()
    assert (
        shop.told("orders/cancelled", order(1, financial_status="voided", cancelled_at="2026-05-01T20:01:00+08:00"))
        == "skipped"
    )
    assert shop.told("orders/paid", order(2)) == "taken"
    assert shop.told("orders/create", order(0, financial_status="pending", id=5001)) == "unchanged"


def test_a_cancelled_order_is_out_and_stays_out(shop):
    shop.told("orders/create", order())
    gone = order(7, cancelled_at="2026-05-01T20:07:00+08:00", financial_status="refunded")
    assert shop.told("orders/cancelled", gone) == "taken"
    assert shop.told("orders/updated", order(3)) == "unchanged"
    assert Order.objects.get().cancelled_at == datetime(2026, 5, 1, 12, 7, tzinfo=UTC)
    assert names()[-1] == "order.cancelled"


def test_a_deleted_order_counts_as_cancelled(shop):
    shop.told("orders/create", order())
    assert shop.told("orders/delete", {"id": 5001}) == "taken"
    assert Order.objects.get().cancelled_at
    assert shop.told("orders/delete", {"id": 4}) == "skipped"


def test_pieces_go_back_at_what_was_paid_for_them(shop):
    """Two for 90.00: 45.00 each, whatever tax or discount the refund itself names."""
    shop.told("orders/create", order())
    assert shop.told("refunds/create", back()) == "taken"
    (gone,) = RefundLine.objects.all()
    assert (gone.quantity, gone.amount, gone.line.product.sku) == (1, 4500, "GREEN")
    assert Refund.objects.get().order.number == "5001" and Refund.objects.get().identity.value == "77"
    with_both = order(40, financial_status="refunded", refunds=[back(), back(2, 5, minute=31)])
    assert shop.told("orders/updated", with_both) == "taken"
    assert sum(RefundLine.objects.values_list("amount", flat=True)) == 9000
    assert sum(RefundLine.objects.values_list("quantity", flat=True)) == 2
    assert shop.told("refunds/create", back(2, 5, minute=31)) == "unchanged"
    assert names().count("order.refunded") == 2


def test_money_beside_the_goods_goes_back_too(shop):
    shop.told("orders/create", order())
    kind = [{"kind": "refund_discrepancy", "amount": "-20.00"}, {"kind": "shipping_refund", "amount": "-12.00"}]
    assert shop.told("refunds/create", back(3, refund_line_items=[], order_adjustments=kind)) == "taken"
    assert Refund.objects.get().amount == 2000
    assert set(RefundLine.objects.values_list("product__sku", "quantity", "amount")) == {
        ("GREEN", 0, 1800),
        ("CUP", 0, 200),
    }
    only_shipping = back(4, refund_line_items=[], order_adjustments=kind[1:])
    assert shop.told("refunds/create", only_shipping) == "skipped"
    fee = back(5, 2, order_adjustments=[{"kind": "refund_discrepancy", "amount": "5.00"}])
    shop.told("refunds/create", fee)
    assert Refund.objects.get(number="refund-5").amount == 9000 - 1800 - 500


def test_a_refund_before_its_order_waits_for_it(shop):
    assert shop.told("refunds/create", back(), 202) == "early"
    waits = Delivery.objects.get()
    assert (waits.outcome, waits.about, waits.code) == ("early", "5001", "order_unknown") and waits.body
    assert retake() == 0
    shop.told("orders/create", order())
    assert retake() == 1 and retake() == 0
    waits.refresh_from_db()
    assert (waits.outcome, waits.body, Refund.objects.get().amount) == ("taken", "", 4500)


def test_tax_that_prices_include_is_no_revenue(shop):
    taxed = line(price="113.00", quantity=1, tax_lines=[{"price": "13.00"}])
    shop.told("orders/create", order(taxes_included=True, line_items=[taxed]))
    assert Order.objects.get().amount == 10000
    shop.told("orders/create", order(id=2, taxes_included=False, line_items=[taxed]))
    assert Order.objects.get(number="2").amount == 11300


def test_a_test_order_and_an_unknown_topic_are_answered_and_counted(shop):
    assert shop.told("orders/create", order(test=True)) == "skipped"
    assert shop.told("carts/update", {"id": 1}) == "unknown"
    assert not Order.objects.exists()


def test_what_cannot_be_read_is_422_kept_mended_and_replayed(shop):
    bad = json.dumps(order(line_items=[line(price="fifty")])).encode()
    assert shop.told("orders/create", bad, 422, key="d-9") == "failed"
    assert shop.told("orders/create", bad, 422, key="d-9") == "failed"
    (kept,) = Delivery.objects.all()
    assert (kept.code, kept.body.encode()) == ("bad_letter", bad) and "fifty" in kept.reason
    taking.mend(delivery=kept, body=kept.body.replace("fifty", "50.00"))
    assert retake() == 1
    kept.refresh_from_db()
    assert (kept.outcome, kept.body, Order.objects.get().amount) == ("taken", "", 10000)
    with pytest.raises(taking.NotFailed):
        taking.mend(delivery=kept, body="{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"id": {}}', b'{"id": 1, "currency": "\\u0000"}',
                                  b'{"id": 1, "line_items": 3, "created_at": "2026-05-01"}'])  # fmt: skip
def test_whatever_comes_is_no_error_of_ours(shop, body):
    for topic in ("orders/create", "refunds/create", "products/create", "customers/create", "orders/delete"):
        assert shop.send(topic, body).status_code in (200, 202, 422)


def test_a_currency_without_a_rate_waits_for_one(shop):
    assert shop.told("orders/create", order(currency="USD"), 202) == "failed"
    kept = Delivery.objects.get()
    assert kept.code == "currency_without_rate" and not Product.objects.exists()
    Rate.objects.create(currency="USD", day="2026-01-01", rate=7)
    taking.mend(delivery=kept, body=kept.body)
    retake()
    assert (Order.objects.get().amount, Order.objects.get().currency) == (70000, "USD")


def test_the_shop_itself_may_come_again(shop):
    assert shop.told("orders/create", order(currency="USD"), 202, key="d-1") == "failed"
    Rate.objects.create(currency="USD", day="2026-01-01", rate=7)
    assert shop.told("orders/create", order(currency="USD"), key="d-1") == "taken"


def test_what_is_thrown_away_is_over(shop):
    shop.told("orders/create", b"{", 422, key="d-1")
    taking.discard(delivery=Delivery.objects.get())
    assert shop.told("orders/create", b"{", key="d-1") == "skipped"
    assert Delivery.objects.get().body == ""


def test_products_enter_the_catalogue(shop):
    said = {"id": 8, "title": "绿茶", "product_type": "茶", "vendor": "山里", "updated_at": "2026-05-01T20:00:00+08:00",
            "variants": [{"id": 901, "sku": "GREEN"}, {"id": 902, "sku": ""}]}  # fmt: skip
    assert shop.told("products/create", said) == "taken"
    assert shop.told("products/update", said) == "unchanged"
    assert set(Product.objects.values_list("sku", "category", "brand")) == {
        ("GREEN", "茶", "山里"),
        ("902", "茶", "山里"),
    }


def test_customers_are_one_person_by_their_phone(shop):
    shop.told("orders/create", order(customer=None, email=None))
    shop.told("customers/create", {"id": 78, "phone": "+8613800000001", "email": None})
    assert len(set(Identity.objects.values_list("person", flat=True))) == 1


def test_a_closed_shop_is_not_there(shop):
    connecting.close(shop=shop.shop, at=clock.now())
    assert shop.told("orders/create", order(), 404) == "unknown_shop"
    assert shop.fresh.secret == ""
    assert shop.http.get(shop.address).status_code == 405
    assert shop.http.post("/hooks/shops/shopify/nobody", b"{}", "application/json").status_code == 404


def test_a_body_is_bounded(shop):
    assert shop.told("orders/create", b"{" + b" " * MOST, 413) == "too_large"


def test_deliveries_are_forgotten_when_they_are_over(shop):
    shop.told("orders/create", order())
    shop.told("orders/create", b"{", 422)
    long_ago = clock.now() - taking.KEEP * 2
    Delivery.objects.update(received_at=long_ago)
    assert taking.forget(clock.now()) == 1
    assert Delivery.objects.get().outcome == "failed"


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real webhook fixtures is not on this machine")
def test_real_documents_of_shopify(shop):
    Rate.objects.create(currency="USD", day="2000-01-01", rate=1)
    (sold,) = json.loads((REAL / "orders.json").read_text())["orders"]
    fixture = json.loads((REAL / "order.json").read_text())["order"]
    assert shop.told("orders/create", fixture) == "skipped"
    assert shop.told("orders/paid", fixture | {"financial_status": "paid"}) == "taken"
    assert Order.objects.get().amount == 199 * 3 * 100 and Line.objects.count() == 3
    assert shop.told("orders/updated", {**fixture, **sold}) in ("taken", "unchanged")
    gone = json.loads((REAL / "refund.json").read_text())["refund"]
    assert shop.told("refunds/create", gone) == "taken"
    assert Refund.objects.get().order.number == "450789469"
    assert shop.told("products/create", json.loads((REAL / "product.json").read_text())["product"]) == "taken"
    assert settings.SIYU.currency == "CNY"


def test_who_is_forgotten_is_not_kept_in_what_could_not_be_taken(shop):
    shop.told("orders/create", order(line_items=[line(price="fifty")]), 422)
    shop.told("orders/create", order(id=6, line_items=3, phone="13700000003", email="", customer=None), 422)
    alice = Somebody((1,), ("13800000001", "alice@shop.cn"))
    assert Deliveries().count(alice) == {"deliveries": 1} and "13800000001" in str(Deliveries().export(alice))
    assert Deliveries().erase(alice).erased == {"deliveries": 1}
    assert Deliveries().count(alice) == {"deliveries": 0}
    assert sorted(Delivery.objects.values_list("outcome", flat=True)) == ["failed", "skipped"]
