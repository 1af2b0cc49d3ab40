"""Whatever happens to coupons and their orders, in any order and heard of however late or often: codes, budgets and
orders agree with a model and with each other."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from siyu.core.eventlog.models import Entry
from siyu.core.ledger.models import Account
from siyu.core.ledger.models import Entry as Posted
from siyu.features.commerce import checkout, payments, refunds
from siyu.features.commerce.models import Order, PriceStep
from siyu.features.loyalty.coupons import issuing, writing
from siyu.features.loyalty.coupons.reversing import reverse
from siyu.features.loyalty.models import CouponCode, CouponTemplate
from siyu.kit import money
from siyu.kit.refusals import Refused
from tests.features.coupons.wallet import money_of, published, quoted
from tests.features.shop.brand import NOW, Till, open_shop
from tests.features.shop.brand import money as paid_money

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PICK = st.integers(0, 5)
WHO = st.booleans()


class Coupons(RuleBasedStateMachine):
    """The model knows what an order holds: {order: {code: amount}}, and which of its pieces went back."""

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.shop, self.at = open_shop(pieces=50), NOW
        payments.add(Till())
        self.templates = [
            published(title="cap", kind="percent", worth=2000, cap=400, budget=900, each=3, stacks=True, returns=True),
            published(title="one", worth=500, budget=700, each=2, count=3, stacks=True),
            published(title="house", worth=250, minimum=2500, ends_at=None, days=1, each=2, returns=True),
            published(title="word", worth=333, word="WORD", group="g", stacks=True, budget=10_000, each=2),
        ]
        self.orders: list[int] = []
        self.holds: dict[int, dict[int, int]] = {}
        self.stands: dict[int, str] = {}
        self.keys = 0

    def teardown(self) -> None:
        del payments.GATEWAYS["till"]
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def tries(self, verb: Callable[..., Any], **wish: Any) -> Any:
        """A refusal changes nothing."""
        before = self.rows()
        try:
            with transaction.atomic():
                return verb(**wish)
        except Refused:
            assert self.rows() == before
            return None

    def rows(self) -> list[Any]:
        tables = (CouponTemplate, CouponCode, Order, Account, Posted)
        return [Entry.objects.count(), *(list(table.objects.order_by("pk").values()) for table in tables)]

    def who(self, bob: bool) -> int:
        return self.shop.bob if bob else self.shop.alice

    @rule(pick=PICK, bob=WHO)
    def issue(self, pick: int, bob: bool) -> None:
        self.keys += 1
        template = self.templates[pick % len(self.templates)]
        self.tries(
            issuing.issue, template=template.pk, identity=self.who(bob), key=f"k{self.keys}", because="hand", at=self.at
        )

    @rule(bob=WHO)
    def claim(self, bob: bool) -> None:
        self.tries(issuing.claim, identity=self.who(bob), text="word", at=self.at)

    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        codes = list(CouponCode.objects.order_by("pk"))
        if codes:
            self.tries(issuing.void, code=codes[pick % len(codes)].pk, at=self.at)

    @rule(bob=WHO, quantity=st.integers(1, 3), tea=st.booleans())
    def buy(self, bob: bool, quantity: int, tea: bool) -> None:
        self.keys += 1
        wants = [(self.shop.big, quantity), (self.shop.tea, 1)][: 1 + tea]
        agreed = quoted(self.shop, *wants, who=self.who(bob), at=self.at)
        order = self.tries(
            checkout.check_out, identity=self.who(bob), wants=[checkout.Want(*want) for want in wants],
            by=self.shop.fetched, expected=agreed.total, key=f"k{self.keys}", at=self.at,
        )  # fmt: skip
        if order:
            self.orders.append(order.pk)
            self.stands[order.pk] = "open"
            steps = [step for step in agreed.steps if step.rule == "coupon"]
            self.holds[order.pk] = dict(sum((Counter({s.subject: -s.amount}) for s in steps), Counter()))

    @rule(pick=PICK)
    def pay(self, pick: int) -> None:
        """Also one that has lapsed: then it gets its coupons back, or the money goes back."""
        if not self.orders:
            return
        order = Order.objects.get(pk=self.orders[pick % len(self.orders)])
        if self.stands[order.pk] == "open":
            payments.begin(order=order, gateway="till", at=self.at)
        payment = order.payments.filter(paid_at=None).order_by("pk").first()
        if payment and payments.paid(gateway="till", money=paid_money(payment), at=self.at) == "settled":
            self.stands[order.pk] = "paid"

    @rule()
    def lapse(self) -> None:
        self.at += timedelta(minutes=40)
        checkout.lapse(self.at)
        self.stands |= {order: "lapsed" for order, stands in self.stands.items() if stands == "open"}

    @rule()
    def a_day(self) -> None:
        self.lapse()
        self.at += timedelta(days=1)
        issuing.expire_due(self.at)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if self.orders:
            order = self.orders[pick % len(self.orders)]
            if self.tries(refunds.cancel, order=order, by="lin", at=self.at):
                self.stands[order] = {"open": "lapsed", "paid": "cancelled"}.get(self.stands[order], self.stands[order])

    @rule(pick=PICK, line=st.integers(0, 1), pieces=st.integers(1, 2))
    def refund(self, pick: int, line: int, pieces: int) -> None:
        self.keys += 1
        if self.orders:
            order = self.orders[pick % len(self.orders)]
            self.tries(
                refunds.refund, order=order, pieces={line: pieces}, key=f"k{self.keys}", reason="", by="lin", at=self.at
            )

    @rule(pick=PICK)
    def hear(self, pick: int) -> None:
        if self.orders:
            reverse(order=self.orders[pick % len(self.orders)], at=self.at)

    @rule(pick=PICK)
    def close(self, pick: int) -> None:
        if pick == 0:
            writing.close(template=self.templates[1].pk, at=self.at)

    @invariant()
    def codes_stand_as_their_orders_do(self) -> None:
        for code in CouponCode.objects.filter(order__isnull=False).order_by("pk"):
            assert code.amount == self.holds[code.order_id][code.pk]
            wanted = {"open": ["reserved"], "paid": ["redeemed", "reversed"], "cancelled": ["redeemed", "reversed"]}
            assert code.state in wanted[self.stands[code.order_id]]
        for order, stands in self.stands.items():
            held = CouponCode.objects.filter(order=order).count()
            assert held == {"open": len(self.holds[order]), "lapsed": 0}.get(stands, held)

    @invariant()
    def budgets_are_where_the_codes_say(self) -> None:
        for template in self.templates:
            codes = CouponCode.objects.filter(template=template)
            reserved = codes.filter(state="reserved").aggregate(sum=Sum("amount"))["sum"] or 0
            used = codes.filter(state__in=["redeemed", "reversed"]).aggregate(off=Sum("amount"), back=Sum("back"))
            stands = money_of(template)
            assert (stands["reserved"], stands["cost"]) == (reserved, (used["off"] or 0) - (used["back"] or 0))
            if template.budget is not None:
                assert sum(stands.values()) == template.budget

    @invariant()
    def when_all_is_heard_nothing_is_owed(self) -> None:
        """What a budget has paid is what the pieces that are still out were cheaper by."""
        with transaction.atomic():
            for order in self.orders:
                reverse(order=order, at=self.at)
            cost = sum(money_of(template)["cost"] for template in self.templates)
            assert cost == sum(map(still_off, self.orders))
            transaction.set_rollback(True)

    @invariant()
    def no_more_is_out_than_may_be(self) -> None:
        for template in CouponTemplate.objects.order_by("pk"):
            codes = CouponCode.objects.filter(template=template)
            assert codes.count() == template.issued <= (template.count or template.issued)
            for who in (self.shop.alice, self.shop.bob):
                assert codes.filter(identity=who).exclude(state="void").count() <= template.each

    @invariant()
    def the_books_sum_to_zero(self) -> None:
        assert (Account.objects.aggregate(sum=Sum("balance"))["sum"] or 0) == 0


def still_off(order: int) -> int:
    one = Order.objects.get(pk=order)
    if one.placed_at is None or one.cancelled_at:
        return 0
    steps = PriceStep.objects.filter(line__order=order, rule="coupon").order_by("pk")
    rows = steps.values_list("amount", "line__quantity", "line__returned")
    return sum(sum(money.split(-amount, [1] * quantity)[returned:]) for amount, quantity, returned in rows)


def test_codes_budgets_and_orders_agree():
    run_state_machine_as_test(Coupons, settings=settings(max_examples=5, stateful_step_count=20))
