"""The outbox goes out: once, in time, and past what is broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

import numpy as np
import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.insight.trials import controls
from siyu.core.ledger import books
from siyu.core.outreach import channels, dispatches, gate, posting, receipts, suppressing
from siyu.core.outreach.channels import Doubtful, Message, NotSent, NotTaken
from siyu.core.outreach.gate import budget
from siyu.core.outreach.models import Cap, Destination, Outgoing, QuietHours, Suppression, Tally
from siyu.core.outreach.posting.writing import ATTEMPTS
from siyu.core.people import consent, erasure
from siyu.core.people.graph.deciding import join
from tests.core.outreach.people import NOON, crowd, dispatch, somebody

pytestmark = pytest.mark.django_db


class Carrier:
    name = "carrier"

    def __init__(self) -> None:
        self.took: list[Message] = []
        self.no: NotSent | None = None
        self.asked = 0

    def send(self, decision, message, *, at: datetime):
        self.asked += 1
        if self.no:
            raise self.no
        self.took.append(message)
        return channels.Receipt(self.name, message.key, at)

    def latest(self, limit: int) -> list:
        return []


@pytest.fixture(autouse=True)
def carrier(monkeypatch) -> Iterator[Carrier]:
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    made = Carrier()
    monkeypatch.setitem(channels._senders, "sms", made)
    monkeypatch.setitem(channels._senders, "email", made)
    return made


def queued(people: Sequence[int], key: str = "hello", **more):
    made = dispatch(key, **more)
    gate.let_through(made, np.array(people), at=NOON)
    return made


def states() -> list[str]:
    return list(Outgoing.objects.order_by("pk").values_list("state", flat=True))


def after(seconds: float = 0, **more: float) -> datetime:
    return NOON + timedelta(seconds=seconds, **more)


def test_it_works(carrier):
    queued([somebody("13911112222")])
    assert posting.tick("sms", at=after(1)) == 1 and posting.tick("sms", at=after(2)) == 0
    (message,) = Outgoing.objects.all()
    assert (message.state, message.reference, message.sent_at) == ("sent", f"out:{message.pk}", after(1))
    assert [(one.to, one.text) for one in carrier.took] == [("13911112222", "Hello")]
    assert Entry.objects.filter(name="message.sent").count() == 1


def test_what_has_changed_since_is_seen_at_the_door(carrier):
    erased, shut, no, fine = people = crowd(4)
    queued(people)
    erasure.request(person=erased, by="lin", at=NOON)
    suppressing.suppress(namespace="phone", value="13900000001", reason="operator", by="lin", at=NOON)
    consent.withdraw(person=no, channel="sms", source="test", at=after(1))
    posting.tick("sms", at=after(2))
    assert [one.to for one in carrier.took] == ["13900000003"]
    why = dict(Outgoing.objects.values_list("person", "reason"))
    assert (why[erased], why[shut], why[no], why[fine]) == ("erased", "suppressed", "consent", "")


def test_two_who_became_one_hear_it_once(carrier):
    one, two = crowd(2)
    queued([one, two])
    join(person=one, other=two, by="lin", at=NOON)
    posting.tick("sms", at=after(1))
    assert len(carrier.took) == 1 and sorted(states()) == ["sent", "stopped"]


def test_paused_resumed_and_stopped(carrier):
    people = crowd(4)
    hello = queued(people, cost=5, budget=100, per_minute=60)
    dispatches.pause(dispatch=hello.pk, by="lin", at=NOON)
    assert posting.tick("sms", at=after(1)) == 0
    dispatches.resume(dispatch=hello.pk, by="lin", at=NOON)
    assert posting.tick("sms", at=after(2)) == 1, "sixty a minute are one a second"
    dispatches.stop(dispatch=hello.pk, by="lin", at=NOON)
    posting.tick("sms", at=after(4))
    assert sorted(states()) == ["sent", "stopped", "stopped", "stopped"]
    assert books.balance(budget.account(hello)) == 95


def test_what_was_stopped_leaves_room_under_the_cap(carrier):
    Cap.objects.create(period="day", most=1)
    (who,) = crowd(1)
    hello = queued([who])
    dispatches.stop(dispatch=hello.pk, by="lin", at=NOON)
    posting.tick("sms", at=after(1))
    assert gate.decide_one(dispatch("other"), who, at=after(2)).allowed


def test_a_throttle(carrier):
    queued(crowd(5), per_minute=120)
    sent = [posting.tick("sms", at=after(1 + n / 2)) for n in range(5)]
    assert sent == [2, 0, 2, 0, 1]


def test_a_dead_destination_rests_longer_each_time_and_nobody_is_lost(carrier):
    queued(crowd(6))
    carrier.no = NotSent("the line is dead")
    posting.tick("sms", at=after(1))
    there = Destination.objects.get()
    assert (carrier.asked, there.failures, there.next_at, there.error) == (3, 1, after(6), "the line is dead")
    assert posting.tick("sms", at=after(2)) == 0 and set(states()) == {"queued"}
    posting.tick("sms", at=after(60))
    assert Destination.objects.get().next_at == after(70)
    carrier.no = None
    posting.tick("sms", at=after(600))
    assert set(states()) == {"sent"} and Destination.objects.get().failing_since is None


def test_a_dead_destination_slows_nobody(carrier, monkeypatch):
    dead = Carrier()
    dead.no = NotSent("dead")
    monkeypatch.setitem(channels._senders, "email", dead)
    people = crowd(2)
    queued(people)
    posting.tick("email", at=after(1))
    assert posting.tick("sms", at=after(1)) == 2


def test_a_message_that_is_refused_for_good_says_so(carrier):
    queued(crowd(1), cost=5, budget=5)
    carrier.no = NotTaken("there is no such number")
    posting.tick("sms", at=after(1))
    (message,) = Outgoing.objects.all()
    assert (message.state, message.reason) == ("failed", "not_taken") and not Destination.objects.get().failures
    assert books.balance(budget.account(message.dispatch)) == 5
    assert Entry.objects.filter(name="message.failed").count() == 1


def test_one_that_never_works_is_given_up_and_holds_up_nobody(carrier, monkeypatch):
    poison, *others = crowd(ATTEMPTS + 1)
    usual = carrier.send

    def picky(decision, message, *, at):
        if message.to == "13900000000":
            raise NotSent("not this one")
        return usual(decision, message, at=at)

    monkeypatch.setattr(carrier, "send", picky)
    queued([poison], "poison")
    for n, other in enumerate(others):
        queued([other], f"hello {n}")
        Outgoing.objects.update(due_at=NOON)
        posting.tick("sms", at=after(hours=n))
        posting.tick("sms", at=after(1800, hours=n))
    assert Outgoing.objects.get(person=poison).state == "failed" and len(carrier.took) == ATTEMPTS


def test_who_dies_while_sending(carrier):
    """A channel that knows keys is told again under the same one; for another an operator decides."""
    queued(crowd(1))
    mail = somebody("13911112222")
    from siyu.core.people.graph.deciding import join as tie
    from tests.core.outreach.people import known

    tie(person=mail, other=known("email", "lin@example.cn"), by="lin", at=NOON)
    consent.give(person=mail, channel="email", source="test", at=NOON)
    queued([mail], "mail", channel="email")
    Outgoing.objects.update(state="sending", claim=5)
    posting.tick("sms", at=after(1)), posting.tick("email", at=after(1))
    assert dict(Outgoing.objects.values_list("channel", "state")) == {"sms": "sent", "email": "doubtful"}
    doubtful = Outgoing.objects.get(channel="email")
    posting.send_again(message=doubtful.pk, by="lin", at=after(2))
    posting.tick("email", at=after(3))
    assert len(carrier.took) == 2
    with pytest.raises(posting.NotDoubtful):
        posting.send_again(message=doubtful.pk, by="lin", at=after(4))


def test_a_line_that_breaks_leaves_a_doubt(carrier):
    queued(crowd(1))
    carrier.no = Doubtful("the line broke")
    posting.tick("sms", at=after(1))
    assert states() == ["doubtful"]


def test_what_comes_late_into_the_night_waits_for_the_morning(carrier):
    queued(crowd(1))
    QuietHours.objects.create(begins=time(12), ends=time(14))
    posting.tick("sms", at=after(60))
    assert states() == ["queued"] and Outgoing.objects.get().due_at == after(hours=2)
    posting.tick("sms", at=after(hours=2))
    assert states() == ["sent"]


def test_what_goes_out_on_another_day_counts_there(carrier):
    Cap.objects.create(period="day", most=1)
    one, two = crowd(2)
    queued([one, two])
    tomorrow = after(days=1)
    assert gate.decide_one(dispatch("next"), one, at=tomorrow).allowed
    posting.tick("sms", at=tomorrow)
    told = dict(Outgoing.objects.filter(dispatch__key="hello").values_list("person", "reason"))
    assert told == {one: "cap", two: ""}


def test_receipts_count_once_and_have_consequences(carrier):
    one, two = crowd(2)
    queued([one, two])
    posting.tick("sms", at=after(1))
    first, second = Outgoing.objects.order_by("person")
    assert receipts.take(message=first.pk, kind="bounced", at=after(2), detail="hard: no such number")
    assert not receipts.take(message=first.pk, kind="bounced", at=after(3), detail="hard: no such number")
    assert Suppression.objects.get().identity == first.address
    told = [
        receipts.ByReference(second.reference, "unsubscribed", after(2)),
        receipts.ByReference("", "opened", after(2)),
    ]
    assert receipts.by_references(channel="sms", told=told) == ["taken", "unknown"]
    assert list(Tally.objects.order_by("kind").values_list("kind", "count")) == [("bounced", 1), ("unsubscribed", 1)]
    assert [one.granted for one in consent.standing(two)] == [False]
    names = Entry.objects.filter(name__in=("message.bounced", "message.unsubscribed", "address.suppressed"))
    assert names.count() == 3
    with pytest.raises(receipts.NoSuchReceipt):
        receipts.take(message=first.pk, kind="eaten", at=after(4))


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_who_is_erased_leaves_a_hash(carrier):
    (one,) = crowd(1)
    queued([one])
    posting.tick("sms", at=after(1))
    receipts.take(message=Outgoing.objects.get().pk, kind="complained", at=after(2))
    done = erasure.carry_out(erasure.request(person=one, by="lin", at=after(3)), at=after(3))
    assert done.receipt["outreach"]["kept"] == {"suppressions": 1}
    assert Suppression.objects.get().identity is None and not Outgoing.objects.get().reference
    assert gate.decide_address(channel="sms", to="13900000000", at=after(4)).reason == "suppressed"
