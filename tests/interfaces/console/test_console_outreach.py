"""Operators write templates, broadcast, and see what became of it."""

import io
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image

from siyu.core.insight.trials import controls
from siyu.core.outreach import broadcasts, inbox
from siyu.core.outreach.broadcasts import results
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.models import InboxItem, Outgoing, Template
from siyu.core.outreach.posting import ticking
from siyu.core.people import consent
from siyu.core.people.members.joining import join
from siyu.core.people.numbers import number
from siyu.kit import clock
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
FORM = {
    "code": "spring", "title": "Spring", "kind": "marketing", "channel": "inapp",
    "text-en": "Dear {name|friend}, see https://shop.example/", "text-zh-hans": "{name|朋友}，看 https://shop.example/",
}  # fmt: skip


@pytest.fixture
def lin(client):
    """Nobody is kept out for good: a lot may fall on any of three."""
    controls.change(share=0, by="lin", at=clock.now())
    client.force_login(operator("member"))
    return client


@pytest.fixture
def words(lin) -> Template:
    assert lin.post("/templates/new", FORM).status_code == 302
    return Template.objects.get()


@transaction.atomic
def member(phone: str) -> int:
    who = number({("phone", phone): clock.now()}, source="test")["phone", phone]
    made = join(who, via="phone", at=clock.now(), language="en")
    consent.give(person=made.identity_id, channel="inapp", source="test", at=clock.now())
    return made.identity_id


def newest(words) -> int:
    return words.versions.order_by("-number").values_list("pk", flat=True)[0]


def work() -> None:
    while broadcasts.work_off(clock.now()):
        pass


def test_a_template_is_written_changed_read_as_somebody_and_archived(lin, words):
    member("13800000001")
    here = f"/templates/{words.pk}"
    assert lin.post(f"{here}/edit", FORM | {"text-en": "Hi {name|you} {{x}}"}).status_code == 302
    assert words.versions.count() == 2
    page = lin.get(f"{here}?person=13800000001").content.decode()
    assert "Hi you {x}" in page and "朋友，看" in page
    assert "Dear friend" in lin.get(f"{here}?version=1").content.decode()
    assert "Nobody is known by that" in lin.get(f"{here}?person=nobody").content.decode()
    assert lin.get(f"{here}?version=9").status_code == 404
    assert "Spring" in lin.get("/templates").content.decode()
    lin.post(f"{here}/archive")
    assert 'href="/templates/' + str(words.pk) not in lin.get("/templates").content.decode()


def test_what_is_wrong_is_said_with_its_place_and_what_was_typed_stays(lin):
    answer = lin.post("/templates/new", FORM | {"text-en": "Dear\n{nmae|x}"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "line 2, column 1" in page and "{nmae|x}" in page and 'value="Spring"' in page
    assert not Template.objects.exists()


def test_a_broadcast_from_draft_to_people(lin, words):
    for n in range(3):
        member(f"1380000000{n}")
    lines = "13800000000\n138 0000 0001\n13800000002\nnonsense\n"
    form = {"title": "May", "channel": "inapp", "version": newest(words), "list": lines, "holdout": "0", "window": "14"}
    answer = lin.post("/broadcasts/new", form | {"key": "k"}, follow=True)
    assert "4: nonsense" in answer.content.decode()
    lin.post("/broadcasts/new", form | {"key": "k"})
    one = Broadcast.objects.get()
    here = f"/broadcasts/{one.pk}"
    assert "≈ 0" in lin.get(f"{here}/preview").content.decode()
    lin.post(f"{here}/turn", {"do": "plan"})
    work()
    ticking.tick("inapp", at=clock.now())
    work()
    page = lin.get(here).content.decode()
    assert "Done" in page and "3 / 3" in page
    assert Outgoing.objects.filter(state="sent").count() == 3
    behind = lin.get(f"{here}/behind?what=sent&arm=1").content.decode()
    assert behind.count('href="/people/per_') == 3 and "13800000000" not in behind
    assert lin.get(f"{here}/behind?what=nonsense").status_code == 404
    assert "May" in lin.get("/broadcasts").content.decode()


def test_paused_resumed_planned_and_stopped(lin, words):
    member("13800000001")
    form = {"title": "May", "channel": "inapp", "version": newest(words), "list": "13800000001", "holdout": "10"}
    lin.post("/broadcasts/new", form | {"window": "14"})
    one = Broadcast.objects.get()
    for do, state in (
        ("plan", "planned"), ("take_back", "draft"), ("plan", "planned"), ("pause", "planned"), ("resume", "planned"),
        ("stop", "stopped"), ("resume", "stopped"),
    ):  # fmt: skip
        assert lin.post(f"/broadcasts/{one.pk}/turn", {"do": do, "starts": "2099-01-01T10:00"}).status_code == 302
        one.refresh_from_db()
        assert one.state == state
    assert lin.post(f"/broadcasts/{one.pk}/turn", {"do": "explode"}).status_code == 404


@pytest.mark.parametrize("wrong", [{"holdout": "x"}, {"window": ""}, {"version": ""}, {"title": ""}, {"holdout": "99"}])
def test_a_broadcast_that_makes_no_sense_is_said_to_be_so(lin, words, wrong):
    form = {"title": "May", "channel": "inapp", "version": newest(words), "list": "x", "holdout": "10", "window": "14"}
    assert lin.post("/broadcasts/new", form | wrong).status_code == 422
    assert not Broadcast.objects.exists()


def test_who_may_write_may_not_send(client, words):
    client.force_login(operator("community"))
    assert client.get("/broadcasts").status_code == 200
    assert client.post("/broadcasts/1/turn", {"do": "plan"}).status_code == 403


def test_a_draft_is_changed_and_keeps_whom_it_is_for(lin, words):
    member("13800000001"), member("13800000002")
    lin.post("/templates/new", FORM | {"code": "short", "title": "Short"})
    other = Template.objects.get(code="short")
    form = {"title": "May", "channel": "inapp", "version": newest(words), "list": "13800000001\n13800000002"}
    lin.post("/broadcasts/new", form | {"holdout": "10", "window": "14", "cost": "0.05"})
    one = Broadcast.objects.get()
    here = f"/broadcasts/{one.pk}/edit"
    page = lin.get(here).content.decode()
    assert 'value="0.05"' in page and "2 people" in page and 'value="10"' in page
    anew = {"title": "June", "channel": "inapp", "audience": "kept", "holdout": "20", "window": "7"}
    chosen = {"version": [newest(words), newest(other)], "weight": ["3", "1"]}
    assert lin.post(here, anew | chosen).status_code == 302
    one.refresh_from_db()
    assert (one.title, one.holdout, [v["weight"] for v in one.variants]) == ("June", 2000, [3, 1])
    assert len(results.people_listed(one)) == 2
    wrong = lin.post(here, anew | chosen | {"weight": ["3", "101"]})
    assert wrong.status_code == 422 and 'value="101"' in wrong.content.decode()
    lin.post(f"/broadcasts/{one.pk}/turn", {"do": "plan"})
    assert lin.post(here, anew | chosen).status_code == 409


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return SimpleUploadedFile("x.png", out.getvalue(), "image/png")


def test_a_picture_is_drawn_anew_shown_and_taken_away(lin, words):
    here = f"/templates/{words.pk}"
    assert lin.post(f"{here}/edit", FORM | {"image": picture()}).status_code == 302
    kept = words.versions.get(number=2).picture
    assert kept.endswith(".jpg") and lin.get(kept).status_code == 200
    assert kept in lin.get(here).content.decode()
    lin.post(f"{here}/edit", FORM | {"picture": kept, "without": "1"})
    assert words.versions.get(number=3).picture == ""
    bad = lin.post(f"{here}/edit", FORM | {"image": SimpleUploadedFile("x.png", b"<svg/>", "image/png")})
    assert bad.status_code == 422


def test_figures_stand_by_arm_with_whoever_was_kept_out(lin, words, monkeypatch):
    monkeypatch.setattr("siyu.core.insight.trials.controls.SHARE", 0)
    people = [member(f"1380000{n:04}") for n in range(12)]
    wish = broadcasts.Wish(
        title="May", channel="inapp", people=people, holdout=5000,
        variants=[{"version": newest(words), "weight": 1}, {"version": newest(words), "weight": 1}],
    )  # fmt: skip
    one = broadcasts.draft(wish=wish, by="lin", at=clock.now())
    broadcasts.plan(broadcast=one.pk, by="lin", at=clock.now())
    work()
    ticking.tick("inapp", at=clock.now())
    for item in InboxItem.objects.order_by("pk")[:2]:
        inbox.item(item.identity, item.pk, at=clock.now())
    found = results.whole(one.pk)
    told = Counter(Outgoing.objects.values_list("arm", flat=True))
    assert [(arm.name, arm.people, arm.sent) for arm in found.arms] == [
        ("A", told[1], told[1]), ("B", told[2], told[2]), ("control", 12 - told[1] - told[2], 0),
    ]  # fmt: skip
    assert sum(arm.receipts.get("opened", 0) for arm in found.arms) == 2
    page = lin.get(f"/broadcasts/{one.pk}").content.decode()
    assert "Kept out by lot" in page and "what=opened" in page and "/trials/tri_" in page
    found = results.found(one.pk)
    assert "Kept out by lot" in lin.get(f"/messages/{found.dispatch_id}").content.decode()


def test_a_preview_of_many_looks_at_some(lin, words, monkeypatch):
    monkeypatch.setattr(results, "LOOKED_AT", 5)
    people = [member(f"1380000{n:04}") for n in range(20)]
    wish = broadcasts.Wish(title="May", channel="inapp", people=people, variants=[{"version": newest(words)}])
    one = broadcasts.draft(wish=wish, by="lin", at=clock.now())
    seen = results.preview(one.pk, at=clock.now())
    assert (seen.asked, seen.looked, seen.through, seen.held) == (20, 5, 20, 2)
    assert "Reckoned from 5 of them" in lin.get(f"/broadcasts/{one.pk}/preview").content.decode()
