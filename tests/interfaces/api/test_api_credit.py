"""What programs are told of traffic."""

import pytest

from siyu.features.traffic import ruling
from tests.features.traffic.world import NOON, buys, campaign, later, sees, source, touches, tree  # noqa: F401

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
MARCH = "from=2026-03-01&until=2026-03-31&window_days=40"


@pytest.mark.usefixtures("source", "tree")
def test_it_works(caller):
    ruling.write(channel="search", by="alice", at=NOON, utm_source="search")
    sees("alice", later(0), **campaign("search"))
    buys("alice", 1, later(1), 3000)
    touches()
    shop = caller("traffic:read")
    said = shop.get(f"/traffic/attribution?{MARCH}")
    assert (said["conversions"], said["gmv"]) == (1, 3000)
    assert said["channels"][0]["conversions"]["shapley"] == 1.0
    assert shop.get(f"/traffic/flow?{MARCH}")["matrix"]["unidentified"]["commercial"] == 1
    assert shop.get(f"/traffic/bought-twice?{MARCH}")["touches"] == 1
    assert shop.get("/traffic/reach")["people"] == 1
    assert caller("people:read").get(f"/traffic/flow?{MARCH}", 403)["code"] == "scope_missing"
    assert shop.get("/traffic/flow?from=2026-04-01&until=2026-03-01", 422)["code"] == "bad_period"
