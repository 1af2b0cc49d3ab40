"""What a shop says of its orders by Segment is an order like an imported one."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog import hearing, lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.drain.replaying import StillFails
from siyu.core.eventlog.failed import AlreadyReplayed, replay
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import FailedMessage
from siyu.core.insight.facts import open_facts
from siyu.features.commerce.models import CouponUse, Line, Order, Product, Refund

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEA = {"product_id": "tea", "name": "Tea", "category": "drinks", "price": 19.99, "quantity": 2}
CUP = {"sku": "cup", "price": 8.05}
COMPLETED = {"order_id": "o1", "revenue": 45.03, "total": 55.03, "shipping": 10, "currency": "CNY", "coupon": "MAY",
             "products": [TEA, CUP]}  # fmt: skip


def say(event: str, minutes: int = 0, *, id: str | None = None, imported: bool = False, **properties) -> None:
    at = NOON + timedelta(minutes=minutes)
    said = {
        "type": "track", "event": event, "userId": "alice", "messageId": id or f"{event}-{minutes}",
        "timestamp": at.isoformat(), "properties": properties,
    }  # fmt: skip
    land(json.dumps(said).encode(), count=1, source="shop", dialect="segment", received_at=at, imported=imported)


def rows(sql: str) -> list[tuple]:
    drain_all()
    drain_all()
    with open_facts() as db:
        return db.execute(sql).fetchall()


def test_it_works():
    say("Order Completed", **COMPLETED)
    assert rows("SELECT amount, discount, len(items) FROM orders") == [(4503, 300, 2)]
    order = Order.objects.get()
    assert (order.number, order.amount, order.currency, order.placed_at) == ("o1", 4503, "CNY", NOON)
    assert sorted(Line.objects.values_list("product__sku", "quantity", "amount")) == [("cup", 1, 755), ("tea", 2, 3748)]
    assert list(Product.objects.filter(sku="tea").values_list("title", "category")) == [("Tea", "drinks")]
    assert list(CouponUse.objects.values_list("code", flat=True)) == ["MAY"]
    assert rows("SELECT count(*) FROM events WHERE name = 'Order Completed'") == [(1,)]


def test_twice_is_once():
    say("Order Completed", **COMPLETED)
    say("Order Completed", 1, **COMPLETED)
    say("Completed Order", 2, **COMPLETED)
    assert rows("SELECT name, count(*) FROM events WHERE name LIKE 'order.%' GROUP BY 1") == [("order.placed", 1)]


@pytest.mark.parametrize(
    "said, amount",
    [
        ({"revenue": "1,234.50"}, 123450),
        ({"total": 20.1, "tax": 0.1, "shipping": 5}, 1500),
        ({"products": [TEA], "discount": 9.99}, 2999),
        ({"products": [{"product_id": 7, "price": 0.1, "quantity": 3}]}, 30),
        ({"revenue": 1000, "currency": "JPY"}, None),
        ({"revenue": "a lot"}, None),
        ({"revenue": -1}, None),
        ({}, None),
        ({"products": "tea"}, None),
        ({"products": [{"price": 1}]}, None),
        ({"products": [TEA | {"quantity": 0}]}, None),
        ({"order_id": "", "revenue": 1}, None),
    ],
)
def test_what_it_is_worth(said, amount):
    say("Order Completed", **{"order_id": "o1", **said})
    drain_all()
    assert list(Order.objects.values_list("amount", flat=True)) == ([] if amount is None else [amount])
    assert FailedMessage.objects.filter(code="hearing_failed").count() == (amount is None)


def test_an_order_has_a_history():
    say("Order Completed", **COMPLETED)
    say("Order Updated", 5, order_id="o1", revenue=40, products=[TEA])
    drain_all()
    assert (Order.objects.get().amount, Line.objects.count()) == (4000, 1)
    say("Order Refunded", 10, order_id="o1", products=[TEA | {"quantity": 1}])
    drain_all()
    assert list(Refund.objects.values_list("amount", "order__number")) == [(1999, "o1")]
    say("Order Cancelled", 20, order_id="o1")
    assert rows("SELECT count(*) FROM orders") == [(0,)]
    assert Order.objects.get().cancelled_at == NOON + timedelta(minutes=20)


def test_a_refund_without_products_takes_all_back():
    say("Order Completed", **COMPLETED)
    say("Order Refunded", 10, order_id="o1")
    say("Order Refunded", 10, id="again", order_id="o1")
    drain_all()
    assert list(Refund.objects.values_list("amount", flat=True)) == [4503]


def test_what_comes_in_one_step_comes_in_the_order_of_its_time():
    say("Order Cancelled", 20, order_id="o1")
    say("Order Completed", **COMPLETED)
    drain_all()
    assert Order.objects.get().cancelled_at


def test_one_bad_order_holds_up_no_other_and_can_be_mended():
    for n in range(5):
        say("Order Completed", n, order_id=f"o{n}", revenue=n if n != 3 else "three")
    drain_all()
    assert Order.objects.count() == 4
    failed = FailedMessage.objects.get()
    assert (failed.code, failed.reason) == ("hearing_failed", "`revenue` is no amount: 'three'")
    with pytest.raises(StillFails):
        replay(message=failed, body=failed.body, at=NOON)
    replay(message=FailedMessage.objects.get(), at=NOON, body=failed.body.replace('"three"', "3"))
    assert Order.objects.get(number="o3").amount == 300
    with pytest.raises(AlreadyReplayed):
        replay(message=FailedMessage.objects.get(), body=failed.body, at=NOON)
    drain_all()
    with lake.connect() as db:
        scan = lake.scan("events")
        count = db.execute(f"SELECT count(*) FROM {scan} WHERE name = 'Order Completed'").fetchall()
    assert count == [(5,)]


def test_a_message_that_could_not_be_read_lands_anew():
    land(b'{"type": "track", "event": "Tapped"}', count=1, source="shop", dialect="segment", received_at=NOON)
    drain_all()
    failed = FailedMessage.objects.get()
    replay(message=failed, at=NOON, body=failed.body.replace("}", ', "userId": "bob"}'))
    assert rows("SELECT count(*) FROM events WHERE name = 'Tapped'") == [(1,)]


def test_history_makes_orders_that_wake_nobody():
    say("Order Completed", imported=True, **COMPLETED)
    assert rows("SELECT bool_and(imported) FROM events WHERE name = 'order.placed'") == [(True,)]


def test_a_delivery_is_one_call_a_step(monkeypatch):
    calls = []
    heard = hearing.Subscription("test", ("Tapped",), lambda said: calls.append(len(said)), history=False)
    monkeypatch.setitem(hearing.SUBSCRIPTIONS, "test", heard)
    for n in range(3):
        say("Tapped", n)
    say("Tapped", 0, imported=True, id="old")
    drain_all()
    assert calls == [3]
