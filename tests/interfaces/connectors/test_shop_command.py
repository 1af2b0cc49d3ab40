"""siyu shop connect, list and close."""

import json

import pytest
from click.testing import CliRunner

from siyu.cli import main
from siyu.features.commerce.shops.models import Shop

pytestmark = pytest.mark.django_db(databases="__all__")


def siyu(*words: str, said: str | None = None, status: int = 0):
    result = CliRunner().invoke(main, ["shop", *words, "--json"], input=said)
    assert result.exit_code == status, result.output
    return json.loads(result.stdout.splitlines()[0])


def test_it_works():
    told = siyu("connect", "tea", "--kind", "shopify", "--secret", "-", "--currency", "usd", said="hush\n")
    shop = Shop.objects.get()
    assert (shop.secret, shop.currency, shop.source) == ("hush", "USD", "tea")
    assert told["address"].endswith(f"/hooks/shops/shopify/{shop.key}") and "secret" not in told
    (row,) = siyu("list")
    assert (row["name"], row["heard"], row["closed_at"]) == ("tea", 0, None) and "hush" not in json.dumps(row)
    assert siyu("close", "tea")["closed_at"]


def test_a_secret_that_is_made_here_is_shown_once():
    assert siyu("connect", "woo", "--kind", "woocommerce")["secret"] == Shop.objects.get().secret


def test_refusals():
    siyu("connect", "tea", "--kind", "woocommerce")
    assert siyu("connect", "tea", "--kind", "woocommerce", status=1)["code"] == "shop_exists"
    assert siyu("connect", "other", "--kind", "woocommerce", "--source", "tea", status=1)["code"] == "shop_exists"
    assert siyu("connect", "b", "--kind", "magento", status=1)["code"] == "bad_shop"
    assert siyu("connect", "b", "--kind", "shopify", status=1)["code"] == "bad_shop"
    assert siyu("connect", "b", "--kind", "woocommerce", "--currency", "¥", status=1)["code"] == "bad_shop"
    assert siyu("close", "nobody", status=1)["code"] == "unknown_shop"
    siyu("close", "tea")
    siyu("connect", "tea", "--kind", "woocommerce")
    siyu("close", "tea")
    assert Shop.objects.filter(closed_at=None).count() == 0
