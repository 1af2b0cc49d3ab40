"""Shops in the console: connected, watched, mended, disconnected."""

import pytest
from auditlog.models import LogEntry
from django.test import Client

from siyu.features.commerce.models import Order
from siyu.features.commerce.shops.models import Delivery, Shop
from siyu.interfaces.connectors.shops.door import retake
from tests.interfaces.connectors.shopping import Sender
from tests.interfaces.connectors.test_shopify import line, order
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(operator(owner=True))
    return client


@pytest.fixture
def shop() -> Sender:
    return Sender("shopify")


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(owner):
    said = {"name": "tea", "kind": "woocommerce", "secret": "", "source": "", "currency": "cny"}
    shown = owner.post("/shops/connect", said).content.decode()
    made = Shop.objects.get()
    assert made.secret in shown and f"http://testserver{made.path}" in shown
    for path in ("/shops", f"/shops/{made.pk}"):
        told = page(owner, path)
        assert "WooCommerce" in told and made.secret not in told
    assert LogEntry.objects.filter(additional_data__did="shop_connected").exists()
    assert made.secret not in str(list(LogEntry.objects.values()))


def test_a_secret_that_the_shop_made_is_never_shown(owner):
    said = {"name": "tea", "kind": "shopify", "secret": "hush-hush", "source": "t", "currency": "USD"}
    sent = owner.post("/shops/connect", said)
    made = Shop.objects.get()
    assert sent["Location"] == f"/shops/{made.pk}" and made.secret == "hush-hush"
    assert "hush-hush" not in page(owner, f"/shops/{made.pk}")
    assert owner.post("/shops/connect", said).status_code == 409
    assert owner.post("/shops/connect", said | {"currency": ""}).status_code == 422


def test_deliveries_and_forgeries_are_seen(owner, shop):
    shop.told("orders/create", order())
    shop.told("carts/update", {})
    shop.told("orders/create", order(), 401, signature="AAAA")
    told = page(owner, f"/shops/{shop.shop.pk}")
    assert "orders/create" in told and "5001" in told and "1 delivery was signed with another secret" in told


def test_what_failed_is_mended_and_taken(owner, shop):
    shop.told("orders/create", order(line_items=[line(price="fifty")]), 422)
    wrong = Delivery.objects.get()
    path = f"/shops/{shop.shop.pk}/failed/{wrong.pk}"
    assert "fifty" in page(owner, path) and path in page(owner, f"/shops/{shop.shop.pk}")
    assert owner.post(path, {"body": " "}).status_code == 422
    assert owner.post(path, {"body": wrong.body.replace("fifty", "50.00")}).status_code == 302
    retake()
    assert Order.objects.get().amount == 10000
    assert owner.get(path).status_code == 404


def test_what_nobody_mends_is_thrown_away(owner, shop):
    shop.told("orders/create", b"{", 422)
    owner.post(f"/shops/{shop.shop.pk}/failed/{Delivery.objects.get().pk}/discard")
    assert Delivery.objects.get().outcome == "skipped"


def test_a_shop_is_disconnected(owner, shop):
    owner.post(f"/shops/{shop.shop.pk}/close")
    assert shop.fresh.closed_at and shop.fresh.secret == ""
    assert "Closed" in page(owner, "/shops")
    shop.told("orders/create", order(), 404)


def test_who_may_only_look_changes_nothing(shop):
    shop.told("orders/create", b"{", 422)
    client = Client()
    client.force_login(operator("member"))
    assert "could not be taken" in page(client, f"/shops/{shop.shop.pk}")
    for path in ("close", f"failed/{Delivery.objects.get().pk}"):
        assert client.post(f"/shops/{shop.shop.pk}/{path}").status_code == 403


def test_a_long_list_asks_no_more(owner, shop, django_assert_max_num_queries):
    for number in range(20):
        shop.told("orders/create", order(id=number + 1))
    with django_assert_max_num_queries(12):
        page(owner, f"/shops/{shop.shop.pk}")
