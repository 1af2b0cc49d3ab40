"""The sample brand's memberships are there after the demo, and no figure of the real history moves."""

import pytest

from siyu.core.people.numbers import number
from siyu.features.commerce.models import Order
from siyu.features.loyalty.membership import queries
from siyu.sample.coming import come_back
from siyu.sample.membership import open_memberships
from siyu.sample.shop import open_shop
from tests.features.shop.brand import NOW

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_it_works():
    number({("completejourney", "1"): NOW}, source="completejourney")
    open_shop("completejourney", NOW)
    come_back("completejourney", NOW)
    for _ in range(2):
        open_memberships(NOW)
    page = queries.overview(NOW)
    assert all("made up" in row.plan.title for row in page.plans) and len(page.plans) == 3
    assert (page.members, page.in_grace, page.paid) == (7, 1, 0)
    assert not Order.objects.exclude(placed_at=None).exists()
