"""The gate's rules, what went through, and what a person was sent."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from siyu.core.insight.trials import controls
from siyu.core.outreach import gate
from siyu.core.outreach.models import Cap, Outgoing, QuietHours, Suppression
from siyu.core.people.codes import code
from tests.core.outreach.people import NOON, crowd, dispatch, somebody
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def desk() -> Client:
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    client = Client()
    client.force_login(operator("member"))
    return client


def test_rules_are_written_and_taken_back(desk):
    desk.post("/gate/cap", {"channel": "", "period": "day", "most": "2"})
    desk.post("/gate/cap", {"channel": "sms", "period": "week", "most": "3"})
    desk.post("/gate/quiet", {"begins": "22:00", "ends": "08:00"})
    page = desk.get("/gate").content.decode()
    assert Cap.objects.count() == 2 and QuietHours.objects.count() == 1 and 'value="22:00"' in page
    desk.post("/gate/cap", {"channel": "sms", "period": "week", "most": ""})
    desk.post("/gate/quiet", {"begins": "", "ends": ""})
    assert Cap.objects.count() == 1 and not QuietHours.objects.exists()
    desk.post("/gate/cap", {"channel": "pigeon", "period": "day", "most": "x"})
    assert Cap.objects.count() == 1


def test_an_address_is_suppressed_and_freed(desk):
    desk.post("/gate/suppress", {"namespace": "phone", "value": "139 0000 0000"})
    one = Suppression.objects.get()
    page = desk.get("/gate").content.decode()
    assert "13900000000" not in page and f"#{one.pk}" in page
    desk.post(f"/gate/{one.pk}/free")
    assert not Suppression.objects.exists()


def test_figures_open_to_the_people(desk):
    people, no = crowd(3), somebody("13911112222", says=False)
    hello = dispatch(title="Spring hello")
    gate.let_through(hello, np.array([*people, no]), at=NOON)
    assert "Spring hello" in desk.get("/messages").content.decode()
    page = desk.get(f"/messages/{hello.pk}?reason=consent").content.decode()
    assert code(no) in page and code(people[0]) not in page
    page = desk.get(f"/people/{code(no)}").content.decode()
    assert "Spring hello" in page and "no consent" in page
    desk.post(f"/messages/{hello.pk}/turn", {"what": "pause"})
    hello.refresh_from_db()
    assert hello.state == "paused"
    assert desk.get(f"/messages/{hello.pk}?state=queued").status_code == 200
    assert desk.get("/messages/999").status_code == 404


def test_what_is_in_doubt_is_sent_again(desk):
    gate.let_through(dispatch(), np.array(crowd(1)), at=NOON)
    Outgoing.objects.update(state="doubtful")
    one = Outgoing.objects.get()
    assert f"/messages/{one.pk}/again" in desk.get("/messages").content.decode()
    desk.post(f"/messages/{one.pk}/again")
    assert Outgoing.objects.get().state == "queued"


def test_whoever_may_only_look_changes_nothing(desk):
    client = Client()
    client.force_login(operator("community"))
    assert client.get("/gate").status_code == 200 and client.get("/messages").status_code == 200
    assert client.post("/gate/cap", {"channel": "", "period": "day", "most": "2"}).status_code == 403


def test_the_list_asks_as_much_for_twenty_as_for_ten(desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked = []
    for n in (5, 10):
        for i in range(n):
            dispatch(f"d{n}-{i}")
        with CaptureQueriesContext(connection) as queries:
            desk.get("/messages")
        asked.append(len(queries))
    assert asked[0] == asked[1]
