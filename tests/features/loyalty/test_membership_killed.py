"""A membership whose process dies between any two statements of buying and giving it back is in the end bought once,
has given once, and is given back once."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from siyu.core.eventlog.models import Entry
from siyu.core.eventlog.react import REACTIONS, attempt, hears
from siyu.core.ledger import wallets
from siyu.core.ledger.proving import prove
from siyu.core.people.models import Member
from siyu.core.people.numbers import number
from siyu.features.commerce import payments, refunds
from siyu.features.commerce.models import MoneyBack, Payment
from siyu.features.loyalty.membership import buying, plans
from siyu.features.loyalty.models import Earning, Grant, Membership, MembershipPlan, MembershipPurchase, MembershipTerm
from tests.features.shop.brand import NOW, Till, money, open_shop
from tests.features.shop.dying import Killed, dies_at

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
GIVES = [{"kind": "access", "terms": {"to": "the tea room"}}, {"kind": "points", "terms": {"amount": 50}}]
ONCE = ["order.opened", "order.placed", "payment.settled", "membership.bought", "points.earned", "order.refunded",
        "membership.refunded", "points.reversed", "money.returned"]  # fmt: skip


def buy(plan: MembershipPlan, who: int, begins: int, minutes: int) -> None:
    """A buyer, a gateway and a worker; each does it again when there was no answer."""
    at = NOW + timedelta(minutes=minutes)
    made = buying.buy(plan=plan.pk, identity=who, expected=plan.price, key="k", at=at)
    payment = Payment.objects.filter(order=made).first() or payments.begin(order=made, gateway="till", at=at)[0]
    payments.paid(gateway="till", money=money(payment), at=at)
    react(begins)


def give_back(who: int, begins: int, minutes: int) -> None:
    at = NOW + timedelta(hours=1, minutes=minutes)
    term = MembershipTerm.objects.get(membership__identity=who)
    refunds.refund(order=term.order_id, pieces={0: 1}, key="back", reason="", by="lin", at=at)
    react(begins)
    payments.give_back_due(at)


def react(begins: int) -> None:
    for entry in Entry.objects.filter(pk__gt=begins).order_by("pk"):
        for reaction in list(REACTIONS.values()):
            if hears(reaction, entry.name, entry.imported):
                attempt(reaction, entry)


def survives(deed, *said, dies: int) -> bool:
    """Whether it lived; where it did not, it is done again."""
    try:
        with dies_at(dies, after=False):
            deed(*said, 1)
            return True
    except Killed:
        connection.close()
        deed(*said, 2)
        return False


def test_it_ends_the_same():
    open_shop()
    payments.add(Till())
    wish = {"title": "Tea club", "tier": "senior", "period": "year", "price": 19900, "gives": GIVES}
    plan = plans.publish(plan=plans.write(**wish, by="lin", at=NOW).pk, at=NOW)
    for statement in count(1):
        who = number({("member", f"m{statement}"): NOW}, source="siyu")["member", f"m{statement}"]
        Member.objects.create(identity_id=who, joined_at=NOW)
        begins = Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]
        lived = survives(buy, plan, who, begins, dies=statement)
        bought(who)
        lived &= survives(give_back, who, begins, dies=statement)
        parted(who, begins)
        if lived:
            break
    assert statement > 60, "it died in few places only"
    assert prove(at=NOW).findings == []


def bought(who: int) -> None:
    held = Membership.objects.get(identity=who, ended_at=None)
    assert (held.tier, MembershipTerm.objects.get(membership=held).paid) == ("senior", 19900)
    assert not MembershipPurchase.objects.filter(identity=who).exists()
    assert wallets.balances(who).available == Earning.objects.get(identity=who).points == 50
    assert Grant.objects.filter(identity=who, kind="access", revoked_at=None).count() == 1


def parted(who: int, begins: int) -> None:
    assert not Membership.objects.filter(identity=who, ended_at=None).exists()
    assert wallets.balances(who).available == 0
    assert not Grant.objects.filter(identity=who, revoked_at=None).exists()
    assert MoneyBack.objects.get(payment__order__identity=who).amount == 19900
    said = Counter(Entry.objects.filter(pk__gt=begins).values_list("name", flat=True))
    assert {name: said[name] for name in ONCE} == dict.fromkeys(ONCE, 1)
