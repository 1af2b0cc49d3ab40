"""A WooCommerce shop tells of its orders; its refunds stand in the order, each as a total."""

import pytest

from siyu.core.people.models import Identity
from siyu.features.commerce.models import Order, Product, Refund
from siyu.features.commerce.shops.models import Delivery
from tests.interfaces.connectors.shopping import Sender

pytestmark = pytest.mark.django_db(databases="__all__")


def line(sku: str = "GREEN", total: str = "90.00", subtotal: str = "100.00", quantity: int = 2, **more) -> dict:
    said = {"id": 3, "name": "绿茶", "product_id": 8, "variation_id": 0, "sku": sku, "quantity": quantity}
    return said | {"subtotal": subtotal, "total": total, "total_tax": "9.00"} | more


def order(minute: int = 0, **more) -> dict:
    said = {
        "id": 727, "number": "727", "status": "processing", "currency": "CNY", "customer_id": 26,
        "date_created_gmt": "2026-05-01T12:00:00", "date_modified_gmt": f"2026-05-01T12:{minute:02}:00",
        "date_paid_gmt": "2026-05-01T12:00:00", "discount_total": "10.00", "shipping_total": "11.00", "total": "120.00",
        "billing": {"phone": "(+86) 138 0000 0001", "email": "Alice@shop.cn"}, "shipping": {"phone": "13900000002"},
        "line_items": [line(), line("CUP", "10.00", "10.00", 1, id=4)], "coupon_lines": [{"code": "may"}],
        "refunds": [],
    }  # fmt: skip
    return said | more


@pytest.fixture
def shop(db) -> Sender:
    return Sender("woocommerce")


def test_it_works(shop):
    assert shop.told("order.created", order()) == "taken"
    placed = Order.objects.get(source="tea-shop", number="727")
    assert (placed.amount, placed.discount) == (10000, 1000)
    assert list(placed.coupons.values_list("code", flat=True)) == ["may"]
    known = {(i.namespace, i.value): i.person_id for i in Identity.objects.all()}
    assert set(known) == {("tea-shop", "26"), ("phone", "13800000001"), ("email", "alice@shop.cn")}
    assert len(set(known.values())) == 1


def test_the_greeting_of_a_new_webhook_needs_no_signature_and_changes_nothing(shop):
    sent = shop.http.post(shop.address, b"webhook_id=12", "application/x-www-form-urlencoded")
    assert sent.status_code == 200 and not Delivery.objects.exists()
    assert shop.http.post(shop.address, b"webhook_id=12&x", "application/x-www-form-urlencoded").status_code == 401


def test_states_of_an_order(shop):
    assert shop.told("order.created", order(status="pending", date_paid_gmt=None)) == "skipped"
    assert shop.told("order.updated", order(1, status="on-hold", date_paid_gmt=None)) == "skipped"
    assert shop.told("order.updated", order(2, status="cancelled", date_paid_gmt=None)) == "skipped"
    assert shop.told("order.updated", order(3, status="completed")) == "taken"
    assert shop.told("order.updated", order(2, status="processing")) == "unchanged"
    assert shop.told("order.updated", order(4, status="cancelled")) == "taken"
    assert Order.objects.get().cancelled_at


def test_a_guest_has_no_number(shop):
    shop.told("order.created", order(customer_id=0))
    assert Order.objects.get().identity.namespace == "phone"


def test_of_a_refund_the_goods_part_goes_back(shop):
    """60.00 of 120.00 went back; goods were 100.00 of it."""
    shop.told("order.created", order())
    half = [{"id": 726, "reason": "", "total": "-60.00"}]
    assert shop.told("order.updated", order(5, refunds=half)) == "taken"
    assert Refund.objects.get().amount == 5000
    assert shop.told("order.updated", order(6, refunds=half)) == "unchanged"
    rest = [*half, {"id": 728, "total": "-60.00"}]
    assert shop.told("order.updated", order(7, status="refunded", refunds=rest)) == "taken"
    assert sum(Refund.objects.values_list("amount", flat=True)) == 10000
    assert shop.told("order.updated", order(8, refunds=[*rest, {"id": 729, "total": "-99.00"}])) == "unchanged"


def test_a_deleted_order_is_cancelled_and_a_restored_one_is_back(shop):
    shop.told("order.created", order())
    shop.told("order.deleted", {"id": 727})
    assert Order.objects.get().cancelled_at
    assert shop.told("order.restored", order(date_modified_gmt="2099-01-01T00:00:00")) == "taken"
    assert Order.objects.get().cancelled_at is None


def test_products_and_customers(shop):
    said = {"id": 8, "name": "绿茶", "sku": "", "categories": [{"name": "茶"}], "brands": [{"name": "山里"}]}
    assert shop.told("product.created", said) == "taken"
    assert Product.objects.values_list("sku", "title", "category", "brand").get() == ("8", "绿茶", "茶", "山里")
    assert shop.told("customer.created", {"id": 5, "email": "bob@shop.cn", "billing": {"phone": ""}}) == "taken"
    assert len(set(Identity.objects.values_list("person", flat=True))) == 1
    assert shop.told("coupon.created", {"id": 5}) == "unknown"


def test_forged(shop):
    assert shop.told("order.created", order(), 401, signature="AAAA") == "bad_signature"
