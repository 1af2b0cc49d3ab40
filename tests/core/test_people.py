"""What is learnt of people and stuck on them; a person is addressed by any of its identities."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.insight.facts import open_facts
from siyu.core.people import queries
from siyu.core.people.actions import (
    BadTrait,
    Description,
    describe,
    describe_many,
    make_tag,
    rename_tag,
    retire_tag,
    tag,
    untag,
)
from siyu.core.people.codes import NoSuchPerson, code, number_of
from siyu.core.people.models import Identity, Person, Tagging, Trait
from siyu.core.people.numbers import number
from siyu.core.people.tags import BadTag, TagExists, TagRetired
from siyu.events.people import IdentityLinked

pytestmark = pytest.mark.django_db(databases="__all__")
committed = pytest.mark.django_db(databases="__all__", transaction=True)
"""For what asks the lake: the drain reads what is committed."""
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def known(*values: str) -> list[int]:
    claims = {("phone", value): NOON for value in values}
    numbers = number(claims, source="shop")
    return [numbers[claim] for claim in claims]


def linked(one: int, other: int) -> None:
    """What the identity graph will do: `other` becomes one more identity of the person of `one`."""
    with transaction.atomic():
        Identity.objects.filter(pk=other).update(person=one)
        Person.objects.filter(pk=other).delete()
        announce(IdentityLinked(at=NOON, identity=other, person=one, rule="test"))


def said(name: str) -> int:
    return Entry.objects.filter(name=name).count()


def facts(sql: str) -> list[tuple]:
    drain_all()
    with open_facts() as db:
        return db.execute(sql).fetchall()


@committed
def test_it_works():
    (alice,) = known("13800000001")
    assert describe(identity=alice, traits={"city": "上海"}, private={"name": "林悦"}, source="crm", at=NOON) == [
        "city",
        "name",
    ]
    assert tag(tag=make_tag("价值", "高"), identities=[alice], by="owner", at=NOON) == 1
    detail = queries.person(alice)
    assert (detail.name, detail.code, number_of(detail.code)) == ("林悦", code(alice), alice)
    assert [(t.name, t.value, t.source, t.at, t.private) for t in detail.traits] == [
        ("city", "上海", "crm", NOON, False),
        ("name", "林悦", "crm", NOON, True),
    ]
    assert [(t.group, t.name, t.by, t.at) for t in detail.tags] == [("价值", "高", "owner", NOON)]
    assert facts("SELECT name, value FROM traits") == [("city", '"上海"')]
    assert facts("SELECT person, tag FROM tags") == [(alice, "高")]


@pytest.mark.parametrize("order", list(permutations([(0, "杭州"), (1, "上海"), (2, "北京"), (3, "上海")])))
def test_the_newest_wins_whatever_the_order_of_arrival(order):
    (alice,) = known("13800000001")
    for hours, city in order:
        describe(identity=alice, traits={"city": city}, source=f"s{hours}", at=NOON + hours * HOUR)
    trait = Trait.objects.get()
    assert (trait.value, trait.at, trait.source) == ("上海", NOON + 3 * HOUR, "s3")


@committed
def test_what_is_not_newer_changes_nothing():
    (alice,) = known("13800000001")
    describe(identity=alice, traits={"city": "上海", "age": 30}, source="crm", at=NOON)
    assert describe(identity=alice, traits={"city": "北京"}, source="crm", at=NOON) == []
    assert describe(identity=alice, traits={"city": "北京"}, source="crm", at=NOON - HOUR) == []
    assert said("person.described") == 1
    assert describe(identity=alice, traits={"city": "北京"}, source="crm", at=NOON + HOUR) == ["city"]
    assert facts("SELECT name, value FROM traits ORDER BY name") == [("age", "30"), ("city", '"北京"')]


def test_many_are_described_at_once_and_the_newest_of_one_batch_wins(django_assert_max_num_queries):
    people = known(*(f"p{n}" for n in range(50)))
    rows = [Description(identity=one, at=NOON, traits={"level": 1}, private={"name": f"N{one}"}) for one in people]
    rows.append(Description(identity=people[0], at=NOON + HOUR, traits={"level": 2}))
    with django_assert_max_num_queries(10):
        assert len(describe_many(rows, source="crm", imported=True)) == 100
    assert dict(Trait.objects.filter(name="level").values_list("identity", "value"))[people[0]] == 2
    assert set(Entry.objects.filter(name="person.described").values_list("imported", flat=True)) == {True}
    assert describe_many(rows, source="crm") == set()


@pytest.mark.parametrize(
    "traits",
    [{"": 1}, {'a"b': 1}, {"a" * 101: 1}, {"a": {}}, {"a": float("nan")}, {"a": 2**70}, {"a": "x\0"}, {"a": [[1]]}],
)
def test_a_trait_that_no_engine_can_compare_is_refused(traits):
    (alice,) = known("13800000001")
    with pytest.raises(BadTrait):
        describe(identity=alice, traits=traits, source="crm", at=NOON)
    assert not Trait.objects.exists()


@committed
def test_tagging_twice_is_once_and_says_so_once():
    alice, bob = known("a", "b")
    vip = make_tag("价值", "高")
    assert tag(tag=vip, identities=[alice], by="owner", at=NOON) == 1
    assert tag(tag=vip, identities=[alice, bob, bob], by="rule", at=NOON + HOUR) == 1
    assert said("person.tagged") == 2
    assert untag(tag=vip, identities=[alice], by="owner", at=NOON + HOUR) == 1
    assert untag(tag=vip, identities=[alice], by="owner", at=NOON + HOUR) == 0
    assert said("person.untagged") == 1
    assert facts("SELECT person FROM tags") == [(bob,)]


@committed
def test_of_an_exclusive_group_the_new_tag_replaces_the_old_by_whichever_identity():
    alice, her_member_number, bob = known("a", "a2", "b")
    linked(alice, her_member_number)
    low, high = make_tag("阶段", "新", exclusive=True), make_tag("阶段", "老")
    tag(tag=low, identities=[alice, bob], by="owner", at=NOON)
    assert tag(tag=high, identities=[her_member_number], by="owner", at=NOON + HOUR) == 1
    assert [t.name for t in queries.person(alice).tags] == ["老"]
    assert facts("SELECT person, tag FROM tags ORDER BY person") == [(alice, "老"), (bob, "新")]


@committed
def test_a_tag_goes_from_the_person_whichever_identity_it_hangs_on():
    alice, her_member_number = known("a", "a2")
    vip = make_tag("价值", "高")
    tag(tag=vip, identities=[alice], by="owner", at=NOON)
    linked(alice, her_member_number)
    assert untag(tag=vip, identities=[her_member_number], by="owner", at=NOON) == 1
    assert not Tagging.objects.exists()
    assert facts("SELECT * FROM tags") == []


@committed
def test_a_renamed_tag_is_renamed_in_the_lake_too():
    (alice,) = known("a")
    vip = make_tag("价值", "高")
    tag(tag=vip, identities=[alice], by="owner", at=NOON)
    rename_tag(tag=vip, name="很高", at=NOON)
    assert facts("SELECT person, tag FROM tags") == [(alice, "很高")]
    make_tag("价值", "低")
    with pytest.raises(TagExists):
        rename_tag(tag=vip, name="低", at=NOON)


def test_a_retired_tag_is_set_on_nobody_until_it_is_made_again():
    (alice,) = known("a")
    vip = retire_tag(tag=make_tag("价值", "高"), at=NOON)
    with pytest.raises(TagRetired):
        tag(tag=vip, identities=[alice], by="owner", at=NOON)
    assert tag(tag=make_tag("价值", "高"), identities=[alice], by="owner", at=NOON) == 1


def test_nobody_is_tagged_by_a_number_that_nobody_has():
    with pytest.raises(NoSuchPerson):
        tag(tag=make_tag("价值", "高"), identities=[999], by="owner", at=NOON)
    with pytest.raises(BadTag):
        make_tag("价值", " ")


def test_a_person_is_addressed_by_any_identity():
    alice, her_member_number = known("a", "a2")
    describe(identity=alice, traits={"city": "上海"}, source="crm", at=NOON)
    describe(identity=her_member_number, traits={"city": "北京"}, source="app", at=NOON + HOUR)
    linked(alice, her_member_number)
    detail = queries.person(her_member_number)
    assert detail.number == alice
    assert [(i.namespace, i.value) for i in detail.identities] == [("phone", "a"), ("phone", "a2")]
    assert [t.value for t in detail.traits] == ["北京"]
    assert queries.find("a2") == queries.find(code(her_member_number)) == queries.find(code(alice)) == [alice]
    assert queries.find("nobody") == []
    names = [h.name for h in queries.timeline(her_member_number).rows]
    assert sorted(names) == ["identity.linked", "person.appeared", "person.appeared"] + ["person.described"] * 2
    for ask in (queries.person, queries.timeline):
        with pytest.raises(NoSuchPerson):
            ask(999)


def test_people_are_searched_by_name_value_code_and_tag():
    alice, bob = known("13800000001", "13800000002")
    describe(identity=alice, traits={}, private={"name": "林悦"}, source="crm", at=NOON)
    vip = make_tag("价值", "高")
    tag(tag=vip, identities=[bob], by="owner", at=NOON)
    found = {text: [row.number for row in queries.people(text).rows] for text in ("林", "13800000002", code(bob), "x")}
    assert found == {"林": [alice], "13800000002": [bob], code(bob): [bob], "x": []}
    assert [(row.number, row.tags) for row in queries.people(tag=vip.pk).rows] == [(bob, ["高"])]


def test_pages_follow_each_other_without_gap_or_repeat():
    everybody = known(*(f"p{n}" for n in range(25)))
    seen, after = [], None
    while True:
        page = queries.people(after=after, limit=10)
        seen += [row.number for row in page.rows]
        if not (after := page.next):
            break
    assert sorted(seen) == sorted(everybody)
    for hours in range(12):
        describe(identity=everybody[0], traits={"n": hours}, source="crm", at=NOON + hours // 2 * HOUR)
    first = queries.timeline(everybody[0], limit=4)
    rest = queries.timeline(everybody[0], before=first.next, limit=50)
    positions = [h.position for h in (*first.rows, *rest.rows)]
    assert len(positions) == len(set(positions)) == said("person.described") + 1


@pytest.mark.parametrize("rows", [10, 20])
def test_lists_ask_the_same_questions_whatever_their_length(rows, django_assert_num_queries):
    everybody = known(*(f"p{n}" for n in range(rows)))
    for word in "abc":
        tag(tag=make_tag("组", word), identities=everybody, by="owner", at=NOON)
    describe_many([Description(identity=n, at=NOON, traits={"x": 1, "y": 2}) for n in everybody], source="crm")
    with django_assert_num_queries(3):
        assert len(queries.people(limit=rows).rows) == rows
    with django_assert_num_queries(4):
        queries.person(everybody[0])
    with django_assert_num_queries(2):
        queries.timeline(everybody[0])
