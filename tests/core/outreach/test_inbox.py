"""What members find in their inbox."""

from datetime import timedelta

import pytest

from siyu.core.outreach import inbox
from siyu.core.outreach.channels import Message, NotTaken
from siyu.core.outreach.decision import decided
from siyu.core.outreach.inbox.carrying import Inbox
from siyu.core.outreach.inbox.held import Inbox as Holding
from siyu.core.outreach.models import InboxItem, Receipt
from siyu.core.people.holdings import Somebody
from siyu.core.people.models import Identity
from tests.core.outreach.people import NOON, dispatch
from tests.core.outreach.saying import member, message, person

pytestmark = pytest.mark.django_db(databases="__all__")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def alice():
    return member("13800000001", name="Alice")


def deliver(who, key="m1", outgoing=None, text="Hello"):
    said = decided(channel="inapp", kind="marketing", reason="allowed", now=True, outgoing=outgoing)
    address = Identity.objects.get(pk=who.identity_id).value
    return Inbox().send(said, Message(address, text, key, subject="S", kind="marketing"), at=NOON)


def test_it_works(alice):
    sent = message(dispatch(channel="inapp"), person(alice))
    deliver(alice, outgoing=sent.pk)
    [one] = inbox.listing(alice.identity_id).rows
    assert (one.subject, one.text, inbox.unread(alice.identity_id)) == ("S", "Hello", 1)
    assert inbox.item(alice.identity_id, one.pk, at=LATER).opened_at == LATER
    assert inbox.unread(alice.identity_id) == 0
    assert Receipt.objects.get().kind == "opened"


def test_sent_twice_it_lies_there_once(alice):
    deliver(alice), deliver(alice, text="Other")
    assert InboxItem.objects.get().text == "Hello"


def test_opened_twice_it_was_opened_the_first_time(alice):
    deliver(alice)
    one = InboxItem.objects.get()
    inbox.item(alice.identity_id, one.pk, at=LATER)
    assert inbox.item(alice.identity_id, one.pk, at=LATER + timedelta(hours=1)).opened_at == LATER


def test_nobody_reads_anothers(alice):
    deliver(alice)
    other = member("13800000002")
    with pytest.raises(inbox.NoSuchItem):
        inbox.item(other.identity_id, InboxItem.objects.get().pk, at=LATER)
    assert inbox.listing(other.identity_id).rows == []


def test_who_is_no_member_has_none():
    said = decided(channel="inapp", kind="marketing", reason="allowed", now=True)
    with pytest.raises(NotTaken):
        Inbox().send(said, Message("nobody", "x", "k"), at=NOON)


def test_pages_follow_each_other(alice):
    for n in range(5):
        deliver(alice, key=f"k{n}", text=str(n))
    first = inbox.listing(alice.identity_id, limit=3)
    rest = inbox.listing(alice.identity_id, before=first.next or 0, limit=3)
    assert [one.text for one in [*first.rows, *rest.rows]] == ["4", "3", "2", "1", "0"]
    assert rest.next is None


def test_it_goes_with_whom_it_was_for(alice):
    deliver(alice)
    who = Somebody((alice.identity_id,))
    assert Holding().export(who)["inbox"][0]["text"] == "Hello"
    assert Holding().erase(who).erased == {"inbox": 1}
    assert not InboxItem.objects.exists() and Holding().count(who) == {}
