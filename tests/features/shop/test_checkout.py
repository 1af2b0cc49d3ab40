"""Alice puts tea into her basket, sees what it costs and why, and checks out."""

from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import carts, catalogue, checkout, payments, refunds
from siyu.features.commerce.carts import Owner
from siyu.features.commerce.checkout import By, NoAddress, NotForSale, NothingToBuy, PriceChanged, Want
from siyu.features.commerce.models import Line, Listing, Movement, Order, Reservation, Selection, Stock, Variant
from siyu.features.commerce.pricing.holding import SoldOut
from siyu.kit.refusals import KeyReused
from tests.features.shop.brand import NOW, money, order, pay

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
LATER = NOW + timedelta(hours=1)


def left(variant: int, store) -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "reserved").get(product__variant=variant, store=store)


def names() -> list[str]:
    return list(
        Entry.objects.exclude(name__in=["product.listed", "person.appeared"])
        .order_by("pk")
        .values_list("name", flat=True)
    )[2:]


def test_it_works(shop, till):
    made = order(shop, (shop.tea, 2), (shop.big, 1))
    assert (made.amount, made.discount, made.shipping, made.placed_at) == (1800 + 2500, 200, 0, None)
    assert left(shop.tea, shop.warehouse) == (5, 2)
    pay(made)
    assert (made.placed_at, left(shop.tea, shop.warehouse), left(shop.big, shop.warehouse)) == (NOW, (3, 0), (4, 0))
    assert list(Movement.objects.filter(order=made).order_by("stock").values_list("quantity", flat=True)) == [-2, -1]
    assert list(Line.objects.order_by("ordinal").values_list("amount", "discount", "cost")) == [
        (1800, 200, 800),
        (2500, 0, None),
    ]
    assert names() == ["order.opened", "order.placed", "order.costed", "payment.settled"]


def test_each_line_says_why_it_costs_what_it_costs(shop):
    quote = checkout.quote(wants=[Want(shop.tea, 2)], identity=shop.alice, by=shop.shipped, at=NOW)
    [line] = quote.lines
    assert (line.listed, [(s.rule, s.amount) for s in line.steps], line.amount) == (
        2000,
        [("member_price", -200)],
        1800,
    )
    stranger = checkout.quote(wants=[Want(shop.tea, 2)], identity=None, by=shop.shipped, at=NOW)
    assert stranger.total == 2000


def test_a_promotion_lasts_as_long_as_its_budget(shop):
    product = Variant.objects.get(pk=shop.tea).product_id
    chosen = catalogue.select(product=product, price=500, budget=500, begins_at=NOW, ends_at=LATER)
    made = order(shop, (shop.tea, 1))
    assert made.amount == 500
    assert Selection.objects.get(pk=chosen.pk).spent == 400
    assert order(shop, (shop.tea, 1), key="second").amount == 900
    checkout.lapse(LATER)
    assert Selection.objects.get(pk=chosen.pk).spent == 0


def test_a_spent_promotion_hides_no_other(shop):
    product = Variant.objects.get(pk=shop.tea).product_id
    catalogue.select(product=product, price=100, budget=0, begins_at=NOW, ends_at=LATER)
    catalogue.select(product=product, price=700, budget=500, begins_at=NOW, ends_at=LATER)
    assert order(shop, (shop.tea, 1)).amount == 700


def test_one_sum_of_money_pays_once(shop, till):
    first, _ = payments.begin(order=order(shop), gateway="till", at=NOW)
    second, _ = payments.begin(order=order(shop, key="other"), gateway="till", at=NOW)
    payments.paid(gateway="till", money=money(first, "receipt"), at=NOW)
    with pytest.raises(payments.WrongAmount):
        payments.paid(gateway="till", money=money(second, "receipt"), at=NOW)


def test_the_same_key_is_the_same_order(shop):
    first = order(shop, (shop.tea, 2))
    assert order(shop, (shop.tea, 2)) == first
    assert left(shop.tea, shop.warehouse) == (5, 2)
    with pytest.raises(KeyReused):
        order(shop, (shop.tea, 1))


def test_another_member_may_use_the_same_key(shop):
    assert order(shop).pk != order(shop, who=shop.bob).pk


def test_what_was_not_agreed_to_is_not_sold(shop):
    agreed = {"wants": [Want(shop.tea, 1)], "identity": shop.alice, "by": shop.shipped, "key": "k", "at": NOW}
    with pytest.raises(PriceChanged):
        checkout.check_out(**agreed, expected=1)
    with pytest.raises(SoldOut):
        order(shop, (shop.tea, 6))
    with pytest.raises(NothingToBuy):
        order(shop, (shop.tea, -1))
    with pytest.raises(NoAddress):
        order(shop, by=By("ship"))
    with pytest.raises(NoAddress):
        order(shop, by=By("pick_up", store=shop.warehouse.pk))
    with pytest.raises(NoAddress):
        order(shop, by=By())
    catalogue.withdraw(listing=Listing.objects.get(title="Tea").pk, at=NOW)
    with pytest.raises(NotForSale):
        order(shop)
    assert not Order.objects.exists()
    assert not Stock.objects.filter(reserved__gt=0).exists()


def test_an_order_that_nobody_pays_lapses(shop):
    made = order(shop, (shop.tea, 2))
    assert checkout.lapse(NOW) == 0
    assert checkout.lapse(LATER) == 1
    assert checkout.lapse(LATER) == 0
    made.refresh_from_db()
    assert (made.closed_because, left(shop.tea, shop.warehouse)) == ("lapsed", (5, 0))
    assert set(Reservation.objects.values_list("state", flat=True)) == {"released"}
    with pytest.raises(payments.NotPayable):
        payments.begin(order=made, gateway="cash", at=LATER) if "cash" in payments.GATEWAYS else payments.attempt(
            order=made.pk, gateway="till", at=LATER
        )


def test_money_that_comes_late_still_buys_what_is_there(shop, till):
    made = order(shop, (shop.tea, 5))
    payment, _ = payments.begin(order=made, gateway="till", at=NOW)
    checkout.lapse(LATER)
    assert payments.paid(gateway="till", money=money(payment), at=LATER) == "settled"
    made.refresh_from_db()
    assert (made.placed_at, made.closed_at, left(shop.tea, shop.warehouse)) == (LATER, None, (0, 0))


def test_money_that_comes_too_late_goes_back(shop, till):
    made = order(shop, (shop.tea, 5))
    payment, _ = payments.begin(order=made, gateway="till", at=NOW)
    checkout.lapse(LATER)
    order(shop, (shop.tea, 1), who=shop.bob, at=LATER)
    for _ in range(2):
        assert payments.paid(gateway="till", money=money(payment), at=LATER) in ("returned", "known")
    assert payments.give_back_due(LATER) == 1
    assert payments.give_back_due(LATER) == 0
    assert till.given == {f"{payment.number}-late": payment.amount}
    made.refresh_from_db()
    assert (made.placed_at, left(shop.tea, shop.warehouse)) == (None, (5, 1))
    assert names()[-1] == "money.returned"


def test_who_pays_twice_gets_one_back(shop, till):
    made = order(shop)
    first, _ = payments.begin(order=made, gateway="till", at=NOW)
    pay(made)
    second = type(first).objects.create(
        order=made, gateway="till", number="other", amount=first.amount, currency="CNY", begun_at=NOW
    )
    assert payments.paid(gateway="till", money=money(second), at=NOW) == "returned"
    payments.give_back_due(NOW)
    assert till.given == {"other-late": second.amount}


def test_money_of_another_amount_is_not_booked(shop, till):
    payment, _ = payments.begin(order=order(shop), gateway="till", at=NOW)
    for wrong in (money(payment)._replace(amount=1), money(payment)._replace(currency="USD")):
        with pytest.raises(payments.WrongAmount):
            payments.paid(gateway="till", money=wrong, at=NOW)
    with pytest.raises(payments.NoSuchPayment):
        payments.paid(gateway="other", money=money(payment), at=NOW)
    assert not Order.objects.exclude(placed_at=None).exists()


def test_a_lost_callback_is_asked_for(shop, till):
    made = order(shop)
    payment, _ = payments.begin(order=made, gateway="till", at=NOW)
    assert payments.ask_again(NOW + timedelta(minutes=1)) == 0
    till.has[payment.number] = money(payment)
    assert payments.ask_again(NOW + timedelta(minutes=2)) == 1
    made.refresh_from_db()
    assert made.placed_at


def test_money_whose_callback_was_lost_finds_a_closed_order(shop, till):
    lapsed, cancelled = order(shop), order(shop, key="2")
    begun = [payments.begin(order=made, gateway="till", at=NOW)[0] for made in (lapsed, cancelled)]
    refunds.cancel(order=cancelled.pk, by="buyer", at=NOW)
    later = NOW + timedelta(hours=1)
    checkout.lapse(later)
    till.has = {payment.number: money(payment) for payment in begun}
    assert payments.ask_again(later + timedelta(hours=5)) == 0
    assert payments.ask_again(later) == 1
    lapsed.refresh_from_db()
    begun[1].refresh_from_db()
    assert lapsed.placed_at and begun[1].returned == begun[1].amount


def test_a_gateway_that_is_slow_is_asked_again(shop, till):
    payment = pay(order(shop))
    payments.return_money(payment, 100, key="x", reason="refund", at=NOW)
    till.slow = True
    assert payments.give_back_due(NOW) == 1
    assert payments.give_back_due(NOW) == 0
    till.slow = False
    assert payments.give_back_due(NOW + timedelta(minutes=1)) == 1
    assert (till.asked, till.given) == (2, {f"{payment.number}-x": 100})
    with pytest.raises(payments.WrongAmount):
        payments.return_money(payment, payment.amount, key="y", reason="refund", at=NOW)


def test_a_form_sent_twice_adds_once(shop):
    mine = Owner(shop.alice)
    for key in ("one", "one", "two", ""):
        carts.add(owner=mine, variant=shop.tea, quantity=2, key=key, at=NOW)
    assert carts.wants(mine) == [Want(shop.tea, 6)]
    carts.add(owner=mine, variant=shop.big, quantity=1, key="one", at=NOW)
    assert carts.wants(mine) == [Want(shop.tea, 6), Want(shop.big, 1)]


def test_a_cart_comes_along_when_its_owner_signs_in(shop):
    visitor = Owner(cookie="browser")
    carts.add(owner=visitor, variant=shop.tea, quantity=1, at=NOW)
    assert carts.add(owner=visitor, variant=shop.tea, quantity=2, at=NOW) == 3
    carts.add(owner=Owner(shop.alice), variant=shop.tea, quantity=1, at=NOW)
    carts.add(owner=Owner(shop.alice), variant=shop.big, quantity=1, at=NOW)
    carts.bring_along(cookie="browser", identity=shop.alice, at=NOW)
    assert sorted(carts.wants(Owner(shop.alice))) == sorted([Want(shop.tea, 3), Want(shop.big, 1)])
    assert carts.wants(visitor) == []
    order(shop, (shop.tea, 3))
    assert carts.wants(Owner(shop.alice)) == [Want(shop.big, 1)]
