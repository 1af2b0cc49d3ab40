"""Messages as files, and the page that shows them."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from siyu.core.eventlog.forgetting import Somebody
from siyu.core.outreach import channels, gate
from siyu.core.outreach.channels import Message, NoSuchChannel, NotSent, send
from siyu.interfaces.connectors.outbox import sender
from siyu.interfaces.connectors.outbox.held import Outbox
from tests.home import HOME
from tests.interfaces.console.team import operator

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty():
    for path in sender.newest():
        path.unlink()


def sent(key: str = "k1", to: str = "13812345678", minutes: int = 0, text: str = "123456 is your code"):
    decision = gate.decide_address(channel="sms", to=to, at=NOON)
    return send(decision, Message(to, text, key), at=NOON + timedelta(minutes=minutes))


def test_it_works():
    receipt = sent()
    assert receipt.sender == "outbox"
    assert [(one.channel, one.to, one.text, one.at) for one in channels.latest()] == [
        ("sms", "13812345678", "123456 is your code", NOON)
    ]
    path = sender.newest()[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE((HOME / "outbox").stat().st_mode) == 0o700


def test_under_one_key_one_goes_out():
    assert sent().reference == sent(minutes=5).reference and len(channels.latest()) == 1


def test_the_newest_come_first():
    for n in range(5):
        sent(f"k{n}", minutes=n, text=str(n))
    assert [one.text for one in channels.latest(3)] == ["4", "3", "2"]


def test_a_week_later_they_are_gone():
    sent("old"), sent("new", minutes=60)
    assert sender.forget(NOON + timedelta(days=7, minutes=1)) == 1 and len(channels.latest()) == 1


def test_who_is_forgotten_is_forgotten_here():
    sent("k1"), sent("k2", to="bob@example.cn")
    alice = Somebody((1,), ("13812345678",))
    assert Outbox().count(alice) == {"messages": 1} and len(Outbox().export(alice)["outbox"]) == 1
    assert Outbox().erase(alice).erased == {"messages": 1} and Outbox().erase(alice).erased == {"messages": 0}
    assert [one.to for one in channels.latest()] == ["bob@example.cn"]


def test_a_channel_that_nobody_carries_is_an_expected_no():
    with pytest.raises(NotSent):
        send(gate.decide_address(channel="webhook", to="roof", at=NOON), Message("roof", "hello", "k"), at=NOON)
    with pytest.raises(NoSuchChannel):
        gate.decide_address(channel="pigeon", to="roof", at=NOON)


def test_operators_with_the_role_read_it():
    sent()
    client = Client()
    client.force_login(operator("member"))
    page = client.get("/outbox").content.decode()
    assert "123456 is your code" in page and "SMS" in page
    client.force_login(operator("community"))
    assert client.get("/outbox").status_code == 403
