"""Members check in, and see what it earns."""

from datetime import timedelta

import pytest

from siyu.features.loyalty.checkin import actions, cards
from siyu.features.loyalty.models import CheckIn
from siyu.kit import clock
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALICE = "13812345678"
GIFT = {"kind": "make_up_card", "terms": {"cards": 1}}


def read(client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def programme() -> None:
    now = clock.now()
    steps = [{"days": 2, "gives": [GIFT]}, {"days": 7, "repeats": True, "gives": [GIFT]}]
    actions.write_programme(steps=steps, reaches_back=7, by="lin", at=now)


def test_a_member_checks_in_once_and_sees_it(programme):
    alice = visitor(ALICE)
    assert "Check in today" in read(alice, "/m/check-in")
    assert alice.post("/m/check-in/now")["Location"] == "/m/check-in"
    page = read(alice, "/m/check-in")
    assert "Checked in." in page and "You are here today." in page and "1 to go" in page
    alice.post("/m/check-in/now")
    assert "already" in read(alice, "/m/check-in") and CheckIn.objects.count() == 1


def test_a_missed_day_is_made_up_with_a_card(programme):
    alice = visitor(ALICE)
    who, now = me(alice).identity, clock.now()
    from siyu.core.people.models import Member

    Member.objects.update(joined_at=now - timedelta(days=3))
    cards.grant(identity=who, cards=1, key="k", because="", at=now)
    missed = (now - timedelta(days=1)).date().isoformat()
    assert f'value="{missed}"' in read(alice, "/m/check-in")
    alice.post("/m/check-in/make-up", {"day": missed})
    assert "Made up." in read(alice, "/m/check-in")
    for nonsense in (missed, "", "yesterday", "2026-02-31", "9" * 10):
        alice.post("/m/check-in/make-up", {"day": nonsense})
        assert "was not missed" in read(alice, "/m/check-in")


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "0000-00", "9999-12", "x" * 7, "1970-01"])
def test_a_month_that_is_none_is_this_one(programme, month):
    assert visitor(ALICE).get("/m/check-in", {"month": month}).status_code == 200


def test_the_page_asks_the_database_a_few_times_whatever_the_history(programme, django_assert_max_num_queries):
    alice = visitor(ALICE)
    who, now = me(alice).identity, clock.now()
    CheckIn.objects.bulk_create(
        CheckIn(identity_id=who, day=(now - timedelta(days=n)).date(), at=now) for n in range(2000)
    )
    with django_assert_max_num_queries(10):
        assert "2000" in read(alice, "/m/check-in")
