"""Behaviour in, events out."""

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Batch
from siyu.events import BY_NAME

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def view(n: int, **more) -> dict:
    return {
        "name": "Product Viewed",
        "at": f"2026-05-01T12:00:0{n % 10}+00:00",
        "id": f"m{n}",
        "claim": ["phone", "+86 13800000001"],
        "properties": {"sku": "A1", "position": n},
    } | more


def test_it_works(shop):
    assert shop.post("/events", [view(n) for n in range(5)]) == {"accepted": 5}
    assert Batch.objects.get().count == 5
    drain_all()
    (alice,) = shop.get("/people?search=13800000001")["items"]
    page = shop.get(f"/events?name=Product%20Viewed&person={alice['code']}")["items"]
    assert [(e["properties"]["position"], e["person"], e["source"]) for e in page] == [
        (n, alice["code"], "api:shop") for n in (4, 3, 2, 1, 0)
    ]
    assert shop.get("/events/count?name=Product%20Viewed") == {"events": 5, "people": 1}
    between = "since=2026-05-01T12:00:01Z&until=2026-05-01T12:00:03Z"
    assert shop.get(f"/events/count?{between}") == {"events": 2, "people": 1}


def test_a_repeated_message_is_taken_once(shop):
    for _ in range(2):
        shop.post("/events", [view(1), view(1)])
    drain_all()
    assert shop.get("/events/count?name=Product%20Viewed")["events"] == 1


def test_what_is_personal_stays_out(shop):
    shop.post("/events", [view(1, personal={"address": "人民路 1 号"})])
    drain_all()
    (event,) = shop.get("/events?name=Product%20Viewed")["items"]
    assert event["personal"] == {} and "人民路" not in str(event)


def test_whose_value_names_nobody_is_nobodys(shop):
    shop.post("/events", [view(1, claim=["phone", "undefined"]), view(2, claim=None)])
    drain_all()
    assert shop.get("/events/count") == {"events": 2, "people": 0}


def test_pages_follow_each_other(shop):
    shop.post("/events", [view(n) for n in range(20)])
    drain_all()
    seen, after = [], ""
    while after is not None:
        page = shop.get(f"/events?name=Product%20Viewed&limit=7&after={after}")
        seen += [event["properties"]["position"] for event in page["items"]]
        after = page["next"]
    assert sorted(seen) == list(range(20))


def test_our_own_events_have_codes_for_numbers(shop):
    order = {"source": "shop", "number": "1", "placed_at": "2026-05-01T12:00:00Z"}
    order |= {"identity": {"namespace": "phone", "value": "13800000001"}}
    code = told_put(shop, order | {"lines": [{"sku": "A1", "quantity": 1, "amount": 900}]})
    drain_all()
    (placed,) = shop.get("/events?name=order.placed")["items"]
    assert (placed["about"], placed["amount"]) == (code, 900)
    assert placed["items"][0]["product"].startswith("prd_")


def told_put(shop, order: dict) -> str:
    return shop.ask("PUT", "/orders", order).json()["code"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        [{}],
        [view(1, at="2026-05-01T12:00:00")],
        [view(1, at="0001-01-01T00:00:00+14:00")],
        [view(1, name="")],
        [view(1, name="x" * 101)],
        [view(1, id="")],
        [view(1, claim=["", "1"])],
        [view(1, claim=["phone"])],
        [view(1, properties=[])],
        [view(1, properties={"a": "\0"})],
        [view(1, properties={"a": [[[[[[[[[[1]]]]]]]]]]})],
        [view(1)] * 5001,
        *([view(1, name=name)] for name in sorted(BY_NAME)),
    ],
)
def test_a_batch_is_whole_or_absent(shop, wrong):
    """One message that nobody can read would hold up the lake; one in our own words would forge an order."""
    assert shop.post("/events", [view(0), *wrong] if isinstance(wrong, list) and wrong else wrong, 422)["code"] == (
        "bad_batch"
    )
    assert not Batch.objects.exists()


def test_an_empty_lake_answers(shop):
    assert shop.get("/events") == {"items": [], "next": None}
    assert shop.get("/events/count") == {"events": 0, "people": 0}
