"""Programs see, give and exchange points, and read the books."""

from datetime import timedelta

from siyu.features.loyalty.points import mall
from siyu.interfaces.api.shapes import code
from siyu.kit import clock
from tests.features.loyalty.people import member


def test_a_program_gives_points_and_exchanges_them_once(caller):
    now = clock.now()
    mug = mall.write(title="Mug", points=30, left=2, by="lin", at=now)
    shop = caller("points:read", "points:write")
    alice = f"/people/{code('per', member('alice'))}"
    gift = {"points": 100, "because": "late parcel"}
    assert shop.post(f"{alice}/points", gift, 422)["code"] == "no_idempotency_key"
    first = shop.post(f"{alice}/points", gift, Idempotency_Key="late")
    assert first == shop.post(f"{alice}/points", gift, Idempotency_Key="late")
    assert (first["available"], first["owed"]) == (100, 0)
    assert shop.post(f"{alice}/points", gift | {"points": -5}, 422, Idempotency_Key="less")
    assert shop.post(f"{alice}/points", gift | {"points": 5}, 409, Idempotency_Key="late")

    (offer,) = shop.get("/mall")
    assert (offer["code"], offer["left"]) == (code("mal", mug.pk), 2)
    wish = {"item": offer["code"]}
    assert shop.post(f"{alice}/redemptions", wish, 422, Idempotency_Key="k" * 100)["code"] == "no_address"
    wish |= {"address": {"name": "Li", "phone": "13800000000", "region": "Shanghai", "street": "Road 1"}}
    had = shop.post(f"{alice}/redemptions", wish, Idempotency_Key="k" * 99)
    assert had == shop.post(f"{alice}/redemptions", wish, Idempotency_Key="k" * 99)
    assert shop.get(f"{alice}/points")["available"] == 70
    assert [line["points"] for line in shop.get(f"{alice}/points/lines")["items"]] == [-30, 100]
    bob = f"/people/{code('per', member('bob'))}"
    assert shop.post(f"{bob}/redemptions", wish, 409, Idempotency_Key="poor")["code"] == "not_enough"
    assert shop.post(f"/redemptions/{had['code']}/reverse", {})["reversed_at"]
    assert shop.get(f"{alice}/points")["available"] == 100
    assert [one["code"] for one in shop.get(f"{alice}/redemptions")] == [had["code"]]


def test_a_program_follows_a_figure_of_the_books_to_its_entries(caller):
    began = clock.now() - timedelta(minutes=1)
    shop = caller("points:write", "ledger:read", "ledger:write")
    alice = f"/people/{code('per', member('alice'))}"
    shop.post(f"{alice}/points", {"points": 7, "because": "hello"}, Idempotency_Key="a")
    kinds = {(row["kind"], row["name"]): row for row in shop.get("/ledger/kinds")}
    assert sum(row["balance"] for row in kinds.values()) == 0 and kinds["available", ""]["balance"] == 7
    (account,) = shop.get("/ledger/accounts?unit=points&kind=available")["items"]
    (line,) = shop.get(f"/ledger/accounts/{account['code']}/lines")["items"]
    assert (line["amount"], line["balance"], account["balance"]) == (7, 7, 7)
    then = began.isoformat().replace("+00:00", "Z")
    assert shop.get(f"/ledger/accounts/{account['code']}/balance?at={then}")["balance"] == 0
    assert shop.post("/ledger/proof", {})["holds"] is True
    assert shop.get("/ledger/accounts/acc_nothing/lines", 404)
    assert caller("points:read").get("/ledger/kinds", 403)
