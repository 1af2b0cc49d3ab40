"""What our own shop leaves: only of what was paid and stayed, and only where the cost is known."""

import json

import pytest
from django.urls import reverse

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import desk, margin, refunds
from siyu.features.commerce.margin import Margin
from siyu.features.commerce.models import Listing, Variant
from tests.features.shop.brand import NOW, order, pay

pytestmark = pytest.mark.django_db(databases="__all__")


def back(made, pieces, key="r"):
    refunds.refund(order=made.pk, pieces=pieces, key=key, reason="", by="lin", at=NOW)


def test_it_is_what_the_orders_pages_say_together(shop, till):
    first, second = order(shop, (shop.tea, 3)), order(shop, (shop.tea, 1), key="2")
    for made in (first, second):
        pay(made)
    back(first, {0: 1})
    assert margin.whole(margin.listings()) == Margin(3, 2700, 2700, 2700 - 3 * 400)
    pages = [desk.order(made.pk).contribution for made in (first, second)]
    assert sum(pages) == margin.shop()[0].contribution == 1500


def test_the_books_hear_what_is_left(shop, till):
    made = order(shop, (shop.tea, 3), (shop.big, 1))
    pay(made)
    back(made, {0: 1})
    told = [json.loads(body)["properties"] for body in
            Entry.objects.filter(name="order.costed").order_by("pk").values_list("body", flat=True)]  # fmt: skip
    assert told == [{"costed": 2700, "cost": 1200}, {"costed": 1800, "cost": 800}]
    pay(order(shop, (shop.big, 1), key="2"))
    assert Entry.objects.filter(name="order.costed").count() == 2


def test_what_has_no_cost_is_named_and_not_counted(shop, till):
    pay(order(shop, (shop.tea, 1), (shop.big, 2)))
    tea = Listing.objects.get(title="Tea").pk
    [(one, title, found)] = margin.shop()[1]
    assert (one, title) == (tea, "Tea")
    assert (found.pieces, found.sold, found.unknown, found.contribution) == (3, 900 + 5000, 5000, 500)
    pay(order(shop, (shop.lesson, 1), key="2"))
    lesson = margin.listings(Listing.objects.get(title="Lesson").pk)
    assert [(m.share, m.unknown) for m in lesson.values()] == [(None, 9900)]


def test_open_closed_and_cancelled_orders_leave_nothing(shop, till):
    order(shop)
    gone = order(shop, key="2")
    pay(gone)
    refunds.cancel(order=gone.pk, by="lin", at=NOW)
    assert margin.shop() == (Margin(0, 0, 0, 0), [])


def test_an_order_that_went_back_leaves_its_cost_nowhere(shop, till):
    made = order(shop, (shop.tea, 2), (shop.big, 1))
    pay(made)
    back(made, {0: 2, 1: 1})
    assert margin.shop()[0] == Margin(0, 0, 0, 0)


def test_a_cost_that_changes_later_changes_no_order(shop, till):
    pay(order(shop))
    Variant.objects.update(cost=1)
    assert margin.shop()[0].contribution == 500


def test_the_listing_and_the_desk_of_programs_show_it(shop, till, admin_client):
    pay(order(shop, (shop.tea, 1), (shop.big, 1)))
    page = admin_client.get(reverse("console:catalogue-one", args=[Listing.objects.get(title="Tea").pk]))
    assert "¥5.00 (55.6%)" in page.content.decode() and "¥25.00" in page.content.decode()
