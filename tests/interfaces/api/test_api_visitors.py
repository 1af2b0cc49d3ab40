"""Excluded visitors over REST."""

import json

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.insight import visitors
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def seen(shop) -> str:
    shop.post("/sources", {"name": "app", "protocol": "segment"})
    said = {"type": "track", "event": "Tea Tasted", "userId": "u1", "context": {"userAgent": "curl/8"}}
    land(json.dumps(said).encode(), count=1, source="app", dialect="segment", received_at=clock.now())
    drain_all()
    return shop.get("/people?search=u1")["items"][0]["code"]


def test_it_works(shop, seen):
    visitors.apply(at=clock.now())
    drain_all()
    (one,) = shop.get("/visitors/excluded")["items"]
    assert (one["person"], one["rule"], one["reason"]) == (seen, "list", "curl/8")
    assert shop.get("/events/count?name=Tea%20Tasted")["events"] == 0
    assert shop.get("/visitors/rules")["caught"]["list"] == 1
    assert shop.post(f"/people/{seen}/readmit", {})["changed"] == 1
    drain_all()
    assert shop.get("/events/count?name=Tea%20Tasted")["events"] == 1
    assert shop.post(f"/people/{seen}/readmit", {}, 409)["code"] == "not_excluded"
    assert shop.post(f"/people/{seen}/exclude", {"reason": "a tester"})["changed"] == 1


def test_rules_are_changed(shop):
    said = {"listed": False, "words": ["Probe/1"], "pace": 0}
    answer = shop.ask("PUT", "/visitors/rules", said).json()
    assert (answer["words"], answer["applied_at"], answer["by"]) == (["probe/1"], None, "api:shop")
    assert shop.ask("PUT", "/visitors/rules", said | {"words": ["x"]}).json()["code"] == "bad_rule"
