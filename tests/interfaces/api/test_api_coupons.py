"""Programs write coupons, issue codes and give benefits."""

import pytest

from siyu.features.loyalty.models import CouponCode, Grant
from siyu.interfaces.api.shapes import code
from tests.features.loyalty.people import member

NEW = {"title": "Three off", "kind": "amount", "worth": 300, "days": 30, "budget": 900, "word": "hello", "count": 3}


@pytest.fixture
def shop(caller):
    return caller("coupons:read", "coupons:write", "loyalty:read", "loyalty:write")


def path(name: str) -> str:
    return f"/people/{code('per', member(name))}"


def test_a_coupon_goes_its_way(shop):
    made = shop.post("/coupons", NEW)
    here = f"/coupons/{made['code']}"
    assert (made["state"], made["word"], made["left"]) == ("draft", "HELLO", 0)
    assert shop.post(f"{here}/issue", {"person": path("alice")[8:]}, 409, Idempotency_Key="a")["code"] == (
        "coupon_not_issued"
    )
    assert shop.post(f"{here}/publish", {})["left"] == 900
    for _ in range(2):
        issued = shop.post(f"{here}/issue", {"person": path("alice")[8:]}, Idempotency_Key="a")
    assert (
        shop.post(f"{here}/issue", {"person": path("bob")[8:]}, 409, Idempotency_Key="a")["code"]
        == "idempotency_conflict"
    )
    claimed = shop.post(f"{path('bob')}/coupons/claim", {"text": "Hello"})
    assert claimed["text"] != issued["text"]
    assert shop.post(f"{path('bob')}/coupons/claim", {"text": issued["text"]}, 404)["code"] == "no_such_code"
    assert [one["code"] for one in shop.get(f"{here}/codes")["items"]] == [claimed["code"], issued["code"]]
    assert shop.get(f"{path('alice')}/coupons")["items"] == [issued]
    assert shop.post(f"{here}/codes", {"codes": 2}, 409, Idempotency_Key="b")["code"] == "no_coupons_left"
    assert shop.post(f"{here}/codes", {"codes": 1}, Idempotency_Key="b")["codes"] == 1
    assert shop.post(f"/coupons/codes/{issued['code']}/void", {})["state"] == "void"
    changed = shop.ask("PUT", here, NEW | {"title": "Four off", "worth": 400})
    assert (changed.status_code, changed.json()["code"]) == (409, "coupon_is_published")
    assert shop.post(f"{here}/close", {})["state"] == "closed"
    [row] = shop.get("/coupons")["items"]
    assert (row["issued"], row["codes"]) == (3, {"issued": 2, "unclaimed": 1, "void": 1})


@pytest.mark.parametrize(
    "wrong",
    [{"worth": 0}, {"worth": -300}, {"kind": "free"}, {"budget": -1}, {"days": 0}, {"title": " "}, {"word": "a b"},
     {"listings": ["lst_000000000000"]}],
)  # fmt: skip
def test_nonsense_is_refused(shop, wrong):
    answer = shop.ask("POST", "/coupons", NEW | wrong)
    assert answer.status_code in (404, 422), answer.content


def test_what_costs_money_needs_a_key(shop):
    made = shop.post("/coupons", NEW)
    assert shop.post(f"/coupons/{made['code']}/codes", {"codes": 1}, 422)["code"] == "no_idempotency_key"
    assert not CouponCode.objects.exists()


def test_benefits_are_given_used_and_taken_away(shop):
    cake = {"kind": "birthday", "terms": {"what": "a cake", "days": 7}, "because": "birthday"}
    for _ in range(2):
        given = shop.post(f"{path('alice')}/benefits", cake, Idempotency_Key="a")
    right = {"kind": "distribution", "terms": {"what": "tea"}, "because": "contract", "audience": "business"}
    sells = shop.post(f"{path('alice')}/benefits", right, Idempotency_Key="b")
    assert shop.get(f"{path('alice')}/benefits?audience=business")["items"] == [sells]
    assert shop.post(f"/benefits/{given['code']}/use", {})["state"] == "used"
    assert shop.post(f"/benefits/{given['code']}/use", {}, 409)["code"] == "benefit_is_over"
    for _ in range(2):
        assert shop.post(f"/benefits/{sells['code']}/revoke", {})["state"] == "revoked"
    assert shop.get(f"{path('alice')}/benefits?usable=true")["items"] == []
    assert Grant.objects.count() == 2
    wrong = cake | {"terms": {"days": 7}}
    assert shop.post(f"{path('alice')}/benefits", wrong, 422, Idempotency_Key="c")["code"] == "bad_benefit"
