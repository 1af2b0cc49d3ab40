"""Operators see why somebody is one person, join and split with a preview, and take it back."""

import re
from datetime import date

import pytest
from django.db import connection

from siyu.core.people.codes import code
from siyu.core.people.graph import deciding
from siyu.core.people.graph.observing import observe
from siyu.core.people.graph.queries import contested_count, foresee
from siyu.core.people.models import Decision, Edge, Identity, Separation
from siyu.events import Item
from siyu.events.commerce import OrderCancelled, OrderPlaced
from tests.core.test_drain import NOON, say
from tests.core.test_identity import known, person, tie
from tests.interfaces.console.team import operator
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def member(client):
    client.force_login(operator("member"))
    return client


def shared_tablet() -> list[int]:
    one, two, tablet = known(("phone", "13800002046"), ("phone", "13800002047"), ("device", "d1"))
    observe([tie(one, tablet), tie(two, tablet, minute=1)])
    return [one, two, tablet]


def text(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_it_works(member):
    phone, buyer = known(("phone", "13800002046"), ("buyer", "b1"))
    observe([tie(phone, buyer, "order")])
    page = text(member.get(f"/people/{code(phone)}/why"))
    assert "138••••2046" in page and "13800002046" not in page
    assert "is known in 2 ways" in page and "Named on an order" in page and "It is wrong" in page


def test_a_split_is_seen_before_it_is_done_and_taken_back_after(member):
    phone, one, other = known(("phone", "13800002046"), ("buyer", "b1"), ("buyer", "b2"))
    observe([tie(phone, one), tie(phone, other)])
    sell(listed(7, "Milk"))
    sell(order(1, one, date(2026, 4, 1), (7, 1_000)), order(2, other, date(2026, 4, 2), (7, 2_500)))
    address = f"/people/{code(phone)}"
    plan = text(member.get(f"{address}/split?leaving={other}"))
    assert person(other) == person(phone) and not Separation.objects.exists() and not Decision.objects.exists()
    member.post(f"{address}/parted", {"leaving": [other]})
    assert person(other) == other != person(phone)
    decision = Decision.objects.get()
    assert "Take back" in text(member.get(f"{address}/why"))
    member.post(f"{address}/undo/{decision.pk}")
    assert person(other) == person(phone)
    assert plan.count("<section") == 3


def test_what_moves_is_told_with_its_orders(member):
    phone, one, other = known(("phone", "13800002046"), ("buyer", "b1"), ("buyer", "b2"))
    observe([tie(phone, one), tie(phone, other)])
    for n, (who, amount) in enumerate([(one, 1_000), (other, 2_500), (other, 400)]):
        item = Item(product=7, quantity=1, amount=amount)
        say(
            OrderPlaced(
                at=NOON, identity=who, order=n, currency="CNY", amount=amount, discount=0, items=[item], source="x"
            )
        )
    say(OrderCancelled(at=NOON, identity=other, order=2))
    plan = foresee(deciding.split, person=phone, leaving=[other], by="owner", at=NOON)
    assert [(side.orders, side.amount) for side in plan.before] == [(2, 3_500)]
    assert sorted((side.orders, side.amount) for side in plan.after) == [(1, 1_000), (1, 2_500)]
    page = text(member.get(f"/people/{code(phone)}/split?leaving={other}"))
    assert "¥35.00" in page and "¥10.00" in page and "¥25.00" in page


def test_what_a_guard_keeps_apart_waits_until_somebody_looks(member):
    one, two, tablet = shared_tablet()
    page = text(member.get("/people/review"))
    assert "shared by two" in page and "138••••2046" in page and "138••••2047" in page
    [join] = re.findall(r'href="(/people/per_\w+/join\?with=per_\w+)"', page)
    assert "Two persons become one" in text(member.get(join))
    edge = Edge.objects.exclude(refused="").get()
    member.post(f"/people/review/{edge.pk}/apart")
    assert "Nothing is contested." in text(member.get("/people/review"))
    assert person(one) == person(tablet) != person(two)


def test_joined_after_all(member):
    one, two, tablet = shared_tablet()
    member.post(f"/people/{code(one)}/joined", {"with": code(two)})
    assert person(one) == person(two) == person(tablet)
    assert "An operator joined them" in text(member.get(f"/people/{code(one)}/why"))


def test_two_accounts_are_joined_after_a_look_at_what_that_moves(member):
    one, two = known(("member", "m1"), ("member", "m2"))
    shown = text(member.get(f"/people/{code(one)}/join?with=m2"))
    assert "the account of this person is kept" in shown and not Edge.objects.exists()
    member.post(f"/people/{code(one)}/joined", {"with": code(two)})
    assert person(one) == person(two)


def test_wrong_evidence_is_withdrawn_and_let_count_again(member):
    phone, buyer = known(("phone", "13800002046"), ("buyer", "b1"))
    observe([tie(phone, buyer, "order")])
    edge = Edge.objects.get().pk
    member.post(f"/people/{code(phone)}/withdraw/{edge}")
    assert person(phone) != person(buyer)
    assert "What counts no more" in text(member.get(f"/people/{code(phone)}/why"))
    member.post(f"/people/{code(phone)}/restore/{edge}")
    assert person(phone) == person(buyer)


def test_the_queue_asks_as_often_for_ten_as_for_two(member, django_assert_max_num_queries):
    for n in range(10):
        one, two, tablet = known(("phone", f"138000020{n}0"), ("phone", f"138000020{n}1"), ("device", f"d{n}"))
        observe([tie(one, tablet), tie(two, tablet, minute=1)])
    with django_assert_max_num_queries(20):
        assert text(member.get("/people/review")).count('class="doubt"') == 10
    assert Identity.objects.count() == 30


def busy_tablet(phones: int) -> int:
    """One that so many phones were seen on: the first has it, the others are contested with it."""
    tablet, *others = known(
        ("device", "shop-tablet"), *(("phone", f"138000{n:05d}") for n in range(20_000, 20_000 + phones))
    )
    observe([tie(one, tablet, minute=n) for n, one in enumerate(others)])
    return tablet


def test_whatever_is_contested_with_one_stands_in_the_queue_once(member, django_assert_max_num_queries):
    tablet = busy_tablet(30)
    one, two = shared_tablet()[:2]
    with django_assert_max_num_queries(20):
        page = text(member.get("/people/review"))
    assert page.count('class="doubt"') == 2 and "and 28 more ties with" in page and "30 ties are contested" in page
    member.post(f"/people/review/with/{tablet}/apart")
    page = text(member.get("/people/review"))
    assert page.count('class="doubt"') == 1 and "138••••2047" in page
    assert member.post(f"/people/review/with/{tablet}/apart").status_code == 404
    assert person(one) != person(two) and Edge.objects.filter(reviewed_at=None).exclude(refused="").count() == 1


def test_the_queue_never_looks_at_what_a_crowd_lost():
    busy_tablet(60)
    assert set(Edge.objects.values_list("refused", flat=True)) == {"crowded"} and contested_count() == 0
    if connection.vendor == "sqlite":
        assert "USING INDEX contested_ties" in deciding.waiting().order_by("-at", "-pk").explain()
