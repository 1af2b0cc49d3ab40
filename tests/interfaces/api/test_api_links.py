"""Programs make links by the thousand, see what they bring, and fill live codes."""

import base64

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.links import known, scanning
from tests.core.links.clicks import SHOP, WECHAT, click
from tests.interfaces.api.conftest import told

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_a_program_makes_links_and_sees_what_they_bring(caller, client):
    known.links.forget(), scanning.codes.forget()
    shop = caller("links:read", "links:write")
    wanted = {"targets": [{"url": SHOP}], "title": "Spring", "utm": {"source": "sms"}, "key": "k1"}
    made = shop.post("/links", wanted)
    assert shop.post("/links", wanted) == made
    assert made["address"].endswith(f"/l/{made['code']}") and made["state"] == "running"
    assert shop.post("/links", wanted | {"title": "Other"}, 409)["code"] == "key_reused"
    assert shop.post("/links", {"targets": [{"url": "javascript:x"}]}, 422)["code"] == "bad_target"
    assert click(client, made["code"], agent=WECHAT)["Location"] == f"{SHOP}&utm_source=sms"
    drain_all()
    assert shop.get(f"/links/{made['code']}/stats")["clicks"] == 1
    page = shop.get("/links?search=Spring")
    assert [(one["code"], one["clicks"]) for one in page["items"]] == [(made["code"], 1)]
    drawn = shop.get(f"/links/{made['code']}/qr")
    assert drawn["svg"].startswith("<svg") and base64.b64decode(drawn["png"]).startswith(b"\x89PNG")
    logo = {"logo": drawn["png"]}
    assert "data:image/png" in shop.post(f"/links/{made['code']}/qr", logo)["svg"]
    assert shop.post(f"/links/{made['code']}/qr", {"logo": "no picture"}, 422)["code"] == "bad_sign"
    assert shop.post(f"/links/{made['code']}/off", {})["state"] == "off"
    assert shop.post(f"/links/{made['code']}/on", {})["state"] == "running"
    assert shop.get("/links/nothing", 404)["code"] == "no_such_link"


def test_many_are_made_at_once(caller):
    shop = caller("links:write", "links:read")
    many = {"links": [{"targets": [{"url": f"{SHOP}&n={n}"}], "key": f"n{n}"} for n in range(300)]}
    made = shop.post("/links/bulk", many)
    assert [one["key"] for one in made] == [f"n{n}" for n in range(300)]
    assert shop.post("/links/bulk", many) == made
    first = shop.get("/links?limit=200")
    assert len(first["items"]) == 200
    assert len(shop.get(f"/links?limit=200&after={first['next']}")["items"]) == 100


def test_a_live_code_is_filled(caller, client):
    known.links.forget(), scanning.codes.forget()
    shop = caller("links:read", "links:write")
    made = shop.post("/live-codes", {"title": "Poster", "fallback": SHOP, "key": "p"})
    assert shop.post("/live-codes", {"title": "Poster", "fallback": SHOP, "key": "p"}) == made
    put = {"label": "Amy", "url": "https://work.example/amy", "most": 1}
    filled = told(shop.ask("PUT", f"/live-codes/{made['code']}/places/amy", put))
    assert filled["places"][0]["key"] == "amy"
    assert click(client, made["code"], where="c")["Location"].startswith("https://work.example/amy?state=")
    assert shop.get(f"/live-codes/{made['code']}")["places"][0]["taken"] == 1
    logo = {"logo": shop.get(f"/live-codes/{made['code']}/qr")["png"]}
    assert "data:image/png" in shop.post(f"/live-codes/{made['code']}/qr", logo)["svg"]
    assert shop.post(f"/live-codes/{made['code']}/retire", {})["state"] == "retired"
    assert shop.get("/live-codes")[0]["code"] == made["code"]


def test_a_program_asks_what_works_where(caller):
    said = caller("links:read").post("/routing", {"agent": WECHAT, "target": "https://item.taobao.com/x"})
    assert (said["app"], said["form"], said["wallet"]) == ("wechat", "browser", "wechat")
