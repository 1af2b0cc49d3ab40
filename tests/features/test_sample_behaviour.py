"""The sample's made-up behaviour adds visits to known buyers, and nobody else."""

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import FailedMessage, Source
from siyu.core.insight.facts import open_facts
from siyu.core.people.models import Edge, Person
from siyu.sample.behaviour import SOURCE, land_behaviour
from tests.core.test_drain import NOON

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def visits() -> list[tuple]:
    with open_facts() as db:
        return db.execute(
            "SELECT count(*), count(DISTINCT person) FROM events WHERE name = 'Product Viewed'"
        ).fetchall()


def test_visitors_are_households_and_come_once():
    landed = land_behaviour("household", NOON)
    drain_all()
    [(viewed, people)] = visits()
    assert 5_000 < viewed < landed
    assert people == Person.objects.count()
    assert Source.objects.get().name == SOURCE
    assert FailedMessage.objects.count() == 1
    assert land_behaviour("household", NOON) == 0
    drain_all()
    assert visits() == [(viewed, people)]


def test_a_device_of_two_households_waits_for_a_decision():
    land_behaviour("household", NOON)
    drain_all()
    assert Edge.objects.filter(refused="shared").exists()
