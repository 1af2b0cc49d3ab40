"""The gate: who gets a message, who does not, and why."""

from datetime import timedelta

import numpy as np
import pytest

from siyu.core.insight import trials
from siyu.core.insight.trials import controls
from siyu.core.ledger import books
from siyu.core.outreach import channels, dispatches, gate, suppressing
from siyu.core.outreach.channels import Message, NotAllowed
from siyu.core.outreach.gate import budget, verdicts
from siyu.core.outreach.models import Cap, Outgoing
from siyu.core.people import consent, erasure
from siyu.core.people.graph.deciding import join
from tests.core.outreach.people import NOON, crowd, dispatch, known, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_is_held_out():
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))


def through(of, people, **more):
    return dict(gate.let_through(of, np.array(people, dtype=np.int64), at=NOON, **more))


def test_it_works():
    alice, bob = somebody("alice"), somebody("bob", says=False)
    hello = dispatch()
    assert through(hello, [alice, bob, 999_999]) == {"allowed": 1, "consent": 1, "erased": 1}
    (message,) = Outgoing.objects.all()
    assert (message.person, message.state, message.due_at, str(message.day)) == (alice, "queued", NOON, "2026-05-01")
    assert [gate.why(hello, who) for who in (alice, bob, 999_999)] == ["allowed", "consent", "erased"]


def test_twice_the_same_changes_nothing():
    people = crowd(5)
    hello = dispatch()
    assert through(hello, people) == {"allowed": 5}
    assert through(hello, people) == {} and Outgoing.objects.count() == 5


def test_silence_is_a_no_but_a_transaction_asks_nobody():
    carol = somebody("carol", says=None)
    assert through(dispatch(), [carol]) == {"consent": 1}
    assert through(dispatch("code", kind="transactional"), [carol]) == {"allowed": 1}


def test_suppression_binds_transactions_too():
    dave = somebody("13911112222")
    suppressing.suppress(namespace="phone", value="139 1111 2222", reason="complained", by="lin", at=NOON)
    assert through(dispatch("code", kind="transactional"), [dave]) == {"suppressed": 1}
    no = gate.decide_address(channel="sms", to="13911112222", at=NOON)
    with pytest.raises(NotAllowed):
        channels.send(no, Message("13911112222", "code", "k"), at=NOON)


def test_whoever_comes_with_a_suppressed_address_is_bound_by_it():
    suppressing.suppress(namespace="phone", value="13911112222", reason="operator", by="lin", at=NOON)
    assert through(dispatch(), [somebody("13911112222"), somebody("13911113333")]) == {"suppressed": 1, "allowed": 1}


def test_another_address_of_theirs_is_as_good():
    one, two = somebody("13911112222"), somebody("13911113333")
    join(person=one, other=two, by="lin", at=NOON)
    suppressing.suppress(namespace="phone", value="13911112222", reason="bounced", by="lin", at=NOON)
    assert through(dispatch(), [one]) == {"allowed": 1}


def test_who_has_no_address_is_not_reached():
    only_mail = known("email", "lin@example.cn")
    consent.give(person=only_mail, channel="sms", source="test", at=NOON)
    assert through(dispatch(), [only_mail]) == {"unreachable": 1}


def test_who_was_erased_is_nobody():
    alice = somebody("alice")
    erasure.request(person=alice, by="lin", at=NOON)
    assert through(dispatch(kind="transactional"), [alice]) == {"erased": 1}


def test_one_person_under_two_numbers_gets_one_message():
    one, two = somebody("13911112222"), somebody("13911113333")
    hello = dispatch()
    through(hello, [two])
    join(person=one, other=two, by="lin", at=NOON)
    assert through(hello, [one, two]) == {} and gate.why(hello, one) == gate.why(hello, two) == "allowed"
    assert through(dispatch("again"), [two, one]) == {"allowed": 1}


def test_caps_count_over_channels_and_over_numbers_of_a_person():
    Cap.objects.create(period="day", most=1)
    one, two = somebody("13911112222"), somebody("13911113333")
    through(dispatch("first"), [two])
    join(person=one, other=two, by="lin", at=NOON)
    assert through(dispatch("second"), [one]) == {"cap": 1}
    assert gate.let_through(dispatch("third"), np.array([one]), at=NOON + timedelta(days=1)) == {"allowed": 1}
    assert through(dispatch("service", kind="transactional"), [one]) == {"allowed": 1}


def test_a_week_is_from_monday():
    Cap.objects.create(period="week", channel="sms", most=2)
    (who,) = crowd(1)
    days = [0, 1, 2, 3]  # Friday to Monday
    said = [gate.decide_one(dispatch(f"d{n}"), who, at=NOON + timedelta(days=n)).reason for n in days]
    assert said == ["allowed", "allowed", "cap", "allowed"]


def test_who_is_in_the_global_control_group_hears_no_marketing():
    controls.change(share=500, by="lin", at=NOON)
    people = np.array(crowd(200))
    held = controls.held_out(people, at=NOON + timedelta(days=400))
    later = NOON + timedelta(days=400)
    hello = dispatch()
    assert held.any() and gate.let_through(hello, people, at=later)["control"] == held.sum()
    assert gate.let_through(dispatch("code", kind="transactional"), people, at=later) == {"allowed": 200}


def tried(**more):
    trial = trials.open_trial(key="t", arms={"A": 4500, "B": 4500}, window=14, salt="salt", by="lin", at=NOON)
    return trial, dispatch(trial=trial, variants=[{"arm": "A", "text": "a"}, {"arm": "B", "text": "b"}], **more)


def test_the_holdout_enters_the_trial_and_gets_nothing():
    people = np.array([*crowd(100), somebody("no", says=False)])
    trial, hello = tried()
    said = through(hello, people)
    arms = trials.arms_of(trial, people[:100])
    assert said == {"allowed": (arms > 0).sum(), "holdout": (arms == 0).sum(), "consent": 1}
    assert sum(entry.count for entry in trial.entries.all()) == 100
    mine = dict(Outgoing.objects.values_list("person", "arm"))
    assert mine == {int(who): arm for who, arm in zip(people, arms, strict=False) if arm > 0}


def test_whom_the_budget_does_not_reach_has_not_entered_the_trial():
    people = crowd(60)
    trial, hello = tried(cost=5, budget=100)
    said = through(hello, people)
    assert said["allowed"] == 20 and books.balance(budget.account(hello)) == 0
    assert said["budget"] == 60 - 20 - said["holdout"] > 0
    assert sum(entry.count for entry in trial.entries.all()) == 20 + said["holdout"]


def test_the_figure_opens_to_the_people():
    people = crowd(3)
    bob = somebody("bob", says=False)
    hello = dispatch()
    through(hello, [*people, bob])
    assert [one.tolist() for one in verdicts.people_of(hello, "allowed")] == [sorted(people)]
    (said,) = gate.verdicts_of(bob)
    assert (said.dispatch, said.reason, said.channel) == (hello.pk, "consent", "sms")


def test_a_stopped_dispatch_lets_nobody_in():
    hello = dispatch()
    dispatches.stop(dispatch=hello.pk, by="lin", at=NOON)
    with pytest.raises(gate.DispatchIsOver):
        through(hello, crowd(1))


def test_in_parts(monkeypatch):
    monkeypatch.setattr("siyu.core.outreach.gate.asked.PART", 7)
    Cap.objects.create(period="day", most=1)
    people = crowd(50)
    assert through(dispatch(), people) == {"allowed": 50}
    assert through(dispatch("more"), people) == {"cap": 50}


def test_one_is_decided_as_many_are():
    alice, hello = somebody("alice"), dispatch()
    yes = gate.decide_one(hello, alice, at=NOON)
    assert yes.allowed and yes.outgoing == Outgoing.objects.get().pk and gate.decide_one(hello, alice, at=NOON) == yes
    with pytest.raises(NotAllowed):  # it stands in the outbox, and is sent from there
        channels.send(yes, Message("x", "y", "k"), at=NOON)


def test_only_the_gate_decides():
    from siyu.core.outreach.decision import Decision

    with pytest.raises(AssertionError):
        Decision(channel="sms", kind="marketing", reason="allowed", now=True)
