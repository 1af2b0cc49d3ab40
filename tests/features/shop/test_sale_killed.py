"""A sale whose process dies between any two statements is finished by whoever tries again: once."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import payments, refunds
from siyu.features.commerce.models import Line, MoneyBack, Movement, Order, Payment, Refund, Reservation, Stock
from tests.features.shop.brand import NOW, Shop, Till, money, order
from tests.features.shop.dying import Killed, dies_at

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def sale(shop: Shop, key: str, minutes: int) -> Order:
    """What a buyer, a gateway, an operator and a worker do; each of them does it again when there was no answer."""
    at = NOW + timedelta(minutes=minutes)
    made = order(shop, (shop.tea, 2), key=key)
    payment = Payment.objects.filter(order=made).first() or payments.begin(order=made, gateway="till", at=NOW)[0]
    payments.paid(gateway="till", money=money(payment), at=at)
    refunds.refund(order=made.pk, pieces={0: 1}, key="broken", reason="", by="lin", at=at)
    payments.give_back_due(at)
    return made


def check(shop: Shop, till: Till, made: Order, before: tuple[int, int]) -> None:
    made.refresh_from_db()
    assert made.placed_at
    stock = Stock.objects.get(product__variant=shop.tea, store=shop.warehouse)
    assert (stock.on_hand, stock.reserved) == (before[0] - 1, before[1])
    moved = Movement.objects.filter(order=made).order_by("pk").values_list("quantity", flat=True)
    assert list(moved) == [-2, 1]
    [payment] = Payment.objects.filter(order=made)
    [back] = MoneyBack.objects.filter(payment=payment)
    assert (payment.settles, payment.returned, back.amount) == (True, 900, 900)
    assert (till.given[back.key], bool(back.done_at)) == (900, True)
    assert (Refund.objects.filter(order=made).count(), Line.objects.get(order=made).returned) == (1, 1)
    assert [one.state for one in Reservation.objects.filter(order=made)] == ["confirmed"]


NAMES = ["order.opened", "order.placed", "payment.settled", "order.refunded", "money.returned"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_it_ends_the_same(after, shop, till):
    for statement in count(1):
        shelf = Stock.objects.get(product__variant=shop.tea, store=shop.warehouse)
        Stock.objects.filter(pk=shelf.pk).update(on_hand=5)
        said = {name: Entry.objects.filter(name=name).count() for name in NAMES}
        lived = False
        try:
            with dies_at(statement, after=after):
                sale(shop, f"k{statement}", 0)
                lived = True
        except Killed:
            connection.close()
        made = sale(shop, f"k{statement}", 5)
        check(shop, till, made, (5, 0))
        assert {name: Entry.objects.filter(name=name).count() - n for name, n in said.items()} == dict.fromkeys(
            NAMES, 1
        )
        if lived:
            break
    assert statement > 40, "it died in few places only"
