"""Points from an order to the mall, and all the ways back."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db.models import Sum

from siyu.core.ledger import wallets
from siyu.core.ledger.models import Account
from siyu.core.ledger.proving import prove
from siyu.core.people.models import Member
from siyu.features.commerce import checkout, fulfilment, payments, refunds
from siyu.features.commerce.checkout import Want
from siyu.features.loyalty.models import Earning
from siyu.features.loyalty.points import earning, mall, reversing, rules, ticking, writing
from tests.features.loyalty.people import settle
from tests.features.shop.brand import NOW, Till, money, open_shop, pay

pytestmark = pytest.mark.django_db(databases="__all__")
HOME = {"name": "Li", "phone": "13800000000", "region": "Shanghai", "street": "Road 1"}


@pytest.fixture
def shop():
    shop = open_shop(pieces=20)
    payments.add(Till())
    for who in (shop.alice, shop.bob):
        Member.objects.create(identity_id=who, joined_at=NOW)
    writing.set_worth(worth=100, most_percent=50, by="lin", at=NOW)
    return shop


def after(days: int):
    return NOW + timedelta(days=days)


def rule(**more):
    wish = {"title": "A point for each yuan", "event": "order.placed", "points": 1, "per": 100} | more
    return writing.publish(rule=writing.write(**wish, by="lin", at=NOW).pk, at=NOW)


def sold(shop, *wants, points: int = 0, key="k", at=NOW, by=None):
    asked = {"wants": [Want(*want) for want in wants], "identity": shop.alice, "by": by or shop.fetched, "at": at}
    asked["codes"] = (f"points:{points}",) if points else ()
    made = checkout.check_out(**asked, expected=checkout.quote(**asked).total, key=key)
    pay(made, at=at)
    return made


def refund(order, pieces, key, at):
    return refunds.refund(order=order.pk, pieces=pieces, key=key, reason="broken", by="lin", at=at)


def has(shop, **parts: int) -> None:
    found = wallets.balances(shop.alice)._asdict()
    assert {name: n for name, n in found.items() if n} == parts
    assert prove(at=NOW).findings == []


def given(shop, points: int, key: str = "gift"):
    return earning.give(identity=shop.alice, points=points, key=key, at=NOW, because="hand:lin", by="lin")


def test_an_order_earns_and_receipt_makes_it_usable(shop):
    rule(waits_days=7, lives_days=365)
    made = sold(shop, (shop.tea, 2))
    settle()
    has(shop, pending=18)
    fulfilment.make_ready(order=made.pk, at=after(1))
    fulfilment.hand_over(order=made.pk, by="lin", at=after(2))
    settle()
    assert ticking.tick(after(8)) == 0
    assert ticking.tick(after(9)) == 1
    has(shop, available=18)
    ticking.tick(after(9 + 365))
    has(shop, expired=18)


def test_a_reaction_that_runs_again_earns_nothing_more(shop):
    rule()
    made = sold(shop, (shop.tea, 2))
    for _ in range(3):
        body = {"subject": made.pk, "amount": made.amount}
        earning.for_event(name="order.placed", body=body, identity=shop.alice, position=5, at=NOW)
    has(shop, available=18)


def test_caps_hold_by_day_by_person_and_by_budget(shop):
    rule(title="day", event="member.checked_in", points=10, per=None, most_a_day=15)
    rule(title="person", event="day.made_up", points=10, per=None, most_a_person=25)
    rule(title="all", event="task.completed", points=10, per=None, most=35)
    for name in ("member.checked_in", "day.made_up", "task.completed"):
        for n in range(4):
            earning.for_event(name=name, body={}, identity=shop.alice, position=hash((name, n)) % 10**9, at=NOW)
    sums = dict(Earning.objects.values_list("rule__title").annotate(Sum("points")))
    assert sums == {"day": 15, "person": 25, "all": 35}
    has(shop, available=75)


def test_conditions_are_asked(shop):
    rule(where=[{"field": "amount", "op": ">=", "value": 2000}])
    sold(shop, (shop.tea, 2))
    settle()
    has(shop)
    sold(shop, (shop.big, 1), key="k2")
    settle()
    has(shop, available=25)


def test_points_pay_a_part_and_come_back_with_the_goods(shop):
    given(shop, 1000)
    made = sold(shop, (shop.tea, 2), (shop.big, 1), points=1000)
    assert made.discount == 200 + 1000
    has(shop, spent=1000)
    refund(made, {0: 1}, "a", after(1))
    settle()
    assert 0 < wallets.balances(shop.alice).available < 1000
    refund(made, {0: 1, 1: 1}, "b", after(2))
    settle()
    has(shop, available=1000)


def test_no_more_than_the_share_can_be_paid(shop):
    given(shop, 5000)
    made = sold(shop, (shop.tea, 2), points=5000)
    assert made.amount == 900
    has(shop, available=4100, spent=900)


def test_something_is_left_to_pay(shop):
    writing.set_worth(worth=100, most_percent=100, by="lin", at=NOW)
    given(shop, 5000)
    made = sold(shop, (shop.tea, 2), points=5000)
    assert made.amount == 1
    has(shop, available=5000 - 1799, spent=1799)


def test_an_order_that_lapses_lets_go_and_late_money_takes_again(shop):
    given(shop, 500)
    asked = {"wants": [Want(shop.tea, 2)], "identity": shop.alice, "by": shop.fetched, "codes": ("points:500",)}
    total = checkout.quote(**asked, at=NOW).total
    made = checkout.check_out(**asked, at=NOW, expected=total, key="k")
    payment, _ = payments.begin(order=made, gateway="till", at=NOW)
    has(shop, held=500)
    checkout.lapse(after(1))
    has(shop, available=500)
    payments.paid(gateway="till", money=money(payment), at=after(1))
    made.refresh_from_db()
    has(shop, **({"spent": 500} if made.placed_at else {"available": 500}))


def test_refunds_in_every_order_and_reactions_in_any_agree(shop):
    rule()
    seen = set()
    given(shop, 3000)
    for n, turns in enumerate(permutations([{0: 1}, {0: 2}, {1: 1}])):
        made = sold(shop, (shop.tea, 3), (shop.big, 1), points=300, key=f"order {n}")
        settle()
        for m, pieces in enumerate(turns[:2]):
            refund(made, pieces, f"{n} {m}", after(1))
        reversing.reverse(order=made.pk, at=after(1))
        settle()
        reversing.reverse(order=made.pk, at=after(1))
        one = Earning.objects.get(about=f"order:{made.pk}")
        seen.add((frozenset(p for pieces in turns[:2] for p in pieces.items()), one.points, one.reversed))
        refund(made, turns[2], f"{n} last", after(2))
        settle()
        one.refresh_from_db()
        assert one.reversed == one.points
    assert len(seen) == 3
    has(shop, available=3000, reversed=wallets.balances(shop.alice).reversed)


def test_what_a_free_order_earned_stays_until_it_is_cancelled():
    assert rules.to_take_back(10, 0, 0) == 0
    assert rules.to_take_back(10, 100, 100) == 10


def test_a_refund_that_is_heard_of_before_the_order_takes_all_the_same(shop):
    rule()
    made = sold(shop, (shop.tea, 2))
    refund(made, {0: 1}, "a", after(1))
    reversing.reverse(order=made.pk, at=after(1))
    settle()
    has(shop, available=9, reversed=9)


def test_the_mall_gives_each_piece_once(shop):
    given(shop, 1000)
    given_bob = earning.give(identity=shop.bob, points=1000, key="bob", at=NOW, because="hand:lin", by="lin")
    cup = mall.write(title="Cup", points=400, left=1, cost=900, by="lin", at=NOW)
    first = mall.redeem(item=cup.pk, identity=shop.alice, key="a", address=HOME, at=NOW)
    assert mall.redeem(item=cup.pk, identity=shop.alice, key="a", address=HOME, at=NOW) == first
    with pytest.raises(mall.ItemGone):
        mall.redeem(item=cup.pk, identity=given_bob.identity_id, key="b", address=HOME, at=NOW)
    has(shop, available=600, spent=400)
    mall.reverse(redemption=first.pk, by="lin", at=NOW)
    mall.reverse(redemption=first.pk, by="lin", at=NOW)
    cup.refresh_from_db()
    assert cup.left == 1
    has(shop, available=1000)


def test_the_mall_refuses(shop):
    given(shop, 100)
    dear = mall.write(title="Dear", points=400, by="lin", at=NOW)
    one = mall.write(title="One each", points=10, most_a_member=1, by="lin", at=NOW,
        gives=[{"kind": "points", "terms": {"amount": 5}}])  # fmt: skip
    with pytest.raises(wallets.NotEnough):
        mall.redeem(item=dear.pk, identity=shop.alice, key="a", address=HOME, at=NOW)
    with pytest.raises(mall.NoAddress):
        mall.redeem(item=dear.pk, identity=shop.alice, key="a", at=NOW)
    mall.redeem(item=one.pk, identity=shop.alice, key="b", at=NOW)
    with pytest.raises(mall.EnoughOfIt):
        mall.redeem(item=one.pk, identity=shop.alice, key="c", at=NOW)
    with pytest.raises(mall.NoSuchItem):
        mall.redeem(item=999, identity=shop.alice, key="d", at=NOW)
    has(shop, available=95, spent=10)


def test_whoever_has_points_to_lose_is_told_once(shop):
    earning.give(identity=shop.alice, points=70, key="g", at=NOW, because="hand:lin", lives_days=20)
    assert [ticking.remind(after(day)) for day in (1, 6, 7)] == [0, 1, 0]


def test_wrong_wishes_are_refused(shop):
    for wrong in ({"points": 0}, {"points": -5}, {"points": 10**9}):
        with pytest.raises(earning.BadPoints):
            earning.give(identity=shop.alice, key="x", at=NOW, because="hand:lin", **wrong)
    given(shop, 10)
    with pytest.raises(Exception, match="key"):
        given(shop, 11)
    with pytest.raises(earning.BadPoints):
        writing.write(title="", event="order.placed", points=5, by="lin", at=NOW)
    assert Account.objects.filter(kind="available").count() <= 1
