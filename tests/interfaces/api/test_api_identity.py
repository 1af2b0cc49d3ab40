"""Who is whom, through the door."""

import pytest

from tests.interfaces.api.conftest import NOON

pytestmark = pytest.mark.django_db(databases="__all__")
AT = NOON.isoformat()


def meet(shop, *claims: tuple[str, str]) -> str:
    first, *also = [{"namespace": namespace, "value": value} for namespace, value in claims]
    return shop.post("/people", {"identity": first, "also": also, "source": "crm", "at": AT})["code"]


def values(shop, code: str) -> set[str]:
    return {one["value"] for one in shop.get(f"/people/{code}")["identities"]}


def test_it_works(shop):
    alice = meet(shop, ("member", "m1"), ("phone", "13800000001"))
    assert values(shop, alice) == {"m1", "13800000001"}
    why = shop.get(f"/people/{alice}/evidence")
    assert [(one["rule"], one["source"], one["refused"]) for one in why["evidence"]] == [("api", "crm", "")]


def test_join_split_and_undo(shop):
    alice, bob = meet(shop, ("buyer", "a"), ("phone", "13800000001")), meet(shop, ("buyer", "b"))
    joined = shop.post(f"/people/{alice}/join", {"person": bob})
    assert values(shop, alice) == values(shop, bob) == {"a", "b", "13800000001"}
    split = shop.post(f"/people/{alice}/split", {"identities": [{"namespace": "phone", "value": "13800000001"}]})
    assert values(shop, alice) == {"a", "b"}
    for decision in (joined, split):
        shop.post(f"/people/decisions/{decision['code']}/undo", {})
    assert values(shop, alice) == {"a", "13800000001"} and values(shop, bob) == {"b"}


def test_an_order_that_names_its_buyer_twice_is_evidence(shop):
    order = {
        "source": "pos", "number": "1", "placed_at": AT,
        "identity": {"namespace": "buyer", "value": "a"}, "also": [{"namespace": "phone", "value": "13800000001"}],
        "lines": [{"sku": "tea", "quantity": 1, "amount": 500}],
    }  # fmt: skip
    shop.ask("PUT", "/orders", order)
    alice = meet(shop, ("phone", "13800000001"))
    assert values(shop, alice) == {"a", "13800000001"}
    assert [one["rule"] for one in shop.get(f"/people/{alice}/evidence")["evidence"]] == ["order"]
