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
