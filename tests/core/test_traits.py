"""What messages do to traits: each operation, in whatever order they come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.eventlog.directory import Change, directory
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.insight.facts import open_facts
from siyu.core.people import operations, queries
from siyu.core.people.actions import describe
from siyu.core.people.models import Trait
from siyu.core.people.numbers import number

pytestmark = pytest.mark.django_db(databases="__all__")
committed = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def alice() -> int:
    return number({("phone", "13800000001"): NOON}, source="shop")["phone", "13800000001"]


def change(who: int, hour: float, operation: str, **traits) -> Change:
    return Change(who, at(hour), operation, traits)  # type: ignore[arg-type]


def learn(*changes: Change) -> None:
    directory().learnt(changes, source="app", imported=False)


def known(who: int) -> dict:
    return {trait.name: trait.value for trait in queries.person(who).traits}


@committed
def test_it_works():
    who = alice()
    learn(
        change(who, 1, "set", city="上海", level="silver"),
        change(who, 2, "set_once", channel="ads", city="北京"),
        change(who, 3, "increment", visits=2, points=1.5),
        change(who, 4, "append", likes=["tea", "rice"]),
        change(who, 5, "unset", level=True),
    )
    learn(change(who, 6, "increment", visits=3), change(who, 7, "append", likes=["rice", "milk"]))
    expected = {"city": "上海", "channel": "ads", "visits": 5, "points": 1.5, "likes": ["tea", "rice", "milk"]}
    assert known(who) == expected
    drain_all()
    with open_facts() as db:
        rows = db.execute("SELECT name, value ->> '$' FROM traits ORDER BY name").fetchall()
    assert {name for name, _ in rows} == expected.keys()
    assert dict(rows)["visits"] == "5" and dict(rows)["channel"] == "ads"


def test_a_late_older_set_does_not_bring_back_what_was_unset():
    who = alice()
    learn(change(who, 5, "unset", city=True))
    learn(change(who, 3, "set", city="上海"))
    assert known(who) == {}
    learn(change(who, 6, "set", city="北京"))
    assert known(who) == {"city": "北京"}


def test_a_delete_takes_all_that_was_known_and_what_comes_late():
    who = alice()
    learn(change(who, 1, "set", city="上海"), change(who, 2, "increment", visits=9))
    learn(change(who, 5, "delete"))
    learn(change(who, 4, "set", city="北京", level="gold"), change(who, 3, "increment", visits=1))
    assert describe(identity=who, traits={"age": 3}, source="crm", at=at(4)) == []
    assert known(who) == {}
    assert describe(identity=who, traits={"age": 4}, source="crm", at=at(6)) == ["age"]
    assert known(who) == {"age": 4}


def test_the_earliest_set_once_holds_until_anything_is_set():
    who = alice()
    learn(change(who, 5, "set_once", channel="late"))
    learn(change(who, 3, "set_once", channel="early"))
    learn(change(who, 4, "set_once", channel="between"))
    assert known(who) == {"channel": "early"}
    assert describe(identity=who, traits={"channel": "told"}, source="crm", at=at(1)) == ["channel"]
    learn(change(who, 0, "set_once", channel="first"))
    assert known(who) == {"channel": "told"}
    assert describe(identity=who, traits={"channel": "newer"}, source="crm", at=at(2)) == ["channel"]


def test_a_reader_of_the_log_sees_the_same_although_an_older_word_won():
    who = alice()
    learn(change(who, 5, "set_once", channel="late"))
    learn(change(who, 3, "set_once", channel="early"))
    newest = Entry.objects.filter(name="person.described").order_by("at", "position").last()
    assert newest and "early" in newest.body


def test_what_says_who_somebody_is_goes_apart_under_the_names_of_the_house():
    who = alice()
    learn(change(who, 1, "set", firstName="Li", address={"city": "上海", "geo": {"lat": 1}}, 昵称="小李", plan="pro"))
    rows = {row.name: (row.value, row.private) for row in Trait.objects.all()}
    assert rows == {
        "first_name": ("Li", True),
        "address.city": ("上海", True),
        "nickname": ("小李", True),
        "plan": ("pro", False),
    }
    assert "上海" not in str(Entry.objects.get(name="person.described").body).partition("properties")[2]


@pytest.mark.parametrize(
    "traits",
    [
        {"deep": {"a": {"b": 1}}},
        {"long": "x" * 5_000},
        {"": 1},
        {"huge": 2**70},
        {"nan": float("nan")},
        {"nul": "a\0b"},
        {"visits": "not a number"},
    ],
)
def test_what_is_no_trait_is_left_out_and_stops_nothing(traits):
    who = alice()
    learn(change(who, 1, "increment" if "visits" in traits else "set", **traits), change(who, 2, "set", city="上海"))
    assert known(who) == {"city": "上海"}


def said_of(*words: str) -> st.SearchStrategy[list]:
    said = st.tuples(st.sampled_from(words), st.sampled_from(["a", "b"]), st.integers(1, 20))
    return st.lists(said, max_size=8, unique_by=lambda one: one[2])


@given(said_of("set", "unset", "delete") | said_of("set", "set_once"), st.randoms(use_true_random=False))
def test_sets_mean_the_same_in_any_order(said, shuffled):
    changes = [change(1, hour, operation, **{name: hour}) for operation, name, hour in said]
    mixed = shuffled.sample(changes, len(changes))
    assert standing(changes) == standing(mixed) == standing(operations.in_order(changes))


@given(said_of("increment"), st.randoms(use_true_random=False))
def test_increments_add_up_in_any_order(said, shuffled):
    changes = [change(1, hour, operation, **{name: hour}) for operation, name, hour in said]
    assert standing(changes) == standing(shuffled.sample(changes, len(changes)))


def standing(changes: list[Change]) -> dict:
    known: operations.Known = {}
    for one in changes:
        known = known | operations.after(known, one)
    return {name: one.value for name, one in known.items() if one.value is not None}
