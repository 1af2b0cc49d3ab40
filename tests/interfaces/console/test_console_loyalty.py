"""Operators write what coming back earns."""

import pytest
from django.test import Client

from siyu.features.loyalty.checkin.actions import in_force
from siyu.features.loyalty.models import MakeUpCard
from tests.features.loyalty.people import member
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(operator("member"))
    return client


def test_a_programme_is_written_and_shown(desk):
    said = {
        "days": ["7", "3", ""], "repeats": ["yes", "no", "no"], "what": ["make_up_card", "", ""],
        "number": ["2", "", ""], "reaches_back": "5",
    }  # fmt: skip
    assert desk.post("/check-in/write", said).status_code == 302
    programme = in_force()
    assert programme and programme.by == "member" and programme.reaches_back == 5
    gift = {"kind": "make_up_card", "terms": {"cards": 2}}
    assert programme.steps == [
        {"days": 7, "repeats": True, "gives": [gift]}, {"days": 3, "repeats": False, "gives": []}
    ]  # fmt: skip
    page = desk.get("/check-in").content.decode()
    assert 'value="7"' in page and "holds from now on" in page


@pytest.mark.parametrize("said", [{}, {"days": "x", "repeats": "", "what": "", "number": ""},
    {"days": "7", "repeats": "no", "what": "make_up_card", "number": "-1", "reaches_back": "5"}])  # fmt: skip
def test_nonsense_changes_no_programme(desk, said):
    before = in_force()
    desk.post("/check-in/write", {"reaches_back": "900", **said})
    assert in_force() == before


def test_cards_are_given_by_hand_once_for_a_form(desk):
    alice = member("alice")
    said = {"member": "alice", "cards": "2", "because": "sorry", "key": "abc"}
    for _ in range(2):
        desk.post("/check-in/grant", said)
    assert MakeUpCard.objects.filter(identity=alice).count() == 2
    desk.post("/check-in/grant", {**said, "member": "nobody"})
    assert "no such member" in desk.get("/check-in").content.decode()
