"""Connect a shop, close it, look it up."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from siyu.features.commerce.rules import SHOP
from siyu.features.commerce.shops.models import Shop
from siyu.kit.refusals import Refused

KINDS = ("shopify", "woocommerce")
LONGEST_SECRET = 200


class BadShop(Refused):
    code = "bad_shop"
    status = 422


class ShopExists(Refused):
    code = "shop_exists"
    status = 409


class UnknownShop(Refused):
    code = "unknown_shop"
    status = 404


def connect(
    *, name: str, kind: str, currency: str, at: datetime, secret: str = "", source: str = ""
) -> tuple[Shop, str]:
    """Open the door to a shop; the second is its secret, in the only sight of it.

    Shopify makes its secret itself; for WooCommerce one is made here where none is said.
    """
    name, source, secret = name.strip(), source.strip() or name.strip(), secret.strip()
    check(name, kind, source, currency, secret)
    secret = secret or secrets.token_hex(24)
    try:
        with transaction.atomic():
            shop = Shop.objects.create(
                name=name, kind=kind, source=source, currency=currency, secret=secret, key=secrets.token_hex(12),
                connected_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise ShopExists(f"there is an open shop {name} already, or one of the source {source}") from None
    return shop, secret


def check(name: str, kind: str, source: str, currency: str, secret: str) -> None:
    if kind not in KINDS:
        raise BadShop(f"a shop is of {' or '.join(KINDS)}, not {kind[:30]!r}")
    for what, said in (("name", name), ("source", source)):
        if not 0 < len(said) <= 50 or not said.isprintable():
            raise BadShop(f"a shop has a {what} of 1 to 50 printable characters")
    if source == SHOP:
        raise BadShop(f"{SHOP} is our own shop; nobody else may tell of its orders")
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise BadShop(f"{currency[:10]!r} is no currency; one is CNY")
    if kind == "shopify" and not secret:
        raise BadShop("Shopify signs with a secret of its own: Settings > Notifications > Webhooks shows it")
    if len(secret) > LONGEST_SECRET or not secret.isprintable():
        raise BadShop(f"a secret has at most {LONGEST_SECRET} printable characters")


def close(*, shop: Shop, at: datetime) -> Shop:
    """Its address answers 404 from now on; what it has told stays, its secret does not."""
    shop.closed_at = shop.closed_at or at
    shop.secret = ""
    shop.save(update_fields=["closed_at", "secret"])
    return shop


def named(name: str) -> Shop:
    """The open shop of that name, else the one that was closed last."""
    found = Shop.objects.filter(name=name).order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    if found is None:
        raise UnknownShop(f"there is no shop {name[:50]!r}; `siyu shop list` shows them")
    return found


def open_by_key(*, kind: str, key: str) -> Shop:
    found = Shop.objects.filter(kind=kind, key=key, closed_at=None).first()
    if found is None:
        raise UnknownShop("no open shop delivers to this address")
    return found


def note_forged(*, shop: Shop, at: datetime) -> None:
    """Somebody has signed with another secret: a stranger, or the shop, whose secret is another one by now."""
    Shop.objects.filter(pk=shop.pk).update(forged=F("forged") + 1, forged_at=at)
