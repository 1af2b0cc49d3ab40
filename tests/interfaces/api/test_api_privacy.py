"""Consents, export and erasure through the door."""

import pytest

from siyu.core.people import erasure
from tests.interfaces.api.conftest import NOON
from tests.interfaces.api.test_api_people import meet

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = "13800000001"
YES = {"channel": "sms", "granted": True, "source": "checkout", "at": NOON.isoformat()}


def test_it_works(shop):
    alice = meet(shop, private={"name": "林悦"})
    assert shop.ask("PUT", f"/people/{alice}/consents", YES).json() == {"changed": 1}
    assert shop.get(f"/people/{alice}/consents")["standing"] == [
        {"channel": "sms", "purpose": "marketing", "granted": True, "source": "checkout", "at": "2026-05-01T12:00:00Z"}
    ]
    files = shop.get(f"/people/{alice}/export")["files"]
    assert files["identities"][0]["value"] == PHONE and files["consents"][0]["granted"] is True
    wish = shop.post(f"/people/{alice}/erasure", {"reason": f"call from {PHONE}"}, idempotency_key="one")
    assert wish["finished_at"] is None and wish["reason"] == "call from …" and PHONE not in str(wish)
    assert shop.post(f"/people/{alice}/erasure", {"reason": f"call from {PHONE}"}, idempotency_key="one") == wish
    shop.get(f"/people/{alice}", 404)
    assert erasure.carry_on(NOON) == 1
    done = shop.get(f"/erasures/{wish['code']}")
    assert done["finished_at"] and done["holdings"]["people"]["erased"]["identities"] == 1


def test_an_unknown_channel_is_refused(shop):
    alice = meet(shop)
    answer = shop.ask("PUT", f"/people/{alice}/consents", YES | {"channel": "smoke"})
    assert answer.status_code == 422 and answer.json()["code"] == "no_such_consent"


def test_nobody_is_erased_twice(shop):
    alice = meet(shop)
    shop.post(f"/people/{alice}/erasure", {})
    shop.post(f"/people/{alice}/erasure", {}, 404)
    shop.get("/erasures/era_000000000000", 404)


def test_who_was_erased_is_not_introduced_by_what_was_before(shop):
    shop.post(f"/people/{meet(shop)}/erasure", {})
    claim = {"identity": {"namespace": "phone", "value": PHONE}, "source": "crm", "at": NOON.isoformat()}
    assert shop.post("/people", claim, 410)["code"] == "erased"
