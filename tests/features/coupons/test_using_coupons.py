from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.eventlog.react import enrol, react
from siyu.features.commerce import checkout, payments, refunds
from siyu.features.commerce.models import Line, Order
from siyu.features.loyalty.coupons import issuing, purse, writing
from siyu.features.loyalty.coupons.pricing import CouponGone
from siyu.features.loyalty.coupons.reversing import reverse
from siyu.features.loyalty.models import CouponCode
from siyu.kit.refusals import KeyReused
from tests.features.coupons.wallet import LATER, bought, given, issued, money_of, now, published, quoted, written
from tests.features.shop.brand import NOW, money, pay

heard = pytest.mark.django_db(databases="__all__", transaction=True)
"""What was said is heard once its transaction is over."""


def said(name: str) -> int:
    return Entry.objects.filter(name=name).count()


def test_it_works(shop, till):
    code = given(shop.alice, budget=1000)
    template = code.template
    assert money_of(template) == {"budget": 1000, "reserved": 0, "cost": 0}
    order = bought(shop)
    assert (order.amount, order.discount) == (2200, 300)
    assert (now(code).state, code.order_id, code.amount) == ("reserved", order.pk, 300)
    assert money_of(template) == {"budget": 700, "reserved": 300, "cost": 0}
    pay(order)
    assert now(code).state == "redeemed"
    assert money_of(template) == {"budget": 700, "reserved": 0, "cost": 300}
    names = ["coupon.published", "coupon.issued", "coupon.reserved", "coupon.redeemed"]
    assert [said(name) for name in names] == [1, 1, 1, 1]
    assert code.text in Entry.objects.get(name="order.placed").body


def test_a_retry_of_the_order_is_no_second_use(shop):
    code = given(shop.alice, budget=1000)
    assert bought(shop, codes=(code.text,)).pk == bought_again(shop, code).pk
    assert money_of(code.template)["reserved"] == 300
    assert said("coupon.reserved") == 1


def bought_again(shop, code: CouponCode) -> Order:
    return checkout.check_out(
        identity=shop.alice, wants=[checkout.Want(shop.big, 1)], by=shop.fetched, expected=2200, key="k",
        codes=(code.text,), at=NOW,
    )  # fmt: skip


def test_an_order_that_lapses_lets_go_and_one_paid_late_takes_again(shop, till):
    code = given(shop.alice, budget=300)
    order = bought(shop)
    payment, _ = payments.begin(order=order, gateway="till", at=NOW)
    late = order.until + timedelta(minutes=1)
    assert checkout.lapse(late) == 1
    assert (now(code).state, code.order_id) == ("issued", None)
    assert money_of(code.template) == {"budget": 300, "reserved": 0, "cost": 0}
    assert payments.paid(gateway="till", money=money(payment), at=late) == "settled"
    assert (now(code).state, code.turn) == ("redeemed", 2)
    assert money_of(code.template) == {"budget": 0, "reserved": 0, "cost": 300}


def test_a_code_that_another_order_took_meanwhile_sends_late_money_back(shop, till):
    code = given(shop.alice, budget=600)
    order = bought(shop)
    payment, _ = payments.begin(order=order, gateway="till", at=NOW)
    late = order.until + timedelta(minutes=1)
    checkout.lapse(late)
    second = bought(shop, key="second", at=late)
    assert now(code).order_id == second.pk
    assert payments.paid(gateway="till", money=money(payment), at=late) == "returned"
    assert now(code).order_id == second.pk


@heard
def test_parts_that_go_back_give_the_budget_their_share(shop, till):
    enrol()
    code = given(shop.alice, worth=1000, budget=1000)
    order = bought(shop, (shop.big, 3))
    pay(order)
    lines = Line.objects.filter(order=order).values_list("amount", "discount")
    assert list(lines) == [(6500, 1000)]
    for n in range(2):
        made = refunds.refund(order=order.pk, pieces={0: 1}, key=str(n), reason="", by="lin", at=NOW)
        assert made.amount == [2167, 2167][n]
        assert react() and not react()
    assert (now(code).state, code.back) == ("redeemed", 334 + 333)
    assert money_of(code.template) == {"budget": 667, "reserved": 0, "cost": 333}


@pytest.mark.parametrize("returns", [True, False])
def test_an_order_that_goes_back_whole_gives_the_code_back_if_the_template_says_so(shop, till, returns):
    code = given(shop.alice, budget=1000, returns=returns)
    order = bought(shop)
    pay(order)
    refunds.refund(order=order.pk, pieces={0: 1}, key="r", reason="", by="lin", at=NOW)
    for _ in range(2):
        reverse(order=order.pk, at=NOW)
    assert now(code).state == ("issued" if returns else "reversed")
    assert money_of(code.template) == {"budget": 1000, "reserved": 0, "cost": 0}
    assert said("coupon.reversed") == 1
    assert quoted(shop).discount == (300 if returns else 0)


@heard
def test_a_cancelled_order_gives_all_of_it_back(shop, till):
    enrol()
    code = given(shop.alice, budget=1000, returns=True)
    order = bought(shop)
    pay(order)
    refunds.cancel(order=order.pk, by="lin", at=NOW)
    react()
    assert now(code).state == "issued"
    assert money_of(code.template)["budget"] == 1000
    assert bought(shop, key="again").discount == 300


def test_a_code_that_came_back_late_cannot_be_used_again(shop, till):
    code = given(shop.alice, returns=True)
    order = bought(shop)
    pay(order)
    refunds.refund(order=order.pk, pieces={0: 1}, key="r", reason="", by="lin", at=LATER)
    reverse(order=order.pk, at=LATER)
    assert now(code).state == "reversed"


def test_who_pays_without_a_budget_draws_on_the_house(shop, till):
    code = given(shop.alice)
    pay(bought(shop))
    assert money_of(code.template) == {"budget": 0, "reserved": 0, "cost": 300}


def test_a_spent_budget_is_no_discount_and_takes_nothing_from_anybody(shop):
    template = published(budget=400)
    issued(template, shop.alice)
    other = issued(template, shop.bob)
    assert bought(shop).discount == 300
    assert quoted(shop, who=shop.bob).discount == 0
    order = Order(pk=0, identity_id=shop.bob)
    other.order, other.amount, other.turn = order, 300, 1
    with pytest.raises(purse.BudgetSpent):
        purse.reserve([other], NOW)
    assert money_of(template) == {"budget": 100, "reserved": 300, "cost": 0}


def test_another_members_code_is_nobodys(shop):
    code = given(shop.bob)
    assert quoted(shop, codes=(code.text,)).discount == 0
    with pytest.raises(issuing.NoSuchCode):
        issuing.claim(identity=shop.alice, text=code.text, at=NOW)


def test_a_code_that_was_used_meanwhile_is_gone(shop):
    code = given(shop.alice)
    agreed = quoted(shop)
    issuing.void(code=code.pk, at=NOW)
    with pytest.raises(CouponGone):
        from siyu.features.commerce import pricing

        order = Order.objects.create(
            source="shop", number="x", identity_id=shop.alice, opened_at=NOW, amount=2200, discount=300,
            currency="CNY", digest="x",
        )  # fmt: skip
        pricing.RULES["coupon"].reserve(order, agreed.basket, agreed.steps)


def test_nothing_is_used_that_the_buyer_does_not_want(shop):
    given(shop.alice)
    assert quoted(shop, codes=("-",)).discount == 0


def test_an_order_costs_at_least_one(shop):
    given(shop.alice, worth=10**9)
    assert quoted(shop).amount == 1


def test_prices_of_the_house_come_first(shop):
    """Members pay 9.00 for a tea; a tenth off that."""
    given(shop.alice, kind="percent", worth=1000)
    lines = quoted(shop, (shop.tea, 1)).lines
    assert [(step.rule, step.amount) for step in lines[0].steps] == [("member_price", -100), ("coupon", -90)]


class TestIssuing:
    def test_once_per_key(self, shop):
        template = published(each=2)
        assert issued(template, shop.alice).pk == issued(template, shop.alice).pk
        with pytest.raises(KeyReused):
            issued(template, shop.bob, key=f"test:{template.pk}:{shop.alice}")

    def test_no_more_than_a_member_may_have(self, shop):
        template = published(each=2)
        codes = [issued(template, shop.alice, key) for key in "ab"]
        assert [code.n for code in codes] == [1, 2]
        with pytest.raises(issuing.EnoughOfIt):
            issued(template, shop.alice, "c")
        issuing.void(code=codes[0].pk, at=NOW)
        assert issued(template, shop.alice, "d").n == 1

    def test_no_more_than_there_are(self, shop):
        template = published(count=1)
        issued(template, shop.alice)
        with pytest.raises(issuing.NoneLeft):
            issued(template, shop.bob)

    def test_only_to_members(self, shop):
        with pytest.raises(issuing.NotAMember):
            issued(published(), 10**9)

    @pytest.mark.parametrize("days", [-1, 0])
    def test_not_a_draft_nor_when_it_is_over(self, shop, days):
        template = written() if days else published()
        with pytest.raises(issuing.NotIssued):
            issued(template, shop.alice, at=LATER)

    def test_not_when_it_is_closed_but_what_is_out_holds(self, shop):
        code = given(shop.alice)
        writing.close(template=code.template_id, at=NOW)
        with pytest.raises(issuing.NotIssued):
            issued(code.template, shop.bob)
        assert quoted(shop).discount == 300

    def test_days_count_from_when_it_can_be_used(self, shop):
        begins = NOW + timedelta(days=2)
        code = given(shop.alice, begins_at=begins, ends_at=None, days=7)
        assert (code.begins_at, code.expires_at) == (begins, begins + timedelta(days=7))
        assert quoted(shop).discount == 0
        assert quoted(shop, at=begins).discount == 300

    def test_what_nobody_used_expires(self, shop):
        code = given(shop.alice)
        assert issuing.expire_due(LATER - timedelta(seconds=1)) == 0
        assert issuing.expire_due(LATER) == 1
        assert issuing.expire_due(LATER) == 0
        assert (now(code).state, said("coupon.expired")) == ("expired", 1)


class TestClaiming:
    def test_a_word_for_everybody(self, shop):
        template = published(word="welcome10", count=2)
        mine = issuing.claim(identity=shop.alice, text=" Welcome10 ", at=NOW)
        assert issuing.claim(identity=shop.alice, text="WELCOME10", at=NOW).pk == mine.pk
        assert issuing.claim(identity=shop.bob, text="WELCOME10", at=NOW).template_id == template.pk
        bought(shop)
        assert now(mine).state == "reserved"

    def test_a_word_that_is_used_up_is_refused(self, shop, till):
        published(word="WELCOME10")
        issuing.claim(identity=shop.alice, text="WELCOME10", at=NOW)
        pay(bought(shop))
        with pytest.raises(issuing.EnoughOfIt):
            issuing.claim(identity=shop.alice, text="WELCOME10", at=NOW)

    def test_a_code_of_a_batch_is_whose_types_it_first(self, shop):
        template = published(count=10, ends_at=None, days=7)
        batch = issuing.generate(template=template.pk, codes=10, key="b", by="lin", at=NOW)
        assert issuing.generate(template=template.pk, codes=10, key="b", by="lin", at=NOW).pk == batch.pk
        with pytest.raises(issuing.NoneLeft):
            issuing.generate(template=template.pk, codes=1, key="c", by="lin", at=NOW)
        code = batch.codes.order_by("pk").first()
        mine = issuing.claim(identity=shop.alice, text=code.text.lower(), at=NOW + timedelta(days=30))
        assert (mine.identity_id, mine.expires_at) == (shop.alice, NOW + timedelta(days=37))
        with pytest.raises(issuing.NoSuchCode):
            issuing.claim(identity=shop.bob, text=code.text, at=NOW)
        assert issuing.claim(identity=shop.alice, text=code.text, at=NOW).pk == mine.pk

    def test_no_more_of_a_batch_than_a_member_may_have(self, shop):
        batch = issuing.generate(template=published().pk, codes=2, key="b", by="lin", at=NOW)
        first, second = batch.codes.order_by("pk")
        issuing.claim(identity=shop.alice, text=first.text, at=NOW)
        with pytest.raises(issuing.EnoughOfIt):
            issuing.claim(identity=shop.alice, text=second.text, at=NOW)
