"""Members check in, and see what it earns."""

from datetime import timedelta

import pytest
from django.test import Client

from siyu.features.loyalty.badges import actions as badges
from siyu.features.loyalty.checkin import actions, cards
from siyu.features.loyalty.levels import actions as levels
from siyu.features.loyalty.models import CheckIn
from siyu.features.loyalty.tasks import actions as tasks
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


def test_a_member_sees_tasks_and_badges_and_anybody_a_certificate(programme):
    alice, now = visitor(ALICE), clock.now()
    alice.post("/m/me/name", {"name": "林悦"})
    who = me(alice).identity
    written = tasks.write(title="Come often", kind="once", steps=[{"event": "member.checked_in"}], by="lin", at=now)
    tasks.publish(task=written.pk, at=now)
    assert "Come often" in read(alice, "/m/tasks") and "0 / 1" in read(alice, "/m/tasks")
    one = badges.make(name="Early bird", text="", shape="star", colour="gold", symbol="早", by="lin", at=now)
    assert "Still to be had" in read(alice, "/m/badges")
    award = badges.award(badge=one.pk, identity=who, key="k", because="secret reason", at=now)
    issued = badges.issue(award=award.pk, title="Experience officer", by="lin", at=now)
    address = f"/m/certificates/{badges.code_of(issued.pk)}"
    assert address in read(alice, "/m/badges")
    page = read(Client(), address)
    assert "Experience officer" in page and "Valid" in page and "林••" in page and "林悦" not in page
    assert "secret reason" not in page and "lin" not in page.replace("link", "").split("<main")[1].split("svg")[0]
    alice.post("/m/badges/show", {"certificate": issued.pk, "shows": "name"})
    assert "林悦" in read(Client(), address)
    for wrong in ({}, {"certificate": "x"}, {"certificate": "9" * 40}, {"certificate": issued.pk, "shows": "all"}):
        assert alice.post("/m/badges/show", wrong).status_code == 302
    badges.revoke_certificate(certificate=issued.pk, because="private reason", at=now)
    page = read(Client(), address)
    assert "not valid" in page and "Valid<" not in page and "private reason" not in page
    assert Client().get("/m/certificates/crt_nonsense").status_code == 404


def test_a_member_sees_the_way_to_the_next_level(programme):
    alice = visitor(ALICE)
    assert "No levels yet" in read(alice, "/m/level")
    window = {"kind": "lifetime"}
    parts = [{"name": "Days", "metric": "check_ins", "window": window, "points": 10, "per": 1}]
    rungs = [{"name": f"V{n}", "enter": 10 * n, "keep": n} for n in (1, 2, 3)]
    raw = {"dimensions": parts, "levels": rungs, "grace_days": 1, "falling": "one", "losing": "leave"}
    levels.publish(version=levels.write(body=raw, by="lin", at=clock.now()).version, by="lin", at=clock.now())
    assert "10 more to V1" in read(alice, "/m/level")
    alice.post("/m/check-in/now")
    levels.rise(identity=me(alice).identity, at=clock.now())
    page = read(alice, "/m/level")
    assert "10 more to V2" in page and "+10" in page and "ever" in page
