"""Whatever happens to orders, in any order: the books agree with a model, with the log and with each other."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import catalogue, checkout, fulfilment, payments, refunds
from siyu.features.commerce.checkout import By
from siyu.features.commerce.models import (
    Line,
    MoneyBack,
    Movement,
    Order,
    Payment,
    Refund,
    RefundLine,
    RefundRequest,
    Reservation,
    Selection,
    Stock,
    Variant,
    Voucher,
)
from siyu.features.commerce.payments import LONGEST_PAUSE, Money
from siyu.kit.refusals import Refused
from tests.features.shop.brand import NOW, Till, open_shop, order
from tests.features.shop.test_sale_killed import Killed, dies_at

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PICK = st.integers(0, 5)
SOME = st.integers(1, 3)


class Orders(RuleBasedStateMachine):
    """The model knows of each order where it stands, and which pieces of it went back. Processes die on the way: the
    one that does the next thing, before its statement of the number `fatal`."""

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.shop, self.at = open_shop(pieces=4), NOW
        self.till = Till()
        payments.add(self.till)
        tea = Variant.objects.get(pk=self.shop.tea)
        catalogue.select(
            product=tea.product_id, price=500, budget=1_000, begins_at=NOW, ends_at=NOW + timedelta(days=99)
        )
        self.orders: list[int] = []
        self.payments: list[Payment] = []
        self.stands: dict[int, str] = {}
        self.back: Counter[int] = Counter()
        self.fatal = 0

    def teardown(self) -> None:
        del payments.GATEWAYS["till"]
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def tries(self, verb: Callable[..., Any], **wish: Any) -> Any:
        """A refusal changes nothing, and a death neither: whoever had no answer asks again."""
        before = self.rows()
        try:
            return self.dies(verb, **wish) if self.fatal else verb(**wish)
        except Killed:
            assert self.rows() == before
            return self.tries(verb, **wish)
        except Refused:
            assert self.rows() == before
            return None

    def dies(self, verb: Callable[..., Any], **wish: Any) -> Any:
        fatal, self.fatal = self.fatal, 0
        with transaction.atomic(), dies_at(fatal, after=False):  # as a database does when a process is gone
            return verb(**wish)

    @rule(statement=st.integers(1, 60))
    def the_next_one_dies(self, statement: int) -> None:
        self.fatal = statement

    def rows(self) -> list[Any]:
        tables = [Order, Stock, Selection, Payment, MoneyBack, Line, Voucher, RefundRequest]
        return [Entry.objects.count(), *(list(table.objects.order_by("pk").values()) for table in tables)]

    def chosen(self, pick: int) -> int:
        return self.orders[pick % len(self.orders)]

    # what buyers do

    @rule(what=st.sampled_from(["tea", "big", "lesson"]), pieces=SOME, fetched=st.booleans(), key=st.integers(0, 9))
    def check_out(self, what: str, pieces: int, fetched: bool, key: int) -> None:
        by = By() if what == "lesson" else self.shop.fetched if fetched else self.shop.shipped
        wanted = (getattr(self.shop, what), pieces)
        made = self.tries(lambda: order(self.shop, wanted, by=by, key=str(key), at=self.at))
        if made and made.pk not in self.stands:
            self.orders.append(made.pk)
            self.stands[made.pk] = "open"

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def begin(self, pick: int) -> None:
        begun = self.tries(payments.begin, order=Order.objects.get(pk=self.chosen(pick)), gateway="till", at=self.at)
        assert (begun is not None) == (self.stands[self.chosen(pick)] == "open")
        if begun and begun[0] not in self.payments:
            self.payments.append(begun[0])

    @precondition(lambda self: self.payments)
    @rule(pick=PICK, off=st.sampled_from([0, 0, 0, 1]))
    def money_comes(self, pick: int, off: int) -> None:
        """In time, late, twice, in another order than begun, or another sum."""
        it = self.payments[pick % len(self.payments)]
        known = Payment.objects.get(pk=it.pk).paid_at is not None
        came = Money(it.number, it.amount + off, it.currency, f"ref-{it.number}")
        answer = self.tries(payments.paid, gateway="till", money=came, at=self.at)
        if off:
            assert answer is None
        elif known:
            assert answer == "known"
        elif self.stands[it.order_id] == "open":
            assert answer == "settled"
        else:
            assert answer == "returned" or self.stands[it.order_id] == "lapsed"
        if answer == "settled":
            self.stands[it.order_id] = "paid"

    @rule(minutes=st.sampled_from([1, 20, 60]))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        due = Order.objects.filter(pk__in=[pk for pk in self.orders if self.stands[pk] == "open"], until__lte=self.at)
        gone = list(due.values_list("pk", flat=True))
        assert checkout.lapse(self.at) == len(gone)
        self.stands |= dict.fromkeys(gone, "lapsed")

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        pk = self.chosen(pick)
        given_up = self.tries(refunds.cancel, order=pk, by="alice", at=self.at)
        if given_up and self.stands[pk] in ("open", "paid"):
            self.stands[pk] = {"open": "closed", "paid": "cancelled"}[self.stands[pk]]
        assert (given_up is not None) == (self.stands[pk] in ("closed", "cancelled", "lapsed"))

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, pieces=SOME)
    def ask(self, pick: int, pieces: int) -> None:
        asked = self.tries(refunds.ask, order=self.chosen(pick), pieces={0: pieces}, reason="broken", at=self.at)
        assert asked is None or self.stands[self.chosen(pick)] in ("paid", "left")

    # what the shop does

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, way=st.sampled_from(["ship", "make_ready", "hand_over", "confirm_receipt"]))
    def deliver(self, pick: int, way: str) -> None:
        pk = self.chosen(pick)
        more = {"ship": {"carrier": "SF", "tracking": "1"}, "hand_over": {"by": "lin"}}.get(way, {})
        done = self.tries(getattr(fulfilment, way), order=pk, at=self.at, **more)
        if done and way != "make_ready":
            assert self.stands[pk] in ("paid", "left")
            self.stands[pk] = "left"

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def redeem(self, pick: int) -> None:
        rights = Voucher.objects.filter(line__order=self.chosen(pick)).order_by("pk").values_list("pk", flat=True)
        for voucher in rights[:1]:
            if self.tries(fulfilment.redeem, voucher=voucher, store=self.shop.corner, by="lin", at=self.at):
                assert self.stands[self.chosen(pick)] in ("paid", "left")
                self.stands[self.chosen(pick)] = "left"

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, pieces=SOME, key=st.integers(0, 3), restock=st.booleans(), shipping=st.booleans())
    def refund(self, pick: int, pieces: int, key: int, restock: bool, shipping: bool) -> None:
        pk = self.chosen(pick)
        known = Refund.objects.count()
        made = self.tries(
            refunds.refund, order=pk, pieces={0: pieces}, key=str(key), reason="", by="lin", at=self.at,
            restock=restock, shipping=shipping,
        )  # fmt: skip
        if made and Refund.objects.count() > known:
            self.went_back(pk, pieces)

    def went_back(self, pk: int, pieces: int) -> None:
        assert self.stands[pk] in ("paid", "left")
        self.stands[pk] = "left"
        self.back[pk] += pieces

    @precondition(lambda self: RefundRequest.objects.exists())
    @rule(grant=st.booleans())
    def decide(self, grant: bool) -> None:
        asked = RefundRequest.objects.order_by("-pk").first()
        assert asked
        if grant:
            if self.tries(refunds.grant, request=asked.pk, by="lin", at=self.at):
                self.went_back(asked.order_id, sum(asked.pieces.values()))
        else:
            self.tries(refunds.decline, request=asked.pk, answer="no", by="lin", at=self.at)

    @rule(fatal=st.integers(0, 15), after=st.booleans())
    def give_back(self, fatal: int, after: bool) -> None:
        """By a worker that dies between any two steps; the next one asks again with the same key."""
        try:
            with dies_at(fatal, after=after):
                payments.give_back_due(self.at)
        except Killed:
            self.time_passes(minutes=LONGEST_PAUSE // timedelta(minutes=1))
            payments.give_back_due(self.at)
        assert not MoneyBack.objects.filter(done_at=None).exists()

    # what always holds

    @invariant()
    def shelves_agree(self) -> None:
        for stock in Stock.objects.order_by("pk"):
            assert stock.on_hand == total(Movement.objects.filter(stock=stock), "quantity")
            live = Reservation.objects.filter(rule="stock", subject=stock.pk, state="reserved")
            assert stock.reserved == total(live, "quantity")

    @invariant()
    def budgets_agree(self) -> None:
        for chosen in Selection.objects.order_by("pk"):
            taken = Reservation.objects.filter(rule="promotion", subject=chosen.pk).exclude(state="released")
            assert chosen.spent == total(taken, "quantity") <= chosen.budget

    @invariant()
    def money_agrees(self) -> None:
        for payment in Payment.objects.select_related("order").order_by("pk"):
            backs = total(MoneyBack.objects.filter(payment=payment), "amount")
            assert payment.returned == backs <= (payment.amount if payment.paid_at else 0)
            assert payment.settles or payment.returned == (payment.amount if payment.paid_at else 0)
        assert total(Payment.objects.filter(settles=True), "amount") == total(
            Order.objects.exclude(placed_at=None), F("amount") + F("shipping")
        )
        assert sum(self.till.given.values()) == total(MoneyBack.objects.exclude(done_at=None), "amount")

    @invariant()
    def parts_are_the_whole(self) -> None:
        for line in Line.objects.order_by("pk"):
            parts = RefundLine.objects.filter(line=line)
            assert line.returned == total(parts, "quantity") == self.back[line.order_id]
            assert total(parts, "amount") <= line.amount
            assert line.returned < line.quantity or total(parts, "amount") == line.amount
        for refund in Refund.objects.order_by("pk"):
            assert refund.amount == total(refund.lines, "amount")
            assert refund.amount + refund.shipping == total(MoneyBack.objects.filter(refund=refund), "amount")

    @invariant()
    def orders_stand_where_the_model_says(self) -> None:
        for row in Order.objects.select_related("fulfilment").order_by("pk"):
            stands = self.stands[row.pk]
            assert bool(row.placed_at) == (stands in ("paid", "left", "cancelled"))
            assert bool(row.cancelled_at) == (stands == "cancelled")
            assert row.closed_because == {"closed": "cancelled", "lapsed": "lapsed"}.get(stands, "")
            assert Payment.objects.filter(order=row, settles=True).exists() == bool(row.placed_at)
            assert not row.fulfilment.shipped_at or stands == "left"

    @invariant()
    def the_log_agrees(self) -> None:
        said = Counter(Entry.objects.order_by("pk").values_list("name", flat=True))
        rows = Order.objects.order_by("pk")
        assert said["order.opened"] == rows.count()
        assert said["order.placed"] == said["payment.settled"] == rows.exclude(placed_at=None).count()
        assert said["order.cancelled"] == rows.exclude(cancelled_at=None).count()
        assert said["order.shipped"] == rows.exclude(fulfilment__shipped_at=None).count()
        assert said["order.received"] == rows.exclude(fulfilment__received_at=None).count()
        assert said["order.refunded"] == Refund.objects.count()
        assert said["voucher.redeemed"] == Voucher.objects.exclude(redeemed_at=None).count()
        assert said["money.returned"] == MoneyBack.objects.exclude(done_at=None).count()
        assert said["refund.asked"] == RefundRequest.objects.count()
        declined = RefundRequest.objects.filter(refund=None).exclude(decided_at=None)
        assert said["refund.declined"] == declined.count()
        bodies = Entry.objects.filter(name="order.refunded").values_list("body", flat=True)
        assert sum(json.loads(body)["amount"] for body in bodies) == total(Refund.objects, "amount")


def total(rows: Any, what: Any) -> int:
    return rows.aggregate(total=Sum(what))["total"] or 0


def test_the_books_agree_whatever_happens():
    small = settings(max_examples=8, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Orders, settings=small)
    assert not connection.in_atomic_block
