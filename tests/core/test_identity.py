"""Evidence comes in, in whatever order, and the map of persons follows it in the tables and in the lake."""

import random
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from siyu.core.eventlog.directory import Match
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.insight.facts import open_facts
from siyu.core.people import queries
from siyu.core.people.directory import People
from siyu.core.people.graph import observing, projection
from siyu.core.people.graph.observing import observe
from siyu.core.people.models import Edge, Identity, Person
from siyu.core.people.numbers import number
from tests.core.test_lake_under_fire import at_once

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def known(*claims: tuple[str, str]) -> list[int]:
    numbers = number(dict.fromkeys(claims, NOON), source="shop")
    return [numbers[claim] for claim in claims]


def tie(a: int, b: int, rule: str = "identify", minute: int = 0, message: int | None = None) -> Match:
    return Match(a, b, rule, NOON + timedelta(minutes=minute), "shop", message)


def person(identity: int) -> int:
    return Identity.objects.get(pk=identity).person_id


def in_the_lake(*identities: int) -> list[int]:
    drain_all()
    with open_facts() as db:
        found = dict(db.execute("SELECT DISTINCT identity, person FROM events").fetchall())
    return [found[one] for one in identities]


def test_it_works():
    member, phone, device = known(("member", "m1"), ("phone", "13800000001"), ("device", "d1"))
    first = min(member, phone, device)
    assert observe([tie(member, phone), tie(device, phone)]).linked == {member, phone, device} - {first}
    assert [person(one) for one in (member, phone, device)] == [first] * 3
    assert Person.objects.count() == 1
    assert in_the_lake(member, phone, device) == [first] * 3
    assert {known.value for known in queries.person(device).identities} == {"m1", "13800000001", "d1"}


def test_a_repetition_changes_nothing_and_an_earlier_sighting_only_its_time():
    member, phone = known(("member", "m1"), ("phone", "13800000001"))
    observe([tie(member, phone, minute=5, message=7)])
    entries = Entry.objects.count()
    assert observe([tie(phone, member, minute=9), tie(member, phone, minute=5, message=7)]).new == set()
    assert Entry.objects.count() == entries
    observe([tie(member, phone, minute=1, message=3)])
    edge = Edge.objects.get()
    assert (edge.at, edge.message) == (NOON + timedelta(minutes=1), 3)


def test_the_drain_asks_once_for_what_is_known(django_assert_num_queries):
    numbers = known(*(("device", f"d{n}") for n in range(40)))
    matches = [tie(numbers[0], other) for other in numbers[1:]]
    People().matched(matches, imported=False)
    with transaction.atomic(), django_assert_num_queries(1 + 1 + 2):  # who was erased, what is known, the savepoint
        People().matched(matches, imported=False)


def test_a_device_of_two_members_stays_with_the_first_and_is_contested():
    alice, bob, device = known(("member", "alice"), ("member", "bob"), ("device", "d1"))
    observe([tie(bob, device, minute=2)])
    observe([tie(alice, device, minute=1)])
    assert person(device) == person(alice) != person(bob)
    edge = Edge.objects.exclude(refused="").get()
    assert ({edge.a_id, edge.b_id}, edge.refused) == ({bob, device}, "member")


def test_a_tablet_in_the_shop_brings_no_two_phones_together():
    one, two, tablet = known(("phone", "13800000001"), ("phone", "13800000002"), ("device", "till"))
    observe([tie(one, tablet, minute=1), tie(two, tablet, minute=2)])
    assert person(one) == person(tablet) != person(two)
    assert Edge.objects.exclude(refused="").get().refused == "shared"


def test_a_till_that_everybody_uses_is_nobodys(monkeypatch):
    monkeypatch.setattr(projection, "CROWD", 3)
    till, *phones = known(("device", "till"), *(("phone", f"1380000000{n}") for n in range(6)))
    observe([tie(phones[0], till)])
    assert person(till) == person(phones[0])
    for minute, phone in enumerate(phones[1:]):
        observe([tie(phone, till, minute=minute)])
    assert len({person(one) for one in (till, *phones)}) == 7
    assert set(Edge.objects.values_list("refused", flat=True)) == {"crowded"}
    assert not Identity.objects.exclude(cluster=None).exists()


def test_values_that_name_nobody_tie_nobody():
    phone, poison = known(("phone", "13800000001"), ("device", "undefined"))
    assert not observe([tie(phone, poison)]).new
    assert not Edge.objects.exists()


def test_a_sixth_phone_does_not_fit():
    member, *phones = known(("member", "m1"), *(("phone", f"1380000000{n}") for n in range(6)))
    observe([tie(member, phone, minute=n) for n, phone in enumerate(reversed(phones))])
    assert person(phones[0]) != person(member) == person(phones[1])


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_arrival_says_nothing_and_the_lake_agrees(seed, monkeypatch):
    monkeypatch.setattr(projection, "CROWD", 4)
    chance = random.Random(seed)
    claims = [(chance.choice(("member", "phone", "phone", "buyer", "device")), f"1380000{n:04}") for n in range(14)]
    ties = [
        (*chance.sample(range(14), 2), chance.choice(["identify", "order"]), chance.randrange(4)) for _ in range(20)
    ]
    one, other = arrive(claims, ties, chance), arrive(claims, ties, chance)
    assert one == other
    assert one[1]


def arrive(claims, ties, chance) -> tuple[set, set]:
    """Everything in some order, some of it twice: who is whom, and what is refused."""
    Edge.objects.all().delete()
    Identity.objects.all().delete()
    Person.objects.all().delete()
    for claim in chance.sample(claims, len(claims)):
        known(claim)
    numbers = known(*claims)
    todo = [tie(numbers[a], numbers[b], rule, minute) for a, b, rule, minute in ties + chance.choices(ties, k=9)]
    chance.shuffle(todo)
    while todo:
        observe([todo.pop() for _ in range(min(len(todo), chance.randint(1, 6)))])
    persons = [person(one) for one in numbers]
    assert in_the_lake(*numbers) == persons
    assert set(Person.objects.values_list("pk", flat=True)) == set(persons)
    same = {(a, b) for a in range(len(numbers)) for b in range(a) if persons[a] == persons[b]}
    return same, {frozenset((numbers.index(a), numbers.index(b), why)) for a, b, why in refused()}


def refused() -> list[tuple[int, int, str]]:
    return list(Edge.objects.exclude(refused="").values_list("a", "b", "refused"))


def test_two_processes_at_once_end_in_the_same_map():
    """Each brings half of the ties of the same identities."""
    assert clash() == []


def clash() -> list[str]:
    """Two threads that observe in turns until both are done; what of the map is not as a quiet rebuild has it."""
    claims = [("member", "m1"), ("member", "m2"), *(("phone", f"1380000000{n}") for n in range(4))]
    claims += [("buyer", f"b{n}") for n in range(12)]
    numbers = known(*claims)
    chance = random.Random(3)
    ties = [tie(*chance.sample(numbers, 2), minute=n) for n in range(60)]

    def bring(mine):
        return lambda: [observe([one]) for one in mine]

    at_once(bring(ties[::2]), bring(ties[1::2]))
    found = {pk: person(pk) for pk in numbers}
    refusals = set(refused())
    with transaction.atomic():
        observing.project_again(dict.fromkeys(numbers, (NOON, "rebuild")), fresh={}, imported=False)
    wrong = [f"{pk} was of {found[pk]}" for pk in numbers if person(pk) != found[pk]]
    wrong += [f"refused: {one}" for one in refusals ^ set(refused())]
    if in_the_lake(*numbers) != [found[pk] for pk in numbers]:
        wrong.append("the lake has another map")
    return wrong


def at_the_same_moment(monkeypatch) -> set[str]:
    """Two processes look at one cluster before either writes, unless something keeps them apart; what is refused."""
    alice, bob, phone = known(("member", "alice"), ("member", "bob"), ("phone", "13800000001"))
    together, reach = threading.Barrier(2), observing.reach

    def looking(*about):
        found = reach(*about)
        with suppress(threading.BrokenBarrierError):
            together.wait(1)
        return found

    monkeypatch.setattr(observing, "reach", looking)
    at_once(lambda: observe([tie(alice, phone, minute=1)]), lambda: observe([tie(bob, phone, minute=2)]))
    return {why for _, _, why in refused()}


def test_the_lock_keeps_two_apart(monkeypatch):
    assert at_the_same_moment(monkeypatch) == {"member"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer anyway")
def test_without_the_lock_they_make_a_wrong_map(monkeypatch):
    """The test before this one can fail."""
    monkeypatch.setattr(observing, "one_at_a_time", lambda what: None)
    assert at_the_same_moment(monkeypatch) == set()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer anyway")
def test_whoever_began_first_and_linked_last_has_the_last_word_in_the_lake():
    """Its transaction has the lower number, and its word must still stand behind the other's."""
    phone, buyer, member = known(("phone", "13800000001"), ("buyer", "b1"), ("member", "m1"))
    begun, linked = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            known(("buyer", "somebody else"))  # takes a number for the transaction
            begun.set()
            assert linked.wait(10)
            observe([tie(member, phone, minute=1), tie(member, buyer, minute=1)])

    def second():
        assert begun.wait(10)
        observe([tie(phone, buyer)])
        linked.set()

    at_once(first, second)
    assert in_the_lake(phone, buyer, member) == [person(one) for one in (phone, buyer, member)]
