"""A shop delivers the same thing many times at once, as it does when our answers come late."""

import threading
from collections import Counter

import pytest
from django.db import connections

from siyu.core.eventlog.models import Entry
from siyu.features.commerce.models import Order, Refund
from siyu.features.commerce.shops.models import Delivery
from tests.interfaces.connectors.shopping import Sender
from tests.interfaces.connectors.test_shopify import back, order

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
CALLERS = 8


def at_once(*does) -> Counter:
    gate, said, lock = threading.Barrier(len(does)), Counter(), threading.Lock()

    def run(do) -> None:
        gate.wait()
        try:
            status = do().status_code
            with lock:
                said[status] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(do,)) for do in does]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_the_same_delivery_many_times_at_once_is_one_order():
    shop = Sender("shopify")
    said = at_once(*[lambda: shop.send("orders/create", order(), key="d-1")] * CALLERS)
    assert said == {200: CALLERS}
    assert (Delivery.objects.count(), Order.objects.count()) == (1, 1)
    assert Entry.objects.filter(name="order.placed").count() == 1


def test_two_refunds_at_once_share_what_is_left():
    shop = Sender("shopify")
    shop.send("orders/create", order())
    said = at_once(*[lambda n=n: shop.send("refunds/create", back(n, 1)) for n in range(1, 5)])
    assert said == {200: 4}
    assert sum(Refund.objects.values_list("amount", flat=True)) == 9000 and Refund.objects.count() == 2


def test_all_states_at_once_end_in_the_newest():
    shop = Sender("shopify")
    gone = order(9, cancelled_at="2026-05-01T20:09:00+08:00", financial_status="refunded", refunds=[back()])
    states = [order(0), order(1), order(2, financial_status="pending"), gone] * 2
    said = at_once(*[lambda state=state: shop.send("orders/updated", state) for state in states])
    assert sum(said.values()) == len(states) and set(said) <= {200, 202}
    assert Order.objects.get().cancelled_at and Refund.objects.count() == 1
