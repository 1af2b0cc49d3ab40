"""Programs grow the tree, tell what was spent, write rules and read what people cost."""

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.people.models import Identity
from siyu.features.traffic import returns
from siyu.interfaces.api.shapes import code
from tests.features.traffic.world import NOON, buys, campaign, later, sees, source  # noqa: F401

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("source")]


def test_a_program_tells_what_was_spent_and_reads_what_a_buyer_cost(caller, monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: later(10))
    ads = caller("traffic:read", "traffic:write")
    ads.post("/traffic/platforms", {"code": "red", "name": "Xiaohongshu", "domain": "public"})
    made = ads.post("/traffic/channels", {"code": "red", "name": "Notes", "platform": "red"})
    assert (made["platform"], made["domain"], made["owner"]) == ("red", "public", None)
    assert ads.post("/traffic/channels", {"code": "red", "name": "x", "platform": "red"}, 409)["code"] == "place_exists"
    ads.post("/traffic/campaigns", {"code": "spring", "name": "Spring", "begins_on": "2026-03-01"})
    tree = ads.get("/traffic/tree")
    assert [len(tree[name]) for name in ("platforms", "channels", "campaigns")] == [1, 1, 1]
    day = {"day": "2026-03-01", "channel": "red", "campaign": "spring", "amount": 2600}
    assert ads.post("/traffic/spend", day) == {"news": True} and ads.post("/traffic/spend", day) == {"news": False}
    assert ads.post("/traffic/spend", day | {"currency": "EUR"}, 422)["code"] == "currency_without_rate"
    assert ads.get("/traffic/spend?channel=red&since=2026-03-01")[0]["cost"] == 2600
    rule = ads.post("/traffic/rules", {"seen": {"utm_source": "red"}, "channel": "red"})
    assert ads.post("/traffic/rules", {"seen": {"weather": "rain"}, "channel": "red"}, 422)["code"] == "bad_touch_rule"
    sees("alice", later(0), **campaign("red", name="spring"))
    buys("alice", 1, later(1), 5000)
    drain_all()
    assert ads.get("/traffic/return", 409)["code"] == "returns_not_yet"
    returns.refresh(later(10))
    found = ads.get("/traffic/return?by=campaign&since=2026-03-01&until=2026-03-31")
    assert [(row["key"], row["cac"], row["people"]) for row in found["rows"]] == [("spring", 2600, 1)]
    person = Identity.objects.get(namespace="member", value="alice").person_id
    touches = ads.get(f"/people/{code('per', person)}/touches")
    assert [(one["kind"], one["channel"], one["campaign"]) for one in touches] == [
        ("order", "unknown", ""),
        ("visit", "red", "spring"),
    ]
    assert ads.post(f"/traffic/rules/{rule['number']}/close", {}) == []
    assert ads.post("/traffic/rules/999999/close", {}, 404)["code"] == "no_such_rule"
    assert NOON
