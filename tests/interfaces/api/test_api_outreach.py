"""Programs write templates and broadcasts, send them, and ask why somebody got nothing."""

import hashlib

import pytest

from siyu.core.insight.pdca import verbs
from siyu.core.outreach import broadcasts
from siyu.core.outreach.posting import ticking
from siyu.interfaces.api.shapes import code
from siyu.kit import clock
from tests.core.outreach.people import somebody

pytestmark = pytest.mark.django_db(databases="__all__")
MAY = {"title": "May", "kind": "marketing", "bodies": {"en": {"text": "Dear {name|friend}, it is May"}}}


@pytest.fixture(autouse=True)
def no_controls(monkeypatch):
    monkeypatch.setattr("siyu.core.insight.trials.controls.SHARE", 0)


def work() -> None:
    while broadcasts.work_off(clock.now()) or ticking.tick("inapp", at=clock.now()):
        pass


def a_broadcast(said, **more):
    body = {"title": "May", "channel": "sms", "variants": [{"template": "may"}], "holdout": 0} | more
    return said.post("/broadcasts", body, Idempotency_Key=hashlib.sha1(repr(sorted(body.items())).encode()).hexdigest())


def test_a_template_is_written_once_and_read_as_somebody_would(shop):
    first = shop.ask("PUT", "/templates/may", MAY).json()
    assert (first["version"], first["kind"], first["channels"]) == (1, "marketing", [])
    assert shop.ask("PUT", "/templates/may", MAY).json()["version"] == 1
    other = MAY | {"bodies": {"en": {"text": "Dear {name|you}"}}}
    assert shop.ask("PUT", "/templates/may", other).json()["version"] == 2
    alice = code("per", somebody("13900000001"))
    assert shop.get(f"/templates/may/preview?person={alice}")["en"]["text"] == "Dear you"
    assert shop.get(f"/templates/may/preview?person={alice}&version=1")["en"]["text"] == "Dear friend, it is May"
    assert shop.get(f"/templates/may/preview?person={alice}&version=9", 404)["code"] == "no_such_template"
    assert [one["number"] for one in shop.get("/templates/may")["versions"]] == [2, 1]
    bad = MAY | {"bodies": {"en": {"text": "Dear {nmae}"}}}
    assert shop.ask("PUT", "/templates/may", bad).json()["code"] == "bad_template"
    shop.post("/templates/may/archive", {})
    assert shop.get("/templates") == [] and len(shop.get("/templates?archived=true")) == 1


def test_a_broadcast_goes_from_a_draft_to_its_results(shop):
    shop.ask("PUT", "/templates/may", MAY)
    alice, bob = somebody("13900000001"), somebody("13900000002", says=False)
    made = a_broadcast(shop, lines=["139 0000 0001", "13900000002", "nobody@example.com", "??"])
    assert made["refused"] == [{"line": 3, "reason": "unknown"}, {"line": 4, "reason": "not_understood"}]
    assert (made["state"], made["people"], made["kind"]) == ("draft", 2, "marketing")
    assert made["variants"] == [{"template": "may", "version": 1, "weight": 1}]
    where = f"/broadcasts/{made['code']}"
    seen = shop.get(f"{where}/preview")
    assert (seen["asked"], seen["told"], seen["reasons"]) == (2, 1, {"consent": 1})
    assert shop.post(f"{where}/schedule", {})["state"] == "planned"
    work()
    found = shop.get(f"{where}/results")
    assert (found["reasons"], found["arms"][0]["messages"]) == ({"allowed": 1, "consent": 1}, 1)
    assert found["trial"].startswith("tri_")
    assert shop.get(f"{where}/people?what=consent") == {"items": [code("per", bob)], "next": None}
    assert shop.get(f"{where}/people?what=allowed&arm=A")["items"] == [code("per", alice)]
    assert shop.get(f"{where}/people?what=weather", 404)["code"] == "not_found"
    [why] = shop.get(f"/people/{code('per', bob)}/messages")
    assert (why["title"], why["reason"], why["state"]) == ("May", "consent", "")
    assert shop.get("/people/per_000000000000/messages", 404)["code"] == "no_such_person"


def test_it_is_changed_paused_and_stopped(shop):
    shop.ask("PUT", "/templates/may", MAY)
    alice = code("per", somebody("13900000001"))
    made = a_broadcast(shop, people=[alice])
    assert a_broadcast(shop, people=[alice])["code"] == made["code"]
    where = f"/broadcasts/{made['code']}"
    weighed = {"variants": [{"template": "may", "weight": 3}, {"template": "may", "version": 1}], "holdout": 2000}
    anew = {"title": "June", "channel": "sms", "people": [alice]} | weighed
    changed = shop.ask("PUT", where, anew).json()
    assert (changed["title"], [one["weight"] for one in changed["variants"]]) == ("June", [3, 1])
    assert shop.ask("PUT", where, anew | {"lines": ["13900000001"]}).json()["code"] == "bad_broadcast"
    shop.post(f"{where}/schedule", {"starts_at": "2099-01-01T09:00:00+08:00"})
    assert shop.ask("PUT", where, anew).json()["code"] == "broadcast_begun"
    assert shop.post(f"{where}/pause", {})["state"] == "paused"
    assert shop.post(f"{where}/resume", {})["state"] == "planned"
    assert shop.post(f"{where}/take-back", {})["state"] == "draft"
    assert shop.post(f"{where}/stop", {})["state"] == "stopped"
    assert shop.post(f"{where}/resume", {}, 409)["code"] == "broadcast_begun"
    assert [one["code"] for one in shop.get("/broadcasts")["items"]] == [made["code"]]


def test_who_drafts_does_not_send(shop, caller):
    shop.ask("PUT", "/templates/may", MAY)
    writer = caller("outreach:read", "outreach:write")
    made = a_broadcast(writer, people=[code("per", somebody("13900000001"))])
    assert writer.post(f"/broadcasts/{made['code']}/schedule", {}, 403)["code"] == "scope_missing"
    assert writer.post("/broadcasts", {}, 422)["code"] == "invalid"


def test_an_address_is_suppressed_and_let_go(shop):
    said = {"namespace": "phone", "value": "139 0000 0001"}
    made = shop.post("/suppressions", said)
    assert shop.post("/suppressions", said | {"reason": "other"}) == made
    assert made["reason"] == "program" and "value" not in made
    assert [one["code"] for one in shop.get("/suppressions")["items"]] == [made["code"]]
    assert shop.post(f"/suppressions/{made['code']}/lift", {}) == {"lifted": True}
    assert shop.post(f"/suppressions/{made['code']}/lift", {}, 404)["code"] == "not_suppressed"


def test_rounds_are_read_with_what_they_brought(shop):
    days = {"begins_on": clock.now().date(), "ends_on": clock.now().date()}
    verbs.plan(title="May", goal="orders", target=500, by="lin", at=clock.now(), **days)
    [one] = shop.get("/rounds")
    assert (one["title"], one["state"], one["spent"]) == ("May", "planned", 0)
    found = shop.get(f"/rounds/{one['code']}")
    assert (found["done"], found["trials"], found["reached"], found["screened"]) == ([], [], None, None)
    assert shop.get("/rounds/cyc_000000000000", 404)["code"] == "no_such_cycle"


@pytest.mark.parametrize("many", [1, 4])
def test_a_list_of_broadcasts_asks_the_same_however_long(shop, django_assert_num_queries, many):
    shop.ask("PUT", "/templates/may", MAY)
    for n in range(many):
        a_broadcast(shop, title=f"May {n}", people=[code("per", somebody("13900000001"))])
    with django_assert_num_queries(3):
        assert len(shop.get("/broadcasts")["items"]) == many
