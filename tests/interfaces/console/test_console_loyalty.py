"""Operators write what coming back earns."""

from datetime import timedelta

import pytest
from django.test import Client

from siyu.features.loyalty.checkin import actions as checkin
from siyu.features.loyalty.checkin.actions import in_force
from siyu.features.loyalty.levels.judging import judge_due
from siyu.features.loyalty.models import Badge, BadgeAward, Certificate, LevelStanding, MakeUpCard, Task
from siyu.kit import clock
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


def test_a_task_is_written_published_and_closed(desk):
    said = {
        "title": "Big spender", "text": "", "kind": "once", "begins_at": "", "ends_at": "2030-01-01T00:00",
        "step-title": ["", ""], "step-event": ["order.placed", ""], "step-count": ["2", "1"],
        "step-field": ["amount", ""], "step-op": [">=", "="], "step-value": ["1000", ""],
        "what": ["make_up_card"], "number": ["1"],
    }  # fmt: skip
    assert desk.get("/tasks/new").status_code == 200
    assert desk.post("/tasks/new", {**said, "title": ""}).status_code == 422
    assert desk.post("/tasks/new", {**said, "ends_at": "soon"}).status_code == 422
    assert desk.post("/tasks/new", said).status_code == 302
    task = Task.objects.get()
    where = [{"field": "amount", "op": ">=", "value": 1000}]
    assert task.steps == [{"title": "", "event": "order.placed", "count": 2, "where": where}]
    for verb, word in (("publish", "counts from now"), ("publish", "already"), ("close", "counts no more")):
        desk.post(f"/tasks/{task.pk}/{verb}")
        assert word in desk.get("/tasks").content.decode()


def test_a_badge_is_made_awarded_certified_and_revoked(desk):
    alice = member("alice")
    desk.post("/badges/make", {"name": "Bird", "text": "", "shape": "star", "colour": "gold", "symbol": "B"})
    one = Badge.objects.get()
    here = f"/badges/{one.pk}"
    desk.post(f"{here}/award", {"member": "alice", "because": "first"})
    award = BadgeAward.objects.get()
    assert award.identity_id == alice and award.by == "member"
    desk.post(f"{here}/awards/{award.pk}/certify", {"title": "Officer"})
    certificate = Certificate.objects.get()
    assert certificate.number in desk.get(here).content.decode()
    desk.post(f"{here}/certificates/{certificate.pk}/revoke", {"because": ""})
    assert "Say why" in desk.get(here).content.decode()
    desk.post(f"{here}/certificates/{certificate.pk}/revoke", {"because": "typo"})
    desk.post(f"{here}/awards/{award.pk}/revoke", {"because": "left"})
    award.refresh_from_db()
    assert award.revoked_because == "left" and award.revoked_by == "member"
    desk.post(f"{here}/follow", {"event": "order.placed", "count": "3"})
    assert Task.objects.get().hidden and "× 3" in desk.get(here).content.decode()
    desk.post(f"{here}/retire")
    assert Task.objects.get().closed_at and "Retired" in desk.get("/badges").content.decode()


def form(**said) -> dict:
    return {
        "name": ["Check-ins", ""], "metric": ["check_ins", "spend"], "event": ["", ""], "span": ["rolling", "lifetime"],
        "days": ["30", ""], "points": ["10", "1"], "per": ["1", "1"],
        "level": ["V1", "V2", ""], "enter": ["10", "50", ""], "keep": ["5", "20", ""],
        "what": ["make_up_card", "", ""], "number": ["1", "", ""],
        "grace_days": "7", "falling": "one", "losing": "leave",
    } | said  # fmt: skip


def test_a_scheme_is_drafted_tried_and_published(desk):
    alice = member("alice", since=clock.now() - timedelta(days=9), called="林悦")
    checkin.check_in(identity=alice, at=clock.now() - timedelta(days=1))
    assert desk.get("/levels/new").status_code == 200
    for wrong in ({"falling": "up"}, {"level": []}, {"enter": ["x", "y", ""]}, {"span": ["rolling"], "days": ["-1"]}):
        answer = desk.post("/levels/new", form(**wrong))
        assert answer.status_code == 422 and "not sound" in answer.content.decode()
    assert desk.post("/levels/new", form())["Location"] == "/levels/schemes/1"
    page = desk.get("/levels/schemes/1").content.decode()
    assert "1 would rise, 0 would fall" in page and "/people/per_" in page
    assert not LevelStanding.objects.exists()
    desk.post("/levels/schemes/1/publish")
    assert judge_due(clock.now()) == 1
    assert "In force" in desk.get("/levels").content.decode() and LevelStanding.objects.get().level == 1
    desk.post("/levels/schemes/1/publish")
    assert "published already" in desk.get("/levels").content.decode()
    until = (clock.now() + timedelta(days=9)).date().isoformat()
    said = {"member": "alice", "rank": "2", "until": until, "reason": "founder"}
    for wrong in ({"member": "nobody"}, {"until": "soon"}, {"rank": "7"}, {"reason": ""}):
        desk.post("/levels/lock", said | wrong)
        assert LevelStanding.objects.get().level == 1
    desk.post("/levels/lock", said)
    assert LevelStanding.objects.get().level == 2 and "founder" in desk.get("/levels").content.decode()
    desk.post(f"/levels/{alice}/unlock")
    assert LevelStanding.objects.get().locked_until is None
