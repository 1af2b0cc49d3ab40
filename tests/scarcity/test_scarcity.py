"""Up to two hundred races over every scarce thing: nobody gets what another has."""

from collections.abc import Iterator

import pytest

from siyu.features.commerce import payments
from tests.scarcity import resources
from tests.scarcity.control import CheckThenAct
from tests.scarcity.race import race
from tests.scarcity.scanning import SeatsThatAreLookedAt
from tests.scarcity.sending import RoomThatIsLookedAt

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
TRIALS, SECONDS = 200, 3  # whichever ends first: a busy machine races less, `make proof` all ten thousand
RESOURCES = resources()


@pytest.fixture(autouse=True)
def own_gateways(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(payments, "GATEWAYS", dict(payments.GATEWAYS))


@pytest.mark.parametrize("name", RESOURCES)
def test_nobody_gets_what_another_has(name):
    assert race(RESOURCES[name], TRIALS, seconds=SECONDS).violations == []


def test_a_thing_that_is_only_looked_at_before_it_is_taken_is_caught():
    assert race(CheckThenAct(), TRIALS, enough=1).violations


def test_seats_that_are_only_looked_at_are_caught():
    assert race(SeatsThatAreLookedAt(), TRIALS, enough=1).violations


def test_room_under_a_cap_that_is_only_looked_at_is_caught():
    assert race(RoomThatIsLookedAt(), TRIALS, enough=1).violations
