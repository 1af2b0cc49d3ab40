"""What is bought reaches its buyer, or goes back, piece by piece and to the cent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import checkout, fulfilment, payments, refunds
from siyu.features.commerce.checkout import Bill, Want
from siyu.features.commerce.fulfilment import AlreadyHanded, AlreadyIssued, CannotShip, NoSuchVoucher, NotPaid
from siyu.features.commerce.models import Line, MoneyBack, Movement, Order, Payment, Product, Refund, Stock, Voucher
from siyu.features.commerce.refunds import (
    AlreadyAsked,
    AlreadyDecided,
    NothingToRefund,
    TooLateToCancel,
    back_of,
)
from siyu.kit.refusals import KeyReused
from tests.features.shop.brand import NOW, By, order, pay

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
LATER = NOW + timedelta(days=2)


def said(name: str) -> int:
    return Entry.objects.filter(name=name).count()


def on_hand(shop) -> int:
    return Stock.objects.get(product__variant=shop.tea, store=shop.warehouse).on_hand


def back(made, n: int, key: str, **more) -> Refund:
    return refunds.refund(order=made.pk, pieces={0: n}, key=key, reason="broken", by="lin", at=LATER, **more)


def test_it_works(shop, till):
    made = order(shop, (shop.tea, 3))
    pay(made)
    fulfilment.ship(order=made.pk, carrier="SF", tracking="SF1", at=LATER)
    fulfilment.ship(order=made.pk, carrier="SF", tracking="SF2", at=LATER)
    fulfilment.confirm_receipt(order=made.pk, at=LATER)
    fulfilment.confirm_receipt(order=made.pk, at=LATER)
    assert (said("order.shipped"), said("order.received")) == (1, 1)
    first = back(made, 1, "a")
    assert (first.amount, back(made, 1, "a").pk, on_hand(shop)) == (900, first.pk, 3)
    payments.give_back_due(LATER)
    assert list(till.given.values()) == [900]
    assert said("order.refunded") == 1


def test_a_preview_names_all_that_hangs_on_a_refund(shop, till):
    made = order(shop, (shop.tea, 3))
    pay(made)
    what = refunds.preview(order=made.pk, pieces={0: 2}, at=LATER)
    assert (what.total, what.gateway, what.restock, what.vouchers) == (1800, "till", 2, 0)
    assert not Refund.objects.exists()


def test_nothing_goes_back_twice(shop, till):
    made = order(shop, (shop.tea, 2))
    with pytest.raises(NothingToRefund):
        back(made, 1, "unpaid")
    pay(made)
    back(made, 2, "a", restock=False)
    assert on_hand(shop) == 3
    for pieces in ({0: 1}, {7: 1}, {0: 0}, {0: -1}):
        with pytest.raises(NothingToRefund):
            refunds.refund(order=made.pk, pieces=pieces, key="b", reason="", by="lin", at=LATER)
    with pytest.raises(KeyReused):
        back(made, 1, "a")


@given(amount=st.integers(0, 10**7), parts=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_the_parts_of_a_line_are_the_whole(amount, parts):
    line = Line(ordinal=0, quantity=sum(parts), amount=amount, product=Product(title="tea"), returned=0)
    paid_back = 0
    for part in parts:
        paid_back += back_of(line, part).amount
        line.returned += part
    assert paid_back == amount


def test_cancelling_gives_all_of_it_back(shop, till):
    made = order(shop, (shop.tea, 3))
    payment = pay(made)
    for _ in range(2):
        refunds.cancel(order=made.pk, by="alice", at=LATER)
    payments.give_back_due(LATER)
    assert till.given == {f"{payment.number}-cancelled": 2700}
    assert (on_hand(shop), said("order.cancelled")) == (5, 1)
    with pytest.raises(NothingToRefund):
        back(made, 1, "a")
    with pytest.raises(CannotShip):
        fulfilment.ship(order=made.pk, carrier="SF", tracking="1", at=LATER)


def test_what_left_is_not_cancelled(shop, till):
    made = order(shop)
    with pytest.raises(NotPaid):
        fulfilment.ship(order=made.pk, carrier="SF", tracking="1", at=LATER)
    pay(made)
    fulfilment.ship(order=made.pk, carrier="SF", tracking="1", at=LATER)
    with pytest.raises(TooLateToCancel):
        refunds.cancel(order=made.pk, by="alice", at=LATER)


def test_an_unpaid_order_is_cancelled_without_money(shop, till):
    made = order(shop)
    refunds.cancel(order=made.pk, by="alice", at=LATER)
    made.refresh_from_db()
    assert (made.closed_because, made.cancelled_at, MoneyBack.objects.count()) == ("cancelled", None, 0)


def test_a_buyer_asks_and_an_operator_decides(shop, till):
    made = order(shop, (shop.tea, 2))
    pay(made)
    asked = refunds.ask(order=made.pk, pieces={0: 1}, reason="broken", at=LATER)
    with pytest.raises(AlreadyAsked):
        refunds.ask(order=made.pk, pieces={0: 1}, reason="broken", at=LATER)
    refunds.decline(request=asked.pk, answer="it was not", by="lin", at=LATER)
    again = refunds.ask(order=made.pk, pieces={0: 1}, reason="it was", at=LATER)
    assert refunds.grant(request=again.pk, by="lin", at=LATER).amount == 900
    with pytest.raises(AlreadyDecided):
        refunds.grant(request=again.pk, by="lin", at=LATER)
    assert (said("refund.asked"), said("refund.declined"), said("order.refunded")) == (2, 1, 1)


def test_choosing_cash_again_holds_goods_no_longer(shop):
    made = order(shop, (shop.tea, 1), by=shop.fetched)
    for hours in (0, 48):
        payments.begin(order=made, gateway="cash", at=NOW + timedelta(hours=hours))
    assert checkout.lapse(NOW + timedelta(hours=72)) == 1


def test_cash_is_taken_when_it_is_fetched(shop):
    made = order(shop, (shop.tea, 1), by=shop.fetched)
    payments.begin(order=made, gateway="cash", at=NOW)
    assert checkout.lapse(NOW + timedelta(hours=2)) == 0
    fulfilment.make_ready(order=made.pk, at=NOW)
    with pytest.raises(NotPaid):
        fulfilment.hand_over(order=made.pk, by="lin", at=LATER)
    fulfilment.hand_over(order=made.pk, by="lin", at=LATER, cash=True)
    with pytest.raises(AlreadyHanded):
        fulfilment.hand_over(order=made.pk, by="mei", at=LATER, cash=True)
    made.refresh_from_db()
    assert (made.placed_at, said("order.placed"), said("order.received")) == (LATER, 1, 1)
    back(made, 1, "a")
    assert payments.give_back_due(LATER) == 0
    [owed] = MoneyBack.objects.all()
    assert payments.given(back=owed.pk, reference="till", at=LATER)
    assert not payments.given(back=owed.pk, reference="till", at=LATER)


def test_a_lesson_is_redeemed_once(shop, till):
    made = order(shop, (shop.lesson, 2), by=By())
    pay(made)
    first, second = Voucher.objects.order_by("ordinal")
    fulfilment.redeem(voucher=first.pk, store=shop.corner, by="lin", at=LATER)
    with pytest.raises(AlreadyHanded):
        fulfilment.redeem(voucher=first.pk, store=shop.corner, by="lin", at=LATER)
    with pytest.raises(NoSuchVoucher):
        fulfilment.redeem(voucher=0, store=None, by="lin", at=LATER)
    with pytest.raises(NothingToRefund):
        back(made, 2, "both")
    with pytest.raises(TooLateToCancel):
        refunds.cancel(order=made.pk, by="alice", at=LATER)
    back(made, 1, "one")
    second.refresh_from_db()
    assert second.void_at
    with pytest.raises(NoSuchVoucher):
        fulfilment.redeem(voucher=second.pk, store=None, by="lin", at=LATER)


def test_an_invoice_gets_one_number(shop, till):
    asked = {"wants": [Want(shop.tea, 1)], "identity": shop.alice, "by": shop.shipped}
    made = checkout.check_out(**asked, expected=900, key="k", at=NOW, bill=Bill("company", "Tea Ltd", "91310000"))
    with pytest.raises(AlreadyIssued):
        fulfilment.issue_invoice(order=made.pk, number="1", at=NOW)
    pay(made)
    assert fulfilment.issue_invoice(order=made.pk, number="1", at=NOW).number == "1"
    with pytest.raises(AlreadyIssued):
        fulfilment.issue_invoice(order=made.pk, number="2", at=NOW)


def test_the_books_balance(shop, till):
    """Stock is the sum of its movements, and no more money went back than came."""
    made = order(shop, (shop.tea, 2), (shop.big, 1))
    pay(made)
    back(made, 1, "a")
    for stock in Stock.objects.all():
        assert stock.on_hand == sum(Movement.objects.filter(stock=stock).values_list("quantity", flat=True))
    assert Payment.objects.get().returned == sum(MoneyBack.objects.values_list("amount", flat=True))
    assert Order.objects.get().amount - Refund.objects.get().amount == 900 + 2500
