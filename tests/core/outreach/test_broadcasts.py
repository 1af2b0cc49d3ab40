"""Words to many at a moment."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.insight.audiences import NotUnderstood
from siyu.core.insight.models import Trial
from siyu.core.outreach import broadcasts, dispatches, gate, tokens
from siyu.core.outreach.broadcasts import running
from siyu.core.outreach.broadcasts.models import Broadcast, BroadcastPart
from siyu.core.outreach.broadcasts.naming import named
from siyu.core.outreach.broadcasts.writing import BadBroadcast, NoSuchBroadcast, TooLate, Wish
from siyu.core.outreach.gate.door import Letter
from siyu.core.outreach.models import InboxItem, Outgoing, QuietHours
from siyu.core.outreach.posting import ticking
from siyu.core.outreach.templates.letters import written
from siyu.core.outreach.templates.words import BadTemplate
from siyu.core.people import consent
from siyu.kit.refusals import KeyReused
from tests.core.outreach.people import NOON, crowd, known, somebody
from tests.core.outreach.saying import member, person, told, write

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def no_controls(monkeypatch):
    monkeypatch.setattr("siyu.core.insight.trials.controls.SHARE", 0)


def wish(people, **more) -> Wish:
    versions = more.pop("versions", None) or [write().pk]
    weights = more.pop("weights", [1] * len(versions))
    variants = [{"version": v, "weight": w} for v, w in zip(versions, weights, strict=True)]
    return Wish(**{"title": "May", "channel": "sms", "variants": variants, "people": people, "holdout": 0} | more)


def draft(people, key=None, **more) -> Broadcast:
    return broadcasts.draft(wish=wish(people, **more), by="lin", at=NOON, key=key)


def planned(people, at=NOON, starts_at=None, **more) -> Broadcast:
    one = draft(people, **more)
    return broadcasts.plan(broadcast=one.pk, by="lin", at=at, starts_at=starts_at)


def work(at=NOON) -> None:
    while broadcasts.work_off(at):
        pass


def events() -> list[str]:
    return list(Entry.objects.filter(name__startswith="broadcast.").order_by("pk").values_list("name", flat=True))


def sent_all() -> None:
    Outgoing.objects.filter(state="queued").update(state="sent", sent_at=NOON)


def test_it_works():
    one = planned(crowd(20), holdout=5000)
    work()
    one.refresh_from_db()
    assert (one.state, one.asked) == ("sending", 20)
    assert one.dispatch and one.dispatch.state == "done" and one.dispatch.trial
    assert 0 < Outgoing.objects.count() < 20
    assert Trial.objects.get().key == f"broadcast:{one.pk}" and Trial.objects.get().action == "hello"
    sent_all()
    work()
    one.refresh_from_db()
    assert (one.state, one.finished_at) == ("done", NOON)
    assert events() == ["broadcast.planned", "broadcast.started", "broadcast.done"]


def test_worked_again_it_tells_nobody_twice():
    planned(crowd(20))
    work(), work()
    assert Outgoing.objects.count() == 20


def test_killed_in_the_middle_of_filling_it_goes_on(monkeypatch):
    monkeypatch.setattr(running, "PART", 7)
    one = planned(crowd(20))
    let_through, calls = gate.let_through, []

    def dying(*args, **more):
        counts = let_through(*args, **more)
        calls.append(1)
        if len(calls) == 2:  # the part stands in the outbox, and nobody has written down that it does
            raise KeyboardInterrupt
        return counts

    monkeypatch.setattr(running.gate, "let_through", dying)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert Outgoing.objects.count() == 14 and BroadcastPart.objects.filter(done_at=None).count() == 2
    work()
    assert Outgoing.objects.count() == 20
    assert Outgoing.objects.values("person").distinct().count() == 20
    one.refresh_from_db()
    assert one.state == "sending"


def test_variants_are_shared_by_weight():
    two = [write().pk, write(code="other", bodies={"en": {"text": "Other"}}).pk]
    one = planned(crowd(40), versions=two, weights=[3, 1], holdout=2000)
    work()
    assert Trial.objects.get().arms == {"A": 6000, "B": 2000}
    assert Trial.objects.get().action == "hello+other"
    one.refresh_from_db()
    assert one.dispatch and [v["template"] for v in one.dispatch.variants] == two
    assert set(Outgoing.objects.values_list("arm", flat=True)) == {1, 2}


def test_nothing_is_sent_before_its_time():
    later = NOON + timedelta(days=1)
    one = planned(crowd(3), starts_at=later)
    work(later - timedelta(seconds=1))
    assert not Outgoing.objects.exists()
    work(later)
    assert Outgoing.objects.count() == 3
    with pytest.raises(TooLate):
        broadcasts.take_back(broadcast=one.pk, by="lin", at=later)


def test_by_each_persons_clock():
    here, there = somebody("13900000001"), somebody("13900000002")
    told(there, timezone="Europe/London")
    evening = datetime(2026, 5, 2, 11, tzinfo=UTC)  # seven in Shanghai
    planned([here, there], starts_at=evening, zone="person")
    work(NOON)
    assert not Outgoing.objects.exists()
    work(datetime(2026, 5, 2, 5, tzinfo=UTC))  # seven in the evening, fourteen hours ahead
    due = dict(Outgoing.objects.values_list("person", "due_at"))
    assert due == {here: evening, there: datetime(2026, 5, 2, 18, tzinfo=UTC)}


def test_in_quiet_hours_it_waits():
    QuietHours.objects.create(begins=time(21), ends=time(9))
    night = datetime(2026, 5, 1, 14, tzinfo=UTC)
    planned(crowd(2), starts_at=night)
    work(night)
    assert set(Outgoing.objects.values_list("due_at", flat=True)) == {datetime(2026, 5, 2, 1, tzinfo=UTC)}


def test_paused_nothing_goes_on_and_resumed_it_does(monkeypatch):
    monkeypatch.setattr(running, "PART", 5)
    one = planned(crowd(20))
    running.start_due(NOON)
    running.fill_next(NOON)
    broadcasts.pause(broadcast=one.pk, by="lin", at=NOON), broadcasts.pause(broadcast=one.pk, by="lin", at=NOON)
    work()
    assert Outgoing.objects.count() == 5
    one.refresh_from_db()
    assert one.dispatch and one.dispatch.state == "paused"
    broadcasts.resume(broadcast=one.pk, by="lin", at=NOON)
    work()
    assert Outgoing.objects.count() == 20
    assert events().count("broadcast.paused") == 1


def test_paused_before_it_begins_it_does_not_begin():
    one = planned(crowd(3))
    broadcasts.pause(broadcast=one.pk, by="lin", at=NOON)
    work()
    assert not Outgoing.objects.exists()
    broadcasts.resume(broadcast=one.pk, by="lin", at=NOON)
    work()
    assert Outgoing.objects.count() == 3


def test_stopped_it_is_over(monkeypatch):
    monkeypatch.setattr(running, "PART", 5)
    one = planned(crowd(20))
    running.start_due(NOON)
    running.fill_next(NOON)
    for _ in range(2):
        broadcasts.stop(broadcast=one.pk, by="lin", at=NOON)
    work()
    one.refresh_from_db()
    assert (one.state, one.dispatch and one.dispatch.state) == ("stopped", "stopped")
    assert Outgoing.objects.count() == 5
    with pytest.raises(TooLate):
        broadcasts.resume(broadcast=one.pk, by="lin", at=NOON)
    assert events().count("broadcast.stopped") == 1


@pytest.mark.parametrize("turn", ["stop", "pause"])
def test_what_is_stopped_or_paused_at_the_gate_holds_up_no_other(monkeypatch, turn):
    monkeypatch.setattr(running, "PART", 5)
    people = crowd(10)
    first, second = planned(people), planned(people)
    running.start_due(NOON), running.fill_next(NOON)
    first.refresh_from_db()
    getattr(dispatches, turn)(dispatch=first.dispatch_id, by="lin", at=NOON)
    work()
    second.refresh_from_db(), first.refresh_from_db()
    assert Outgoing.objects.filter(dispatch=second.dispatch_id).count() == 10
    assert first.state == ("stopped" if turn == "stop" else "filling")
    if turn == "pause":
        dispatches.resume(dispatch=first.dispatch_id, by="lin", at=NOON)
        work()
        assert Broadcast.objects.get(pk=first.pk).state == "sending"


def test_a_draft_can_be_changed_and_what_is_planned_taken_back_first():
    one = draft(crowd(3))
    broadcasts.change(broadcast=one.pk, wish=wish(crowd(4), title="June"), at=NOON)
    broadcasts.plan(broadcast=one.pk, by="lin", at=NOON)
    with pytest.raises(TooLate):
        broadcasts.change(broadcast=one.pk, wish=wish(crowd(2)), at=NOON)
    with pytest.raises(TooLate):
        broadcasts.plan(broadcast=one.pk, by="lin", at=NOON)
    assert broadcasts.take_back(broadcast=one.pk, by="lin", at=NOON).state == "draft"
    work()
    assert not Outgoing.objects.exists()


def test_the_same_key_makes_one():
    people, words = crowd(3), write().pk
    one = draft(people, key="k", versions=[words])
    assert draft(people, key="k", versions=[words]) == one
    with pytest.raises(KeyReused):
        draft(people, key="k", versions=[words], title="Other")


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""}, {"holdout": 5001}, {"holdout": -1}, {"window": 0}, {"quiet": "loud"}, {"zone": "moon"},
        {"per_minute": 0}, {"cost": -1}, {"budget": -5}, {"campaign": "x" * 51}, {"people": None},
        {"definition": {"version": 1, "where": {}}}, {"audience": 999, "people": None}, {"versions": [999]},
        {"weights": [0]}, {"weights": [101]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(said):
    people = said.pop("people", [1])
    with pytest.raises((BadBroadcast, NotUnderstood)):
        draft(people, **said)
    assert not Broadcast.objects.exists()


def test_words_must_be_for_the_channel_and_of_one_kind():
    with pytest.raises(BadBroadcast, match="not written for"):
        draft([1], versions=[write(code="only-inapp", channels=["inapp"]).pk])
    with pytest.raises(BadBroadcast, match="one kind"):
        draft([1], versions=[write().pk, write(code="service", kind="service").pk])
    with pytest.raises(BadBroadcast, match="only marketing"):
        draft([1], versions=[write(code="service", kind="service").pk], budget=100)
    with pytest.raises(NoSuchBroadcast):
        broadcasts.plan(broadcast=999, by="lin", at=NOON)
    with pytest.raises(BadBroadcast, match="over"):
        planned([1], starts_at=NOON - timedelta(days=1))


def test_service_is_tried_on_nobody():
    one = planned(crowd(5, purpose="service"), versions=[write(code="service", kind="service").pk], holdout=1000)
    work()
    one.refresh_from_db()
    assert Outgoing.objects.count() == 5 and one.dispatch and one.dispatch.trial is None


def test_a_pasted_list_says_what_is_wrong_with_it():
    alice, bob = somebody("13800138000"), known("email", "bob@example.com")
    found = named(["138 0013 8000", "", "Bob@Example.com,", "nonsense", "13900000009", "+86 13800138000"])
    assert found.people == sorted([alice, bob])
    assert [(one.line, one.reason) for one in found.bad] == [(4, "not_understood"), (5, "unknown"), (6, "twice")]


def test_an_audience_is_asked_when_it_starts():
    definition = {"version": 1, "where": {"trait": {"name": "orders", "op": ">=", "value": 2}}}
    one = planned(None, definition=definition)
    work()
    one.refresh_from_db()
    assert (one.state, one.asked) == ("done", 0)


def test_two_workers_start_it_once():
    one = planned(crowd(4))
    assert running.start(Broadcast.objects.get(pk=one.pk), NOON)
    assert not running.start(Broadcast.objects.get(pk=one.pk), NOON)
    assert np.sum([part.count for part in BroadcastPart.objects.order_by("pk")]) == 4


def test_bad_words_are_no_version():
    with pytest.raises(BadTemplate):
        write(bodies={"en": {"text": "{x}"}})


def test_members_find_it_in_their_inbox_each_in_their_language():
    lin = member("13800000001", name="林", language="zh-hans")
    alice = member("13800000002", name="Alice", language="en")
    for who in (lin, alice):
        consent.give(person=who.identity_id, channel="inapp", source="test", at=NOON)
    planned([person(lin), person(alice)], channel="inapp")
    work()
    assert ticking.tick("inapp", at=NOON) == 2
    texts = dict(InboxItem.objects.values_list("identity", "text"))
    assert texts[lin.identity_id].startswith("林，看") and texts[alice.identity_id].startswith("Dear Alice, see")
    sign = texts[alice.identity_id].partition("?m=")[2]
    assert tokens.read(sign) == (InboxItem.objects.get(identity=alice.identity_id).message, person(alice))
    work()
    assert Broadcast.objects.get().state == "done"


def test_a_mail_says_how_to_hear_no_more():
    bob = known("email", "bob@example.com")
    consent.give(person=bob, channel="email", source="test", at=NOON)
    said = {"subject": "Hi", "text": "Hello {name|you} {unsubscribe}"}
    planned([bob], channel="email", versions=[write(channels=["email"], bodies={"en": said}).pk])
    work()
    row = Outgoing.objects.get()
    [mail] = written(row.dispatch, [Letter(row.pk, bob, row.arm, "k", bob, "bob@example.com")], NOON)
    assert mail.unsubscribe.endswith(f"/u/{tokens.token(row.pk, bob)}") and mail.unsubscribe in mail.text
