"""Yes and no, per channel and purpose: the newest word counts, and of several identities the strictest."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.insight import audiences
from siyu.core.people import consent
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.consent import NoSuchConsent, Word, allowed, give, history, standing, take, withdraw
from siyu.core.people.models import Consent
from siyu.core.people.numbers import number
from tests.core.test_people import linked

pytestmark = pytest.mark.django_db(databases="__all__")
committed = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def known(*values: str) -> list[int]:
    claims = {("phone", value): NOON for value in values}
    numbers = number(claims, source="shop")
    return [numbers[claim] for claim in claims]


def reachable(purpose: str = "marketing") -> list[int]:
    drain_all()
    where = {"reachable": {"channel": "sms", "purpose": purpose}}
    return audiences.members({"version": 1, "where": where}).tolist()


@committed
def test_it_works():
    alice, bob = known("13800000001", "13800000002")
    assert give(person=alice, channel="sms", source="form", at=at(1)) == 1
    assert give(person=bob, channel="sms", source="form", at=at(1)) == 1
    assert withdraw(person=bob, channel="sms", source="unsubscribe", at=at(2)) == 1
    assert [(one.channel, one.granted, one.source) for one in standing(bob)] == [("sms", False, "unsubscribe")]
    assert [(one.granted, one.source, one.at) for one in history(bob)] == [
        (False, "unsubscribe", at(2)),
        (True, "form", at(1)),
    ]
    assert allowed([alice, bob], "sms", "marketing") == {alice} and allowed([alice], "sms", "service") == set()
    assert reachable() == [alice] and reachable("service") == []


@committed
def test_the_newest_word_counts_whatever_the_order_of_arrival():
    people = known(*(f"1380000000{n}" for n in range(6)))
    said = [(1, True), (2, False), (3, True)]
    for who, order in zip(people, permutations(said), strict=True):
        for hour, granted in order:
            take([Word(who, "sms", "marketing", granted, at(hour))], source="app")
    assert all(one.granted for who in people for one in standing(who))
    assert reachable() == people


def test_of_one_moment_the_no_counts_and_twice_changes_nothing():
    (alice,) = known("13800000001")
    yes, no = (Word(alice, "sms", "marketing", granted, at(1)) for granted in (True, False))
    assert len(take([no, yes], source="app")) == 1
    assert take([yes], source="app") == take([no], source="app") == set()
    assert not standing(alice)[0].granted and Entry.objects.filter(name="consent.withdrawn").count() == 1


@committed
def test_of_several_identities_one_no_is_a_no_until_the_person_says_yes():
    phone, other = known("13800000001", "13800000002")
    give(person=phone, channel="sms", source="form", at=at(5))
    withdraw(person=other, channel="sms", source="app", at=at(3))
    linked(phone, other)
    assert allowed([phone], "sms", "marketing") == set() and reachable() == []
    assert not standing(phone)[0].granted
    assert give(person=phone, channel="sms", source="console", at=at(6)) == 2
    assert allowed([phone], "sms", "marketing") == {phone} and reachable() == [phone]


def test_each_identity_keeps_its_own_word():
    phone, other = known("13800000001", "13800000002")
    take([Word(phone, "sms", "marketing", True, at(1)), Word(other, "sms", "marketing", False, at(1))], source="app")
    linked(phone, other)
    rows = Consent.objects.order_by("identity").values_list("identity", "granted")
    assert list(rows) == [(phone, True), (other, False)]


def test_no_is_always_possible_also_where_nobody_asked():
    (alice,) = known("13800000001")
    assert withdraw(person=alice, channel="email", purpose="social", source="link", at=at(1)) == 1


@pytest.mark.parametrize(("channel", "purpose"), [("smoke", "marketing"), ("sms", "transactional")])
def test_what_is_no_channel_or_needs_no_consent_is_refused(channel, purpose):
    (alice,) = known("13800000001")
    with pytest.raises(NoSuchConsent):
        give(person=alice, channel=channel, purpose=purpose, source="form", at=at(1))


def test_nobody_cannot_say_anything():
    with pytest.raises(NoSuchPerson):
        withdraw(person=404, channel="sms", source="form", at=at(1))


def test_many_are_taken_in_a_few_statements(django_assert_max_num_queries):
    people = known(*(f"139{n:08}" for n in range(500)))
    with django_assert_max_num_queries(12):
        take([Word(who, c, "marketing", True, at(1)) for who in people for c in consent.CHANNELS[:2]], source="file")
