"""The sample brand's own shop is there after the demo, and leaves the real history's figures as they are."""

import pytest

from siyu.core.people.models import Member, Person
from siyu.core.people.numbers import number
from siyu.features.commerce import desk, shelves
from siyu.features.commerce.models import Movement, Order
from siyu.sample.shop import BY, open_shop
from tests.features.shop.brand import NOW

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_it_works():
    household = number({("completejourney", "1"): NOW}, source="completejourney")
    for _ in range(2):
        open_shop("completejourney", NOW)
    assert len(shelves.listings(state="shown", limit=60).rows) == 26
    assert (Member.objects.count(), Order.objects.count(), Order.objects.exclude(placed_at=None).count()) == (1, 2, 0)
    assert desk.waiting()["open"] == 2
    person = Person.objects.get(identities__in=household.values())
    assert Member.objects.get().identity.person == person
    assert set(Movement.objects.values_list("by", flat=True)) == {BY}
