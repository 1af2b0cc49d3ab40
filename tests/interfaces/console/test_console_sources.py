"""Sources in the console: opened, watched, mended, closed."""

import json

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from siyu.core.eventlog import sources
from siyu.core.eventlog.dialects import FAULTS
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import Fault, land, unpack
from siyu.core.eventlog.models import Batch, FailedMessage, Source
from siyu.core.insight.happenings import tally
from siyu.features.commerce.models import Order
from siyu.interfaces.console.words import faults
from siyu.kit import clock
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(operator(owner=True))
    return client


@pytest.fixture
def app() -> Source:
    return sources.create(name="app", protocol="segment", at=clock.now())


def arrive(**more) -> None:
    line = json.dumps({"type": "track", "event": "Tea Tasted", "userId": "u1", "messageId": "m1"}).encode()
    said = {"count": 1, "source": "app", "dialect": "segment", "received_at": clock.now()}
    land(line, **(said | more))


def arrive_as(message: dict) -> None:
    land(json.dumps(message).encode(), count=1, source="app", dialect="segment", received_at=clock.now())


def stuck() -> FailedMessage:
    arrive(faults=[Fault(1, "bad_json", "no JSON", '{"price": NaN}')], head={"sentAt": "then"})
    return FailedMessage.objects.using(settings.LANDING).get()


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(owner):
    response = owner.post("/sources/new", {"name": "shop app", "protocol": "segment", "namespace": "member"})
    made = Source.objects.get()
    assert response["Location"] == f"/sources/{made.pk}" and made.namespace == "member"
    assert made.key in page(owner, f"/sources/{made.pk}")
    assert "shop app" in page(owner, "/sources")


def test_what_came_last_is_shown(owner, app):
    arrive(retries=2)
    for path in (f"/sources/{app.pk}", f"/sources/{app.pk}/live"):
        told = page(owner, path)
        assert "Tea Tasted" in told and "u1" in told and "after 2 retries" in told


def test_the_address_of_a_sensors_source(owner):
    mini = sources.create(name="mini", protocol="sensors", at=clock.now())
    assert f"/sa?project=mini&amp;token={mini.key}" in page(owner, f"/sources/{mini.pk}")


def test_who_may_only_look_does_not_see_the_key(app):
    wrong = stuck()
    client = Client()
    client.force_login(operator("member"))
    told = page(client, f"/sources/{app.pk}")
    assert app.key not in told and app.key[-4:] in told
    assert client.post(f"/sources/{app.pk}/close").status_code == 403
    assert client.get(f"/sources/{app.pk}/failed/{wrong.pk}").status_code == 403


def test_a_message_is_mended_and_replayed_once(owner, app):
    wrong = stuck()
    path = f"/sources/{app.pk}/failed/{wrong.pk}"
    assert "NaN" in page(owner, path)
    answer = owner.post(path, {"body": '{"half'})
    assert answer.status_code == 422 and "{&quot;half</textarea>" in answer.text and 'role="alert"' in answer.text
    assert owner.post(path, {"body": '{"type": "track",\n "price": 5}'}).status_code == 302
    batch = Batch.objects.using(settings.LANDING).order_by("-pk")[0]
    assert unpack(batch) == b'{"type":"track","price":5}'
    assert (batch.head, batch.received_at) == ({"sentAt": "then"}, wrong.received_at)
    assert owner.post(path, {"body": "{}"}).status_code == 404


def test_an_order_that_could_not_be_taken_is_mended(owner, app):
    """Its message stands in the lake already: it is said to the features again, and waits on while they say no."""
    said = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}
    arrive_as(said | {"properties": {"order_id": "o1", "revenue": "three"}})
    drain_all()
    wrong = FailedMessage.objects.using(settings.LANDING).get()
    path = f"/sources/{app.pk}/failed/{wrong.pk}"
    assert "is no amount" in owner.post(path, {"body": wrong.body}).text
    assert not Order.objects.exists() and owner.get(path).status_code == 200
    assert owner.post(path, {"body": wrong.body.replace('"three"', "3")}).status_code == 302
    drain_all()
    assert Order.objects.get().amount == 300 and owner.get(path).status_code == 404
    assert tally(event="Order Completed")["events"] == 1


def test_a_message_is_thrown_away(owner, app):
    wrong = stuck()
    owner.post(f"/sources/{app.pk}/failed/{wrong.pk}/discard")
    assert not FailedMessage.objects.using(settings.LANDING).exists()


def test_another_sources_message_is_not_there(owner, app):
    other = sources.create(name="web", protocol="segment", at=clock.now())
    assert owner.get(f"/sources/{other.pk}/failed/{stuck().pk}").status_code == 404


def test_a_source_is_closed(owner, app):
    owner.post(f"/sources/{app.pk}/close")
    assert Source.objects.get().closed_at
    assert "Closed" in page(owner, "/sources")


def test_whatever_is_wrong_with_a_message_is_said_in_both_languages():
    doors = {"bad_json", "no_object", "too_large", "bad_form", "bad_base64", "bad_gzip", "crc_wrong", "empty_request"}
    assert set(faults.FAULTS) == set(FAULTS) - {"hearing_failed"} | doors | {"body_incomplete"}
    with override("zh-hans"):
        assert faults.fault("hearing_failed", "no rate").startswith("功能模块")
