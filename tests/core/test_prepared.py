"""A statement that is prepared says what its queryset says, and says it again with other values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F, QuerySet

from siyu.features.commerce.models import Order, Product
from siyu.kit.prepared import asks, changes, removes
from siyu.kit.rows import insert, written

pytestmark = pytest.mark.django_db(databases="__all__")
NOON = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


@asks
def named(skus: list[str], brand: str) -> QuerySet[Any, Any]:
    return Product.objects.filter(sku__in=skus, brand=brand).order_by("sku").values_list("sku", "title")


@asks
def placed(since: datetime, gift: bool | None) -> QuerySet[Order]:
    found = Order.objects.filter(placed_at__gte=since).order_by("pk")
    return found if gift is None else found.filter(gift=gift)


@changes
def dearer(order: int, by: int) -> tuple[QuerySet[Order], dict[str, Any]]:
    return Order.objects.filter(pk=order, amount__gte=by), {"amount": F("amount") + by}


@changes("amount", "number")
def cheaper(order: int, by: int) -> tuple[QuerySet[Order], dict[str, Any]]:
    return Order.objects.filter(pk=order, amount__gte=by), {"amount": F("amount") - by}


@removes
def gone(source: str) -> QuerySet[Product]:
    return Product.objects.filter(source=source)


@asks
def containing(word: str) -> QuerySet[Any, Any]:
    return Product.objects.filter(title__icontains=word).values_list("sku", flat=True)


def bought(number: str, **more: Any) -> Order:
    said = {"source": "x", "number": number, "placed_at": NOON, "amount": 500, "currency": "CNY", "digest": "d"}
    return Order.objects.create(**said | more)


def test_each_number_of_values_is_asked_for():
    for n in range(3):
        Product.objects.create(source="x", sku=str(n), title=f"tea {n}", brand="Hill")
    assert named(["0", "2"], "Hill") == [("0", "tea 0"), ("2", "tea 2")]
    assert named(["1", "2"], "Hill") == [("1", "tea 1"), ("2", "tea 2")]
    assert named(["1"], "Hill") == [("1", "tea 1")]
    assert named(["1"], "Dale") == named([], "Hill") == []
    assert named(["100%s", "?"], "'; --") == []


def test_models_come_back_as_the_orm_gives_them():
    made = bought("1", rate="0.5", gift=True)
    (found,) = placed(NOON, True)
    fresh = Order.objects.get(pk=made.pk)
    assert all(getattr(found, f.attname) == getattr(fresh, f.attname) for f in Order._meta.concrete_fields)
    assert found == fresh and not found._state.adding
    assert placed(NOON + timedelta(microseconds=1), None) == placed(NOON, False) == []
    assert placed(NOON, None) == [made]


def test_a_change_counts_rows_or_returns_them():
    made = bought("1")
    assert [dearer(made.pk, 100), dearer(made.pk, 10**15), dearer(made.pk + 1, 1)] == [1, 0, 0]
    assert cheaper(made.pk, 50) == [(550, "1")]
    assert cheaper(made.pk, 551) == []
    assert gone("x") == 0
    Product.objects.create(source="y", sku="1")
    assert gone("y") == 1 and not Product.objects.exists()


def test_a_row_that_is_written_is_a_model():
    columns = ("source", "number", "placed_at", "amount", "discount", "currency", "rate", "gift", "digest")
    made = written(Order, columns, ("x", "1", NOON, 5, 0, "CNY", "1", False, "d"))
    made.refresh_from_db()
    assert (made.number, made.placed_at, made.identity_id) == ("1", NOON, None)
    assert dict(insert(Product, ["source", "sku", "title", "category", "department", "brand"],
                       [("x", "a", "", "", "", ""), ("x", "b", "", "", "", "")], returning=["sku", "id"])) == dict(
        Product.objects.values_list("sku", "pk"))  # fmt: skip


def test_a_value_that_the_sql_would_rewrite_is_not_prepared():
    with pytest.raises(AssertionError, match="did not reach"):
        containing("tea")


def test_a_watcher_sees_every_statement(django_assert_num_queries):
    with django_assert_num_queries(2):
        named(["1"], "Hill")
        dearer(1, 1)
