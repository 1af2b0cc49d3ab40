"""What comes back of a message."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from siyu.core.eventlog.drain import drain
from siyu.core.eventlog.hearing import Heard
from siyu.core.eventlog.models import Entry
from siyu.core.links import clicking
from siyu.core.links.clicking import CLICKED, OPENED, Knock
from siyu.core.outreach import receipts, tokens, tracking
from siyu.core.outreach.models import Receipt, Suppression, Tally
from siyu.core.outreach.receipts import ByReference
from siyu.core.outreach.tracking import NoSuchSign
from siyu.core.people import consent
from tests.core.links.clicks import CHROME, a_link
from tests.core.outreach.people import NOON, crowd, dispatch, somebody
from tests.core.outreach.saying import message

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def sent():
    return message(dispatch(), somebody("Alice"))


def click(sent, **said) -> None:
    link = a_link()
    told = {"message": sent.pk, "recipient": sent.person} | said
    knock = Knock(link.code, said.pop("agent", CHROME), "10.0.0.1", "testserver", said=told)
    clicking.take(knock, clicking.decide(knock, at=LATER), at=LATER)
    drain()


def received() -> dict[str, str]:
    return dict(Receipt.objects.order_by("kind").values_list("kind", "detail"))


def test_it_works(sent):
    click(sent)
    assert set(received()) == {"clicked", "opened"}
    assert Receipt.objects.get(kind="clicked").at == LATER


def test_clicked_twice_it_was_clicked_once(sent):
    click(sent), click(sent)
    assert Receipt.objects.filter(kind="clicked").count() == 1


def test_programs_and_looks_ahead_are_no_clicks(sent):
    click(sent, agent="curl/8.0")
    click(sent, ahead=True)
    assert received() == {}


def test_a_message_that_nobody_knows_is_left_alone(sent):
    click(sent, message=sent.pk + 1)
    click(sent, message="x")
    assert received() == {}


def test_an_opening_is_heard(sent):
    clicking.open_message(
        message=sent.pk, recipient=sent.person, address="10.0.0.1", agent=CHROME, ahead=False, at=LATER
    )
    drain()
    assert set(received()) == {"opened"}


def may(person: int, channel: str = "sms") -> bool:
    return any(one.granted for one in consent.standing(person) if (one.channel, one.purpose) == (channel, "marketing"))


def test_who_wants_no_more_gets_no_more_and_may_change_their_mind(sent):
    sign, who = tokens.token(sent.pk, sent.person), sent.person
    consent.give(person=who, channel="email", source="test", at=NOON)
    assert not tracking.subscription(sign).stopped
    assert tracking.unsubscribe(sign=sign, everything=False, at=LATER).stopped
    assert (may(who), may(who, "email")) == (False, True)
    assert set(received()) == {"unsubscribed"}
    assert not tracking.undo(sign=sign, at=LATER + timedelta(minutes=1)).stopped
    assert (may(who), may(who, "email")) == (True, True)


def test_no_more_over_any_channel(sent):
    sign, who = tokens.token(sent.pk, sent.person), sent.person
    consent.give(person=who, channel="email", source="test", at=NOON)
    tracking.unsubscribe(sign=sign, everything=True, at=LATER)
    assert (may(who), may(who, "email")) == (False, False)
    tracking.undo(sign=sign, at=LATER + timedelta(minutes=1))
    assert (may(who), may(who, "email")) == (True, True)


def test_undo_brings_back_nothing_else(sent):
    sign, who = tokens.token(sent.pk, sent.person), sent.person
    consent.withdraw(person=who, channel="phone", source="desk", at=NOON)
    tracking.unsubscribe(sign=sign, everything=True, at=LATER)
    tracking.undo(sign=sign, at=LATER + timedelta(minutes=1))
    assert not may(who, "phone")


def test_who_never_said_yes_says_no_all_the_same():
    one = message(dispatch("other"), somebody("Bob", says=None))
    tracking.unsubscribe(sign=tokens.token(one.pk, one.person), everything=False, at=LATER)
    [said] = consent.standing(one.person)
    assert not said.granted


def test_a_sign_that_is_none_does_nothing_and_says_so(sent):
    for sign in ("x" * 22, tokens.token(sent.pk + 1, sent.person), tokens.token(sent.pk, 10**6), ""):
        for verb in (
            lambda sign=sign: tracking.subscription(sign),
            lambda sign=sign: tracking.unsubscribe(sign=sign, everything=True, at=LATER),
            lambda sign=sign: tracking.undo(sign=sign, at=LATER),
        ):
            with pytest.raises(NoSuchSign):
                verb()
    assert may(sent.person)


def heard(sent, n: int) -> list[Heard]:
    return [
        Heard(1, i, name, LATER, None, "links", i, False, {"message": one.pk, "link": "may"}, "")
        for i, one in enumerate(sent[:n])
        for name in (CLICKED, OPENED)
    ]


def questions(do) -> int:
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        do()
    return len(asked)


def test_clicks_come_in_sets_and_cost_the_same_however_many():
    spring = dispatch()
    sent = [message(spring, who) for who in crowd(42)]
    few = questions(lambda: tracking.comes_back(heard(sent, 2)))
    assert questions(lambda: tracking.comes_back(heard(sent[2:], 40))) == few < 10
    tracking.comes_back(heard(sent, 42))
    assert dict(Tally.objects.order_by("kind").values_list("kind", "count")) == {"clicked": 42, "opened": 42}


def test_receipts_of_all_kinds_cost_the_same_however_many():
    spring, people = dispatch(), crowd(42)
    for n, who in enumerate(people):
        message(spring, who, reference=f"r{n}", address=who)

    def told(*numbers: int) -> list[ByReference]:
        kinds = ("delivered", "unsubscribed", "complained")
        return [ByReference(f"r{n}", kind, LATER) for n in numbers for kind in kinds]

    few = questions(lambda: receipts.by_references(channel="sms", told=told(0, 1)))
    assert questions(lambda: receipts.by_references(channel="sms", told=told(*range(2, 42)))) == few
    assert set(receipts.by_references(channel="sms", told=told(*range(42)))) == {"known"}
    assert Suppression.objects.count() == 42 and not any(may(who) for who in people)
    assert Entry.objects.filter(name="address.suppressed").count() == 42
