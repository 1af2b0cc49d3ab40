"""Programs check members in."""

from siyu.features.loyalty.checkin import actions
from siyu.interfaces.api.shapes import code
from siyu.kit import clock
from tests.features.loyalty.people import member


def test_a_program_checks_a_member_in(caller):
    actions.write_programme(steps=[], reaches_back=5, by="lin", at=clock.now())
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}/check-ins"
    assert shop.get(alice)["done"] is False
    assert shop.post(alice, {}) == shop.get(alice) | {"done": True, "streak": 1}
    assert shop.post(alice, {}, 409)["code"] == "already_checked_in"
    given = {"Idempotency_Key": "k"}
    assert shop.post(f"{alice}/cards", {"cards": 2}, **given)["cards"] == 2
    assert shop.post(f"{alice}/cards", {"cards": 2}, **given)["cards"] == 2
    missed = shop.get(alice)["missed"]
    assert len(missed) == 5
    assert shop.post(f"{alice}/make-up", {"day": missed[0]})["streak"] == 2
    assert shop.post(f"{alice}/make-up", {"day": missed[0]}, 409)["code"] == "nothing_to_make_up"
    assert shop.post(f"{alice}/make-up", {"day": "soon"}, 422)
    assert shop.post(f"/people/{code('per', 10**6)}/check-ins", {}, 404)["code"] == "no_such_member"
