"""Whatever the order in which members buy, pay, return and exchange, and in which the house hears of it, points end
where a clerk with a pencil would have them, who looks at what became of each order and knows nothing of lots and holds.

Verbs are killed between any two of their statements and said again.
"""

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from siyu.core.eventlog.models import Entry, Failure
from siyu.core.eventlog.react import REACTIONS, attempt, hears
from siyu.core.ledger.proving import prove
from siyu.core.people.models import Identity, Member
from siyu.core.team import keys
from siyu.core.team.actions import create_operator
from siyu.features.commerce import checkout, fulfilment, payments, refunds
from siyu.features.commerce.checkout import Want
from siyu.features.loyalty.points import earning, mall, ticking, writing
from siyu.interfaces.api.shapes import code
from siyu.kit.refusals import Refused
from tests.features.loyalty.people import settle
from tests.features.shop.brand import NOW, Till, money, open_shop

pytestmark = pytest.mark.django_db(databases="__all__")
HOME = {"name": "Li", "phone": "13800000000", "region": "Shanghai", "street": "Road 1"}
WAITS = timedelta(days=3)
MUG = 40
TEA = 900


@dataclass
class Bought:
    """What became of an order: all that the clerk knows."""

    order: object
    payment: object
    pieces: int
    points: int
    """That paid a part."""
    state: str = "open"
    back: int = 0
    refunds: list[int] = field(default_factory=list)
    received: bool = False

    @property
    def amount(self) -> int:
        return self.pieces * TEA - self.points

    @property
    def earned(self) -> int:
        """One for each 100 that were paid; of these stays what the money that stayed is of all, rounded down."""
        if self.state != "paid":
            return 0
        whole = self.amount // 100
        stayed = self.amount - sum(self.refunds)
        return whole * stayed // self.amount

    @property
    def spent(self) -> int:
        """Pieces share the points evenly, the first ones take what is left over and go back first."""
        if self.state != "paid":
            return 0
        each, over = divmod(self.points, self.pieces)
        return self.points - self.back * each - min(self.back, over)


class Killed(BaseException):
    """As a process is: nothing in between may catch it."""


@contextmanager
def killed_at(statement: int):
    """Once: what the database does when a connection is gone is to be let through."""
    coming = itertools.count()

    def wrapper(execute, sql, params, many, context):
        if next(coming) == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def till_done(verb, dies: int | None):
    """The verb's answer; killed before its statement of that number first, where it has so many."""
    if dies is not None:
        try:
            with killed_at(dies):
                return verb()
        except Killed:
            pass
    return verb()


DIES = st.none() | st.integers(0, 25)


class Shopping(RuleBasedStateMachine):
    @initialize()
    def open(self):
        self.before = transaction.savepoint_create()
        payments.GATEWAYS["till"] = Till()
        self.shop = open_shop(pieces=10**4)
        self.alice = self.shop.alice
        Member.objects.create(identity_id=self.alice, joined_at=NOW)
        writing.set_worth(worth=100, most_percent=50, by="lin", at=NOW)
        wish = {"title": "A point for each yuan", "event": "order.placed", "points": 1, "per": 100, "waits_days": 3}
        writing.publish(rule=writing.write(**wish, by="lin", at=NOW).pk, at=NOW)
        self.mug = mall.write(title="Mug", points=MUG, by="lin", at=NOW).pk
        self.bought: list[Bought] = []
        self.mugs: list[int] = []
        self.gifts, self.calls, self.now = 997, 0, NOW
        earning.give(identity=self.alice, points=self.gifts, key="first", at=NOW, because="hand:lin")
        lin, _ = create_operator(username="lin", owner=True, at=NOW)
        _, secret = keys.make(name="clerk", scopes=["points:read"], by=lin, at=NOW)
        self.api = {"Authorization": f"Bearer {secret}"}

    def has(self) -> dict[str, int]:
        person = Identity.objects.values_list("person_id", flat=True).get(pk=self.alice)
        return Client(headers=self.api).get(f"/api/people/{code('per', person)}/points").json()

    def key(self) -> str:
        self.calls += 1
        return f"call {self.calls}"

    def some(self, *states: str) -> list[Bought]:
        return [one for one in self.bought if one.state in states]

    @rule(points=st.integers(1, 500), dies=DIES)
    def gift(self, points, dies):
        wish = {"identity": self.alice, "points": points, "key": self.key(), "at": self.now, "because": "hand:lin"}
        till_done(lambda: earning.give(**wish), dies)
        self.gifts += points

    @rule(pieces=st.integers(1, 3), points=st.integers(0, 400), dies=DIES, pays=st.booleans())
    def buy(self, pieces, points, dies, pays):
        asked = {"wants": [Want(self.shop.tea, pieces)], "identity": self.alice, "by": self.shop.fetched}
        asked |= {"codes": (f"points:{points}",) if points else (), "at": self.now}
        usable = min(points, self.has()["available"], pieces * TEA // 2)
        total, key = checkout.quote(**asked).total, self.key()
        assert total == pieces * TEA - usable
        made = till_done(lambda: checkout.check_out(**asked, expected=total, key=key), dies)
        assert checkout.check_out(**asked, expected=total, key=key) == made
        payment, _ = payments.begin(order=made, gateway="till", at=self.now)
        self.bought.append(one := Bought(made.pk, payment, pieces, usable))
        if pays:
            self.settle_bill(one, dies)

    @precondition(lambda self: self.some("open"))
    @rule(data=st.data(), dies=DIES)
    def pay(self, data, dies):
        self.settle_bill(data.draw(st.sampled_from(self.some("open"))), dies)

    def settle_bill(self, one, dies):
        for _ in range(2):
            till_done(lambda: payments.paid(gateway="till", money=money(one.payment), at=self.now), dies)
        one.state = "paid"

    @precondition(lambda self: self.some("open"))
    @rule()
    def forget_to_pay(self):
        self.now += timedelta(days=1)
        checkout.lapse(self.now)
        for one in self.some("open"):
            one.state = "lapsed"

    @precondition(lambda self: self.some("paid"))
    @rule(data=st.data(), pieces=st.integers(1, 3), dies=DIES)
    def send_back(self, data, pieces, dies):
        one = data.draw(st.sampled_from(self.some("paid")))
        wish = {"order": one.order, "pieces": {0: pieces}, "key": self.key(), "reason": "broken", "by": "lin"}
        if one.back + pieces > one.pieces:
            with pytest.raises(Refused):
                refunds.refund(**wish, at=self.now)
            return
        made = till_done(lambda: refunds.refund(**wish, at=self.now), dies)
        assert refunds.refund(**wish, at=self.now) == made
        one.back += pieces
        one.refunds.append(made.amount)

    @precondition(lambda self: [one for one in self.some("paid") if not one.received and not one.back])
    @rule(data=st.data())
    def fetch(self, data):
        one = data.draw(st.sampled_from([o for o in self.some("paid") if not o.received and not o.back]))
        fulfilment.make_ready(order=one.order, at=self.now)
        fulfilment.hand_over(order=one.order, by="lin", at=self.now)
        one.received = True

    @rule(dies=DIES)
    def exchange(self, dies):
        wish = {"item": self.mug, "identity": self.alice, "key": self.key(), "address": HOME, "at": self.now}
        if self.has()["available"] < MUG:
            with pytest.raises(Refused):
                mall.redeem(**wish)
            return
        made = till_done(lambda: mall.redeem(**wish), dies)
        assert mall.redeem(**wish) == made
        self.mugs.append(made.pk)

    @precondition(lambda self: self.mugs)
    @rule(data=st.data(), dies=DIES)
    def call_off(self, data, dies):
        one = data.draw(st.sampled_from(self.mugs))
        for _ in range(2):
            till_done(lambda: mall.reverse(redemption=one, by="lin", at=self.now), dies)
        self.mugs.remove(one)

    @rule(days=st.integers(1, 4))
    def wait(self, days):
        self.now += timedelta(days=days)
        for one in self.some("open"):
            one.state = "lapsed"
        checkout.lapse(self.now)
        ticking.tick(self.now)

    @rule(chance=st.integers(0, 10**6), part=st.sampled_from([0.2, 0.6, 1]))
    def hear(self, chance, part):
        """Some of what was said, in any order, whoever listens first."""
        random = Random(chance)
        heard = [(reaction, entry) for entry in Entry.objects.order_by("pk") for reaction in REACTIONS.values()]
        heard = [(one, entry) for one, entry in heard if hears(one, entry.name, entry.imported)]
        for reaction, entry in random.sample(heard, int(len(heard) * part)):
            attempt(reaction, entry)
        assert not Failure.objects.values_list("error", flat=True)

    def teardown(self):
        if not hasattr(self, "bought"):
            return
        try:
            self.compare()
        finally:
            transaction.savepoint_rollback(self.before)

    def compare(self):
        settle()
        has = self.has()
        assert prove(at=self.now).findings == []
        earned = sum(one.earned for one in self.bought)
        spent = sum(one.spent for one in self.bought) + MUG * len(self.mugs)
        assert has["available"] + has["pending"] - has["owed"] + has["held"] == self.gifts + earned - spent
        assert has["held"] == sum(one.points for one in self.some("open"))
        assert has["owed"] == 0 or has["available"] == 0


class TestShopping(Shopping.TestCase, TestCase):
    databases = "__all__"
    settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
