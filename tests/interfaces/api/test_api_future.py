"""The newest wins: what claims to come from the future would win for ever, so the door refuses it."""

from datetime import timedelta

import pytest

from siyu.core.people.models import Trait
from siyu.kit import clock
from tests.interfaces.api.conftest import told

pytestmark = pytest.mark.django_db(databases="__all__")
WHO = {"namespace": "phone", "value": "13800000001"}


def moment(**ahead: int) -> str:
    return (clock.now() + timedelta(**ahead)).isoformat()


def introduction(at: str) -> dict:
    return {"identity": WHO, "traits": {"city": "上海"}, "source": "crm", "at": at}


def order(**moments: str) -> dict:
    lines = [{"sku": "A", "quantity": 1, "amount": 100}]
    return {"source": "shop", "number": "1", "identity": WHO, "placed_at": moment(), "lines": lines, **moments}


def test_it_works(shop):
    """A clock may go wrong by minutes."""
    shop.post("/people", introduction(moment(minutes=50)))
    answer = shop.post("/people", introduction(moment(minutes=70)), status=422)
    assert answer["code"] == "from_the_future" and "an hour ahead" in answer["message"]
    assert Trait.objects.count() == 1


@pytest.mark.parametrize("field", ["placed_at", "cancelled_at", "state_at"])
def test_orders_neither(shop, field):
    assert told(shop.ask("PUT", "/orders", order()), 200)["outcome"] == "placed"
    answer = told(shop.ask("PUT", "/orders", order(**{field: moment(days=2)})), 422)
    assert answer["code"] == "from_the_future"


def test_events_neither(shop):
    batch = [
        {"name": "Product Viewed", "at": moment(), "id": "1"},
        {"name": "Product Viewed", "at": moment(days=1), "id": "2"},
    ]
    answer = shop.post("/events", batch, status=422)
    assert answer["code"] == "from_the_future" and "message 1 (2)" in answer["message"]
    assert shop.post("/events", batch[:1]) == {"accepted": 1}
