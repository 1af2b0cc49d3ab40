"""Sources over REST."""

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
APP = {"name": "app", "protocol": "segment"}


def test_it_works(shop):
    made = shop.post("/sources", APP)
    assert (made["name"], made["namespace"], len(made["key"])) == ("app", "app", 32)
    line = b'{"type":"track","event":"Tea Tasted","userId":"u1","messageId":"m1"}'
    land(line + b"\n" + line, count=2, source="app", dialect="segment", received_at=clock.now(), retries=3)
    drain_all()
    (told,) = shop.get("/sources")
    assert (told["events"], told["failed"], told["retries"]) == (1, 0, 3)
    assert shop.get("/events/count?source=app")["events"] == 1
    assert shop.get("/events/count?source=web")["events"] == 0
    assert shop.post("/sources/app/close", {})["closed_at"]


def test_refusals(shop):
    shop.post("/sources", APP)
    assert shop.post("/sources", APP, 409)["code"] == "source_exists"
    assert shop.post("/sources", APP | {"name": "b", "protocol": "smtp"}, 422)["code"] == "bad_source"
    assert shop.post("/sources/nobody/close", {}, 404)["code"] == "unknown_source"


def test_what_failed_is_mended_and_lands_again(shop):
    shop.post("/sources", APP)
    lines = [b'{"type":"track","userId":"u1","messageId":"m1"}', b'{"type":"track","userId":"u2","messageId":"m2"}']
    land(b"\n".join(lines), count=2, source="app", dialect="segment", received_at=clock.now())
    drain_all()
    first = shop.get("/sources/app/failed?limit=1")
    second = shop.get(f"/sources/app/failed?limit=1&after={first['next']}")
    (one,), (two,) = first["items"], second["items"]
    assert {one["code"], two["code"]} == {"event_missing"} and one["number"] != two["number"]
    message = {"type": "track", "event": "Tea Tasted", "userId": "u1", "messageId": "m1"}
    path = f"/sources/app/failed/{one['number']}/replay"
    assert shop.post(path, {"message": message})["replayed_at"]
    assert shop.post(path, {"message": message}, 409)["code"] == "already_replayed"
    drain_all()
    assert shop.get("/events/count?name=Tea%20Tasted")["events"] == 1
    assert [left["number"] for left in shop.get("/sources/app/failed")["items"]] == [two["number"]]
    assert shop.post("/sources/app/failed/999999/replay", {}, 404)["code"] == "no_such_message"
