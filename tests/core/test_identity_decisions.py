"""Operators join and split persons, withdraw evidence, and take it back: then all is as if nothing had been."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.people import holdings, queries
from siyu.core.people.graph import deciding
from siyu.core.people.graph import queries as graph
from siyu.core.people.graph.observing import observe, part
from siyu.core.people.models import Edge, Identity, Person, Separation
from tests.core.test_identity import in_the_lake, known, person, tie

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SAID = {"by": "owner", "at": NOW}


def persons(*identities: int) -> list[int]:
    return [person(one) for one in identities]


def test_it_works():
    alice, bob = known(("buyer", "alice"), ("buyer", "bob"))
    decision = deciding.join(person=alice, other=bob, **SAID)
    assert persons(alice, bob) == in_the_lake(alice, bob) == [alice, alice]
    deciding.undo(decision=decision, **SAID)
    assert persons(alice, bob) == in_the_lake(alice, bob) == [alice, bob]
    assert not Edge.objects.exists()


def test_a_split_lasts_and_gives_back_what_stood_before():
    phone, one, other = known(("phone", "13800000001"), ("buyer", "b1"), ("buyer", "b2"))
    observe([tie(phone, one), tie(phone, other)])
    before = persons(phone, one, other)
    decision = deciding.split(person=phone, leaving=[other], **SAID)
    assert person(other) == other != person(phone) == person(one)
    observe([tie(one, other, "login", minute=9), tie(phone, other, "order")])
    assert person(other) == other == in_the_lake(other)[0]
    assert {queries.person(one).number, queries.person(other).number} == {min(phone, one), other}
    deciding.undo(decision=decision, **SAID)
    assert persons(phone, one, other) == in_the_lake(phone, one, other) == before


def test_each_side_of_a_split_stays_one_person():
    """What leaves was held together only by what stays, and the other way round."""
    hub, *leaves = known(("phone", "13800000001"), *(("buyer", f"b{n}") for n in range(4)))
    observe([tie(hub, leaf) for leaf in leaves])
    decision = deciding.split(person=hub, leaving=[leaves[0], leaves[1]], **SAID)
    assert person(leaves[0]) == person(leaves[1]) != person(hub) == person(leaves[2]) == person(leaves[3])
    deciding.undo(decision=decision, **SAID)
    assert len(set(persons(hub, *leaves))) == 1
    assert not Separation.objects.exists() and Edge.objects.count() == 4


def test_names_and_first_days_follow():
    one, other = known(("buyer", "b1"), ("buyer", "b2"))
    decision = deciding.join(person=one, other=other, **SAID)
    from siyu.core.people.actions import describe

    describe(identity=other, traits={}, private={"name": "林悦"}, source="crm", at=NOW)
    assert queries.person(one).name == "林悦"
    deciding.undo(decision=decision, **SAID)
    assert (queries.person(one).name, queries.person(other).name) == ("", "林悦")


def test_two_accounts_are_joined_and_parted():
    one, other, phone = known(("member", "m1"), ("member", "m2"), ("phone", "13800000001"))
    observe([tie(one, phone), tie(other, phone, minute=1)])
    assert persons(one, other, phone) == [one, other, one]
    decision = deciding.join(person=other, other=one, **SAID)
    assert persons(one, other, phone) == in_the_lake(one, other, phone) == [one] * 3
    assert not Edge.objects.exclude(refused="").exists()
    deciding.undo(decision=decision, **SAID)
    assert persons(one, other, phone) == in_the_lake(one, other, phone) == [one, other, one]


def test_two_unionids_stay_two():
    one, other = known(("unionid", "u1"), ("unionid", "u2"))
    with pytest.raises(deciding.KeptApart):
        deciding.join(person=one, other=other, **SAID)
    assert persons(one, other) == [one, other] and not Edge.objects.exists()


def test_what_was_split_is_not_joined_before_that_is_taken_back():
    one, other = known(("buyer", "b1"), ("buyer", "b2"))
    observe([tie(one, other)])
    with pytest.raises(deciding.OnePerson):
        deciding.join(person=one, other=other, **SAID)
    deciding.split(person=one, leaving=[other], **SAID)
    with pytest.raises(deciding.KeptApart):
        deciding.join(person=one, other=other, **SAID)


def test_a_split_names_some_and_leaves_some():
    one, other, stranger = known(("buyer", "b1"), ("buyer", "b2"), ("buyer", "b3"))
    observe([tie(one, other)])
    for leaving in ([], [one, other], [other, stranger]):
        with pytest.raises(deciding.NothingToSplit):
            deciding.split(person=one, leaving=leaving, **SAID)


def test_a_phone_shared_over_a_tablet_is_joined_after_all():
    one, two, tablet = known(("phone", "13800000001"), ("phone", "13800000002"), ("device", "d1"))
    observe([tie(one, tablet), tie(two, tablet, minute=1)])
    deciding.join(person=one, other=two, **SAID)
    assert len(set(persons(one, two, tablet))) == 1
    assert not Edge.objects.exclude(refused="").exists()


def test_withdrawn_evidence_stays_so_however_often_it_is_seen():
    one, other = known(("buyer", "b1"), ("phone", "13800000001"))
    observe([tie(one, other)])
    edge = Edge.objects.get()
    deciding.withdraw(edge=edge.pk, **SAID)
    observe([tie(one, other, minute=60 * 24 * 90)])
    assert persons(one, other) == in_the_lake(one, other) == [one, other]
    with pytest.raises(deciding.NoSuchEvidence):
        deciding.withdraw(edge=edge.pk, **SAID)
    deciding.restore(edge=edge.pk, **SAID)
    assert persons(one, other) == [min(one, other)] * 2


def test_a_message_parts_what_was_tied_until_then():
    one, other = known(("buyer", "b1"), ("phone", "13800000001"))
    observe([tie(one, other, minute=1)])
    assert part([tie(one, other, minute=0)]) == 0
    assert part([tie(other, one, minute=5)]) == 1
    assert persons(one, other) == [one, other]
    observe([tie(one, other, minute=3)])
    assert persons(one, other) == [one, other]
    observe([tie(one, other, minute=8)])
    assert persons(one, other) == in_the_lake(one, other) == [min(one, other)] * 2


@pytest.mark.parametrize("seed", range(12))
def test_whichever_arrives_first_the_last_word_counts(seed):
    """Sightings and partings of one pair, in any order, some twice: they are one after the last parting only."""
    chance = random.Random(seed)
    one, other = known(("buyer", "b1"), ("phone", "13800000001"))
    minutes = chance.sample(range(20), 7)
    seen = dict(zip(minutes, ["bind", "login", "alias", "identify"], strict=False))
    arriving = [*minutes, *chance.choices(minutes, k=4)]
    chance.shuffle(arriving)
    while arriving:
        some = [arriving.pop() for _ in range(min(len(arriving), chance.randint(1, 4)))]
        part([tie(other, one, minute=n) for n in some if n not in seen])
        observe([tie(one, other, seen[n], minute=n) for n in some if n in seen])
    tied = max(seen) > max(n for n in minutes if n not in seen)
    assert persons(one, other) == in_the_lake(one, other) == ([min(one, other)] * 2 if tied else [one, other])
    assert {one.rule for one in graph.why(one).evidence} == {
        rule for n, rule in seen.items() if n > max(m for m in minutes if m not in seen)
    }


def test_what_somebody_looked_at_leaves_the_queue():
    one, two, tablet = known(("phone", "13800000001"), ("phone", "13800000002"), ("device", "d1"))
    observe([tie(one, tablet), tie(two, tablet, minute=1)])
    contested = Edge.objects.exclude(refused="").get()
    deciding.leave_apart(edge=contested.pk, at=NOW)
    contested.refresh_from_db()
    assert contested.reviewed_at == NOW
    with pytest.raises(deciding.NoSuchEvidence):
        deciding.leave_apart(edge=0, at=NOW)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_decided_and_taken_back_leaves_no_trace(seed):
    chance = random.Random(seed)
    spaces = ("member", "phone", "phone", "buyer", "email", "device")
    numbers = known(*((chance.choice(spaces), f"138000000{n:02}@x.cn"[: 14 if n % 2 else 11]) for n in range(12)))
    observe([tie(*chance.sample(numbers, 2), minute=n) for n in range(16)])
    before = mapped()
    taken = []
    for _ in range(8):
        taken += decide(chance, numbers)
        assert persons(*numbers) == in_the_lake(*numbers)
    chance.shuffle(taken)
    for back in taken:
        back()
    assert mapped() == before
    assert in_the_lake(*numbers) == persons(*numbers)


def decide(chance: random.Random, numbers: list[int]) -> list:
    who, other = chance.sample(numbers, 2)
    try:
        match chance.choice(["join", "split", "withdraw"]):
            case "join":
                decision = deciding.join(person=who, other=other, **SAID)
            case "split":
                members = deciding.members_of(who)
                decision = deciding.split(person=who, leaving=chance.sample(members, len(members) // 2), **SAID)
            case _:
                edge = chance.choice(list(Edge.objects.filter(decision=None).values_list("pk", flat=True)))
                deciding.withdraw(edge=edge, **SAID)
                return [lambda: deciding.restore(edge=edge, by="owner", at=NOW + timedelta(hours=1))]
    except deciding.Refused:
        return []
    return [lambda: deciding.undo(decision=decision, by="owner", at=NOW + timedelta(hours=1))]


def mapped() -> tuple:
    edges = list(Edge.objects.order_by("pk").values_list("a", "b", "rule", "refused", "withdrawn_at"))
    people = list(Person.objects.order_by("pk").values_list("pk", "since", "name"))
    return edges, people, list(Identity.objects.order_by("pk").values_list("pk", "person", "cluster"))


class Seats:
    """As a package that came later would say it: two seats an identity."""

    name = "seats"

    def count(self, who):
        return {"seats": 2 * len(who.identities), "benches": 0}


def test_a_preview_names_what_any_package_holds(monkeypatch):
    monkeypatch.setitem(holdings._known, "seats", (holdings.FEATURES, Seats()))
    one, other = known(("buyer", "b1"), ("buyer", "b2"))
    plan = graph.foresee(deciding.join, person=one, other=other, **SAID)
    assert [side.holds for side in plan.before] == [(("seats", 2),), (("seats", 2),)]
    assert [side.holds for side in plan.after] == [(("seats", 4),)]
    assert persons(one, other) == [one, other]
