"""The shelves of our own shop from a spreadsheet."""

from pathlib import Path

import pytest

from siyu.core.eventlog.imports import Options, carry
from siyu.features.commerce import shelves, stock
from siyu.features.commerce.imports import listings
from siyu.features.commerce.models import Listing, Stock, Store, Variant
from tests.features.shop.brand import NOW, open_shop, order

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
HEAD = "SKU,Title,Variant,Price,Member price,Cost,Stock,Store,Category,Published\n"


def take(tmp_path: Path, text: str, name: str = "shelves.csv", preview: bool = False):
    (tmp_path / name).write_text(text, "utf-8")
    return carry(listings, tmp_path / name, options=Options(), at=NOW, by="lin", preview=preview)


@pytest.fixture
def stores(db) -> list[Store]:
    return [stock.set_up(name="Corner"), stock.set_up(name="Warehouse", ships=True, picks_up=False)]


def test_rows_of_a_title_are_one_listing(tmp_path, stores):
    report = take(tmp_path, HEAD + "G-50,Green tea,50 g,19.00,17,8,40,,Food / Tea,yes\n"
                                   "G-90,Green tea,90 g,29.5,,,7,Corner,Food / Tea,\n"
                                   "C-1,Cup,,¥12,,,,,,\n")  # fmt: skip
    assert (report.taken, report.refused, report.listings) == (3, 0, 2)
    tea, cup = Listing.objects.order_by("pk")
    found = shelves.listing(tea.pk)
    assert (found.path, tea.published_at, cup.published_at) == (["Food", "Tea"], NOW, None)
    assert [(v.product.sku, v.label, v.price, v.member_price, v.cost) for v in found.variants] == [
        ("G-50", "50 g", 1900, 1700, 800), ("G-90", "90 g", 2950, None, None),
    ]  # fmt: skip
    pieces = Stock.objects.order_by("pk").values_list("product__sku", "store__name", "on_hand")
    assert list(pieces) == [("G-50", "Warehouse", 40), ("G-90", "Corner", 7)]


def test_rows_that_cannot_be_taken_come_back_with_their_reasons(tmp_path, stores):
    report = take(tmp_path, HEAD + "A,Tea,,cheap,,,,,,\nB,Tea,,,,,,,,\nC,Tea,,5,6,,,,,\nD,,,5,,,,,,\n,Tea,,5,,,,,,\n"
                                   "E,Tea,,5,,,1.5,,,\nF,Tea,,5,,,1,Attic,,\nG,Tea,,-5,,,,,,\nH,Tea,,5,,,,,,\n"
                                   "H,Cup,,5,,,,,,\n")  # fmt: skip
    assert (report.taken, report.refused) == (1, 9)
    assert set(report.reasons) == {
        "price_unreadable", "price_missing", "member_price_higher", "title_missing", "product_missing",
        "stock_unreadable", "store_unknown", "price_negative", "sku_again",
    }  # fmt: skip
    assert "is no price" in Path(report.refused_file).read_text("utf-8")
    assert list(Variant.objects.values_list("product__sku", flat=True)) == ["H"]


def test_a_second_file_corrects_and_withdraws_nothing(tmp_path, stores):
    take(tmp_path, HEAD + "G-50,Tea,50 g,19,17,8,40,,Food,yes\nG-90,Tea,90 g,29,,,,,,\n")
    report = take(tmp_path, "商品编码,商品名称,价格,库存\nG-50,Tea,16,38\nG-10,Tea,5,\n", "new.csv")
    assert (report.taken, report.unchanged) == (2, 0)
    found = shelves.listing(Listing.objects.get().pk)
    assert [(v.product.sku, v.label, v.price, v.member_price, v.cost) for v in found.variants] == [
        ("G-50", "50 g", 1600, None, 800), ("G-90", "90 g", 2900, None, None), ("G-10", "", 500, None, None),
    ]  # fmt: skip
    assert (found.path, found.listing.published_at, Stock.objects.get().on_hand) == (["Food"], NOW, 38)
    again = take(tmp_path, "sku,title,price,stock\nG-50,Tea,16,38\n", "same.csv")
    assert (again.taken, again.unchanged, again.listings) == (0, 1, 0)


def test_a_sku_stays_in_its_listing_and_a_promise_is_kept(tmp_path):
    shop = open_shop()
    order(shop, (shop.tea, 2))
    report = take(
        tmp_path, "sku,title,price,stock,store\ntea,Other,9,3,\nbig,Tea,25,0,Warehouse\ntea,Tea,10,1,Warehouse"
    )
    assert report.reasons == {"sku_elsewhere": 1, "sku_again": 1}
    take(tmp_path, "sku,title,price,stock,store\ntea,Tea,10,1,Warehouse", "two.csv")
    assert Stock.objects.values_list("on_hand", "reserved").get(product__sku="tea", store=shop.warehouse) == (2, 2)


def test_a_preview_changes_nothing(tmp_path, stores):
    report = take(tmp_path, HEAD + "G-50,Tea,,19,,,,,,\n", preview=True)
    assert (report.taken, report.listings, Listing.objects.count()) == (1, 1, 0)
