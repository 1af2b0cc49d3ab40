"""PostHog's batch is read as letters of the Segment door."""

import json

import pytest
from django.conf import settings
from django.test import Client

from siyu.core.eventlog import lake, sources
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import FailedMessage
from siyu.core.people.models import Identity
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
DEVICE = "0191e7d3-7c1a-7c1a-9b1a-2f1d3c4b5a69"


def key() -> str:
    return sources.create(name="web", protocol="segment", namespace="member", at=clock.now()).key


def post(api_key: str, *messages: object, **more: object):
    body = {"api_key": api_key, "batch": list(messages), "sent_at": "2026-05-01T12:00:05Z"} | more
    return Client().generic("POST", "/batch/", json.dumps(body).encode(), "application/json")


def said(event: str, who: str, n: int, **properties: object) -> dict:
    at = "2026-05-01T12:00:00Z"
    return {"event": event, "distinct_id": who, "uuid": f"id-{n}", "timestamp": at, "properties": properties}


def rows() -> list[tuple]:
    drain_all()
    with lake.connect() as db:
        where = "name NOT LIKE '%.%'"
        return db.execute(
            f"SELECT name, properties FROM {lake.scan('events')} WHERE {where} ORDER BY position"
        ).fetchall()


def test_it_works():
    opened = key()
    viewed = said("Product Viewed", "u1", 1, sku="A", **{"$ip": "10.0.0.1", "$device_id": DEVICE})
    for _ in range(2):
        answer = post(opened, viewed)
        assert (answer.status_code, answer.json()) == (200, {"status": 1})
    [(name, properties)] = rows()
    assert name == "Product Viewed" and json.loads(properties) == {"sku": "A", "$device_id": DEVICE}
    assert set(Identity.objects.values_list("namespace", "value")) == {("member", "u1"), ("device", DEVICE)}


def test_what_it_calls_otherwise_means_the_same():
    anonymous = said("$pageview", DEVICE, 1, title="Tea")
    known = said("$identify", "u1", 2, **{"$anon_distinct_id": DEVICE, "$set": {"city": "Suzhou"}})
    assert post(key(), anonymous, known, said("$create_alias", "u1", 3, alias=DEVICE)).status_code == 200
    assert [name for name, _ in rows()] == ["Page Viewed", "Identified", "Aliased"]
    assert len(set(Identity.objects.values_list("person", flat=True))) == 1


def test_what_is_no_message_is_kept_with_its_reason():
    nameless = {"distinct_id": "u2", "uuid": "id-2"}
    assert post(key(), "nonsense", said("Product Viewed", "u1", 1), nameless).status_code == 200
    assert len(rows()) == 1
    codes = FailedMessage.objects.using(settings.LANDING).values_list("code", flat=True)
    assert sorted(codes) == ["event_missing", "no_object"]


def test_refusals():
    assert post("nobody", said("x", "u1", 1)).status_code == 401
    assert post(key()).json()["code"] == "empty_batch"
    assert Client().get("/batch/").status_code == 405
