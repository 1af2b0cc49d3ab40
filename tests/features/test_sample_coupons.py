"""The sample brand's coupons are there after the demo, and no figure of the real history moves."""

import pytest

from siyu.core.people.numbers import number
from siyu.features.commerce.models import Order
from siyu.features.loyalty import benefits
from siyu.features.loyalty.coupons import queries
from siyu.features.loyalty.models import CouponCode
from siyu.sample.coupons import hand_out_coupons
from siyu.sample.shop import open_shop
from tests.features.shop.brand import NOW

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_it_works():
    number({("completejourney", "1"): NOW}, source="completejourney")
    for _ in range(2):
        open_shop("completejourney", NOW)
        hand_out_coupons(NOW)
    page = queries.templates()
    assert [row.state for row in page.rows] == ["draft", *["published"] * 4]
    assert all("made up" in row.template.title for row in page.rows)
    assert CouponCode.objects.count() == 24
    assert CouponCode.objects.filter(state="reserved").count() > 0
    assert not Order.objects.exclude(placed_at=None).exists()
    member = Order.objects.order_by("pk").values_list("identity", flat=True)[0]
    assert {one.kind for one in benefits.given_to(member)} == {"birthday", "coupon"}
