"""Operators run the shop from the console: what waits, what is refunded, what is listed, what is on the shelves."""

import csv
import io
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from siyu.core.eventlog.imports import Options, carry
from siyu.features.commerce import desk, fulfilment, payments, refunds
from siyu.features.commerce.imports import listings
from siyu.features.commerce.models import (
    Fulfilment,
    Listing,
    Movement,
    Order,
    Picture,
    Refund,
    Selection,
    Stock,
    Store,
    Variant,
    Voucher,
)
from tests.features.shop.brand import NOW, By, Till, open_shop, order, pay
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def shop():
    return open_shop(pieces=40)


@pytest.fixture
def till():
    gateway = Till()
    payments.add(gateway)
    yield gateway
    del payments.GATEWAYS["till"]


@pytest.fixture
def product(client):
    client.force_login(operator("product"))
    return client


def test_an_order_is_shipped_from_its_page(product, shop, till):
    made = order(shop, (shop.tea, 2))
    pay(made)
    here = f"/orders/{desk.code(made.pk)}"
    assert product.get("/orders?queue=ship").content.decode().count(made.number) == 1
    page = product.get(here).content.decode()
    assert "Alice" in page and "Nanjing Road 1" in page
    product.post(f"{here}/ship", {"carrier": "SF", "tracking": "1"})
    assert Fulfilment.objects.get(order=made).carrier == "SF"
    assert made.number not in product.get("/orders?queue=ship").content.decode()


def test_a_refund_is_previewed_and_given_once(product, shop, till):
    made = order(shop, (shop.tea, 3))
    pay(made)
    here = f"/orders/{desk.code(made.pk)}"
    assert "18.00" in product.get(f"{here}/preview", {"pieces-0": "2"}).content.decode()
    assert product.get(f"{here}/preview", {"pieces-0": "9"}).status_code == 200
    assert not Refund.objects.exists()
    for _ in range(2):
        product.post(f"{here}/refund", {"pieces-0": "2", "key": "k", "reason": "broken", "restock": "on"})
    assert [r.amount for r in Refund.objects.all()] == [1800]
    assert "9 pieces" not in product.get(here).content.decode()


def test_a_request_is_granted_or_declined(product, shop, till):
    made = order(shop, (shop.tea, 2))
    pay(made)
    here = f"/orders/{desk.code(made.pk)}"
    for verb in ("decline", "grant"):
        asked = refunds.ask(order=made.pk, pieces={0: 1}, reason="broken", at=made.placed_at)
        assert "broken" in product.get(here).content.decode()
        product.post(f"{here}/{verb}", {"request": asked.pk, "answer": "no"})
    assert Refund.objects.count() == 1


def test_a_paid_order_is_cancelled_and_a_refusal_is_said(product, shop, till):
    made = order(shop)
    pay(made)
    here = f"/orders/{desk.code(made.pk)}"
    product.post(f"{here}/cancel")
    assert Order.objects.get(pk=made.pk).cancelled_at
    answer = product.post(f"{here}/ship", {"carrier": "SF"}, follow=True)
    assert answer.status_code == 200
    assert Fulfilment.objects.get(order=made).shipped_at is None
    assert product.get("/orders/ord_xyz").status_code == 404


def test_the_desk_asks_no_more_for_twenty_orders_than_for_two(product, shop, till):
    def queries(n: int) -> int:
        for _ in range(n):
            pay(order(shop, key=str(Order.objects.count())))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert product.get("/orders").status_code == 200
        return len(asked)

    queries(1)
    assert queries(1) == queries(18)


def test_a_listing_is_written_and_published(product):
    typed = {
        "title": "Cup",
        "kind": "goods",
        "category": "Home / Cups",
        "sku-0": "cup",
        "price-0": "12.50",
        "tracked-0": "on",
    }
    bad = product.post("/catalogue/new", typed | {"price-0": "much"})
    assert bad.status_code == 422
    assert "much" in bad.content.decode() and "Cup" in bad.content.decode()
    assert product.post("/catalogue/new", typed).status_code == 302
    cup = Listing.objects.get()
    assert (Variant.objects.get().price, cup.category.name, cup.published_at) == (1250, "Cups", None)
    product.post(f"/catalogue/{cup.pk}/publish")
    assert Listing.objects.get().published_at
    product.post(f"/catalogue/{cup.pk}", typed | {"sku-0": "cup", "price-0": "10", "sku-1": "big", "price-1": "20"})
    assert list(Variant.objects.order_by("price").values_list("price", flat=True)) == [1000, 2000]
    assert "Cup" in product.get("/catalogue").content.decode()


def test_only_a_picture_is_a_picture(product, shop):
    tea = Listing.objects.get(title="Tea").pk
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "green").save(drawn, format="PNG")
    for name, data in (("evil.png", b"<script>"), ("tea.png", drawn.getvalue())):
        file = BytesIO(data)
        file.name = name
        product.post(f"/catalogue/{tea}/picture", {"file": file})
    picture = Picture.objects.get()
    answer = product.get(f"/media/{picture.file}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert product.get("/media/state.sqlite3").status_code == 404
    product.post(f"/catalogue/{tea}/picture/{picture.pk}/remove")
    assert product.get(f"/media/{picture.file}").status_code == 404


def test_a_promotion_has_a_budget(product, shop):
    tea = Variant.objects.get(pk=shop.tea).product_id
    typed = {
        "product": tea,
        "price": "5",
        "budget": "100",
        "begins": "2026-06-01",
        "ends": "2026-07-01",
        "commission": "5",
    }
    product.post("/catalogue/pool/select", typed | {"price": "11"})
    product.post("/catalogue/pool/select", typed | {"begins": "soon"})
    assert not Selection.objects.exists()
    product.post("/catalogue/pool/select", typed)
    chosen = Selection.objects.get()
    assert (chosen.budget, chosen.commission) == (10_000, 500)
    assert "Tea" in product.get("/catalogue/pool").content.decode()


def test_stock_is_booked_and_says_why_it_changed(product, shop):
    tea = Stock.objects.get(product__variant=shop.tea, store=shop.corner)
    booked = {"product": tea.product_id, "store": shop.corner.pk}
    product.post("/stock/move", booked | {"quantity": "7", "reason": "counted"})
    product.post("/stock/move", booked | {"quantity": "9", "reason": "damaged"})
    product.post("/stock/move", booked | {"quantity": "2", "reason": "damaged", "note": "rain"})
    tea.refresh_from_db()
    assert tea.on_hand == 5
    assert "rain" in product.get(f"/stock/{tea.pk}").content.decode()
    assert Movement.objects.filter(stock=tea).count() == 3
    product.post("/stock/store", {"name": "Harbour", "picks_up": "on"})
    assert Store.objects.get(name="Harbour").ships is False


def test_a_guide_hands_over_and_redeems_at_the_counter(client, shop, till):
    client.force_login(operator("guide"))
    fetched, lesson = order(shop, by=shop.fetched), order(shop, (shop.lesson, 1), by=By(), key="lesson")
    pay(fetched), pay(lesson)
    code, right = fulfilment.pick_up_code(fetched.pk), fulfilment.voucher_code(Voucher.objects.get().pk)
    assert fetched.number in client.get("/counter", {"code": code}).content.decode()
    assert "Lesson" in client.get("/counter", {"code": right.upper()}).content.decode()
    assert client.get("/counter", {"code": "vou_000000000000"}).status_code == 200
    scanned = f"http://testserver/counter?code={code}"  # as a buyer's page shows it
    for found in (client.get("/counter", {"code": scanned}), client.get(scanned)):
        assert fetched.number in found.text
    for _ in range(2):
        client.post("/counter/hand", {"code": code})
        client.post("/counter/hand", {"code": right, "store": shop.corner.pk})
    assert Fulfilment.objects.get(order=fetched).handed_by == "guide"
    assert Voucher.objects.get().store == shop.corner
    assert client.post(f"/orders/{desk.code(fetched.pk)}/cancel").status_code == 403


def test_what_the_desk_refuses_it_says_in_the_readers_language(product, shop, till):
    product.cookies["django_language"] = "zh-hans"
    made, tea = order(shop), Stock.objects.get(product__variant=shop.tea, store=shop.corner)
    here = f"/orders/{desk.code(made.pk)}"
    assert "尚未付款" in product.post(f"{here}/ship", {"carrier": "SF"}, follow=True).text
    assert "还能退" in product.get(f"{here}/preview", {"pieces-0": "9"}).text
    booked = {"product": tea.product_id, "store": shop.corner.pk, "quantity": "99", "reason": "damaged"}
    assert "现有" in product.post("/stock/move", booked, follow=True).text
    assert "SKU" in product.post("/catalogue/new", {"title": "Cup", "kind": "goods"}).text
    assert "金额" in product.post("/catalogue/new", {"title": "Cup", "sku-0": "cup", "price-0": "much"}).text
    product.force_login(operator("guide"))
    assert "券" in product.get("/counter", {"code": "vou_000000000000"}).text


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_shops_tables_are_files_too(product, shop, till):
    made = order(shop, (shop.tea, 2), by=shop.fetched)
    pay(made)
    _, sold = rows_of(product.get("/orders?as=csv"))
    assert (sold[0], sold[4], sold[6], sold[7], sold[9]) == (made.number, "Corner", "2", "18.0", "CNY")
    assert rows_of(product.get("/orders?queue=ship&as=csv"))[1:] == []
    tea = Variant.objects.get(pk=shop.tea).product_id
    promoted = {"product": tea, "price": "5", "budget": "100", "begins": "2026-06-01", "ends": "2026-07-01"}
    product.post("/catalogue/pool/select", promoted | {"supplier": "Tea Ltd", "commission": "5"})
    assert rows_of(product.get("/catalogue/pool?as=csv"))[1][:2] == ["Tea · small", "Tea Ltd"]
    corner = Stock.objects.get(product=tea, store=shop.corner)
    assert ["tea", "Tea · small", "Corner", "38", "0"] in rows_of(product.get("/stock?as=csv"))
    assert [one[2] for one in rows_of(product.get(f"/stock/{corner.pk}?as=csv"))[1:]] == ["-2", "40"]
    for page in ("/orders", "/catalogue", "/catalogue/pool", "/stock", f"/stock/{corner.pk}"):
        assert "as=xlsx" in product.get(page).text
        assert product.get(f"{page}?as=xlsx").content.startswith(b"PK")


def test_a_catalogue_that_was_taken_out_can_be_put_in_again(product, shop, tmp_path):
    file = tmp_path / "catalogue.xlsx"
    file.write_bytes(product.get("/catalogue?as=xlsx").content)
    before = rows_of(product.get("/catalogue?as=csv"))
    Variant.objects.update(price=1, member_price=None, cost=None)
    report = carry(listings, file, options=Options(), at=NOW)
    assert (report.taken, report.refused) == (3, 0)
    assert rows_of(product.get("/catalogue?as=csv")) == before
