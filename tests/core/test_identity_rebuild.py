"""Limits change; the map is drawn anew, and says what that changed."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from siyu.cli import main
from siyu.core.people import namespaces
from siyu.core.people.graph import deciding, rebuilding
from siyu.core.people.graph.observing import observe
from siyu.core.people.models import Edge
from tests.core.test_identity import in_the_lake, known, person, tie

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PHONES = [("phone", f"1380000000{n}") for n in range(4)]


@pytest.fixture
def limited(monkeypatch):
    def limit(phones: int) -> None:
        space = replace(namespaces.NAMESPACES["phone"], per_person=phones)
        monkeypatch.setitem(namespaces.NAMESPACES, "phone", space)

    return limit


def family() -> tuple[int, ...]:
    """A buyer with four phones, and two others who have nothing to do with that."""
    buyer, *phones = known(("buyer", "b1"), *PHONES)
    one, other, _ = known(("buyer", "x"), ("device", "d"), ("buyer", "alone"))
    observe([*(tie(buyer, phone, minute=n) for n, phone in enumerate(phones)), tie(one, other)])
    return buyer, *phones


def test_it_works(limited):
    buyer, *phones = family()
    assert len({person(one) for one in (buyer, *phones)}) == 1
    limited(2)
    found = rebuilding.rebuild(at=NOW)
    assert (found.identities, found.moved, found.refused, found.overruled) == (7, 2, {"phone": (0, 2)}, [])
    assert [person(one) for one in phones] == [buyer, buyer, *phones[2:]]
    assert in_the_lake(*phones) == [buyer, buyer, *phones[2:]]
    limited(5)
    assert rebuilding.rebuild(at=NOW).refused == {"phone": (2, 0)}
    assert {person(one) for one in (buyer, *phones)} == {buyer}


def test_twice_is_once(limited):
    family()
    assert (rebuilding.rebuild(at=NOW).moved, rebuilding.rebuild(at=NOW).refused) == (0, {})


def test_heaps_change_nothing(limited, monkeypatch):
    family()
    limited(1)
    monkeypatch.setattr(rebuilding, "HEAP", 1)
    heaps = [set(heap.tolist()) for heap in rebuilding.heaps_of_all()]
    assert sorted(map(len, heaps)) == [2, 5]
    assert rebuilding.rebuild(at=NOW).moved == 3
    assert Edge.objects.filter(refused="phone").count() == 3


def test_a_join_that_a_limit_is_against_is_named(limited):
    """Both sides are tied by their phones."""
    buyer, *_ = family()
    (other,) = known(("phone", "13900000009"))
    decision = deciding.join(person=buyer, other=other, by="owner", at=NOW)
    limited(1)
    assert rebuilding.rebuild(at=NOW).overruled == [decision.pk]
    assert person(other) == other
    limited(5)
    assert rebuilding.rebuild(at=NOW).overruled == []
    assert person(other) == person(buyer)


def test_an_empty_house():
    assert rebuilding.rebuild(at=NOW).identities == 0


def test_the_command_says_what_changed(limited):
    family()
    limited(2)
    said = CliRunner().invoke(main, ["identity", "rebuild", "--json"])
    assert json.loads(said.stdout) == {"identities": 7, "moved": 2, "refused": {"phone": [0, 2]}, "overruled": []}
    assert "7 of 7 identities" in said.stderr
    assert "0 are of another person now" in CliRunner().invoke(main, ["identity", "rebuild"]).stdout
