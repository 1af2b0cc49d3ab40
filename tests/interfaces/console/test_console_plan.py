"""The tracking plan in the console."""

import json

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Expectation
from siyu.kit import clock
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PAGE = "/plan/event?event=Order%2FTea+%26+Cup"


@pytest.fixture
def seen():
    said = {"type": "track", "event": "Order/Tea & Cup", "userId": "u1", "messageId": "m", "properties": {"sku": 7}}
    land(json.dumps(said).encode(), count=1, source="app", dialect="segment", received_at=clock.now())
    drain_all()


def test_it_works(client, seen):
    client.force_login(operator("media"))
    assert "Order/Tea &amp; Cup" in client.get("/plan").text
    assert "sku" in client.get(PAGE).text


def test_an_expectation_is_set_changed_and_let_go(client, seen):
    client.force_login(operator("media"))
    expect = PAGE.replace("event?", "event/expect?")
    answer = client.post(expect, {"schema": '{"required": ["sku"]}'}, follow=True)
    assert answer.status_code == 200
    assert Expectation.objects.get().schema == {"required": ["sku"]}
    for bad in ("no json", '{"anyOf": []}', "[]", "7"):
        assert client.post(expect, {"schema": bad}).status_code == 400
    client.post(expect, {"schema": ""})
    assert not Expectation.objects.exists()


def test_who_only_looks_changes_nothing(client, seen):
    client.force_login(operator("member"))
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE.replace("event?", "event/expect?"), {"schema": "{}"}).status_code == 403


def test_an_event_needs_a_name(client, seen):
    client.force_login(operator("media"))
    assert client.get("/plan/event").status_code == 404
