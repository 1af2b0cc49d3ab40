"""Audiences and the report through the door."""

import json

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight.models import Audience
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
BOUGHT = {"version": 1, "where": {"did": {"event": "order.placed", "count": {"op": ">=", "value": 1}}}}


@pytest.fixture
def buyers(shop) -> list[str]:
    """Five people, of whom three bought."""
    codes = []
    for n in range(5):
        identity = {"namespace": "phone", "value": f"1380000000{n}"}
        body = {"identity": identity, "source": "crm", "at": "2026-04-01T00:00:00Z", "traits": {"city": "上海"}}
        codes.append(shop.post("/people", body)["code"])
        if n < 3:
            order = {
                "source": "shop",
                "number": str(n),
                "identity": identity,
                "placed_at": f"2026-05-0{n + 1}T00:00:00Z",
            }
            shop.ask("PUT", "/orders", order | {"lines": [{"sku": "A1", "quantity": 1, "amount": 900}]})
    drain_all()
    return codes


def test_it_works(shop, buyers):
    assert shop.post("/audiences/count", {"definition": BOUGHT}) == {"people": 3}
    audience = shop.post("/audiences", {"name": "买过", "definition": BOUGHT})
    assert audience["code"].startswith("aud_") and audience["by"] == "api:shop"
    assert shop.get(f"/audiences/{audience['code']}") == audience
    assert [a["code"] for a in shop.get("/audiences")["items"]] == [audience["code"]]
    inside = {"version": 1, "where": {"in_audience": audience["code"]}}
    assert shop.post("/audiences/count", {"definition": inside}) == {"people": 3}


def test_members_come_in_pages_of_codes(shop, buyers):
    code = shop.post("/audiences", {"name": "买过", "definition": BOUGHT})["code"]
    first = shop.get(f"/audiences/{code}/members?limit=2")
    rest = shop.get(f"/audiences/{code}/members?limit=2&after={first['next']}")
    assert {*first["items"], *rest["items"]} == set(buyers[:3]) and rest["next"] is None


def test_a_definition_is_explained_in_all_and_for_one(shop, buyers):
    told = shop.post("/audiences/explain", {"definition": BOUGHT})
    assert (told["people"], told["of"]) == (3, 5)
    for person, there in ((buyers[0], True), (buyers[4], False)):
        assert shop.post("/audiences/why", {"definition": BOUGHT, "person": person})["in"] is there


def test_a_snapshot_is_kept(shop, buyers):
    code = shop.post("/audiences", {"name": "买过", "definition": BOUGHT})["code"]
    taken = shop.post(f"/audiences/{code}/snapshots", {}, idempotency_key="s1")
    assert taken["people"] == 3
    assert shop.post(f"/audiences/{code}/snapshots", {}, idempotency_key="s1") == taken
    assert shop.get(f"/audiences/{code}/snapshots") == [taken]


def test_what_is_not_understood_is_told_with_its_place(shop, buyers):
    wrong = {"version": 1, "where": {"trait": {"name": "citty", "op": "=", "value": 1}}}
    for path, body in (("/audiences/count", {}), ("/audiences", {"name": "x"})):
        answer = shop.post(path, body | {"definition": wrong}, 400)
        assert answer["code"] == "unknown_trait" and answer["detail"][0]["path"].endswith("name")
    assert not Audience.objects.exists()


def test_an_unknown_audience_is_not_found(shop):
    for path in ("", "/members", "/snapshots"):
        assert shop.get(f"/audiences/买过{path}", 404)["code"] == "not_found"
        assert shop.get(f"/audiences/aud_000000000000{path}", 404)["code"] == "not_found"


def test_the_report_is_told(shop, buyers):
    report = shop.get("/report")
    assert (report["people"], report["buyers"], report["orders"], report["gmv"]) == (5, 3, 3, 2700)
    before = shop.get("/report?as_of=2026-05-02T00:00:00Z")
    assert (before["orders"], before["gmv"]) == (1, 900)
    assert "person" not in json.dumps(report) or all(c["person"].startswith("per_") for c in report["candidates"])


def test_the_report_is_the_one_that_the_worker_drew(shop, buyers):
    from siyu.core.insight.refresh import refresh_derived

    refresh_derived(clock.now())
    drawn = shop.get("/report")
    assert (drawn["orders"], drawn["gmv"]) == (3, 2700)
    assert shop.get("/report")["as_of"] == drawn["as_of"]


def test_a_house_without_orders_has_a_report_too(shop):
    assert shop.get("/report")["orders"] == 0
    assert shop.get("/report?as_of=1971-01-01T00:00:00Z")["orders"] == 0
    assert shop.get("/report?as_of=2026-05-01T00:00:00", 422)["code"] == "invalid"
