"""What members look at and put into their carts, told to the log as any shop's behaviour is: by the cheap road.

Only of who is signed in: a browser that nobody has signed in on has agreed to nothing.
"""

import logging
import secrets
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.land import NotStored, land
from siyu.core.people.models import Identity
from siyu.features.commerce import carts, shopfront
from siyu.features.commerce.carts import Owner
from siyu.features.commerce.models import Variant
from siyu.features.commerce.shopfront import Shown
from siyu.kit import money

SOURCE = "pages"
"""Our own members' pages, beside the apps and sites that send with an SDK."""
log = logging.getLogger("siyu.browsing")


def look(number: int, *, identity: int | None, at: datetime) -> Shown:
    """A listing with what it costs who asks; that a member saw it is kept."""
    shown = shopfront.listing(number, identity=identity, at=at)
    if identity:
        tell("Product Viewed", identity, shown.first.number, 1, key=secrets.token_hex(12), at=at)
    return shown


def pick(*, owner: Owner, variant: int, quantity: int, key: str, at: datetime) -> int:
    """Put more of it into the cart, once per key. How many pieces the cart holds then."""
    pieces = carts.add(owner=owner, variant=variant, quantity=quantity, key=key, at=at)
    if owner.identity:
        tell("Product Added", owner.identity, variant, quantity, key=key or secrets.token_hex(12), at=at)
    return pieces


def tell(name: str, identity: int, variant: int, quantity: int, *, key: str, at: datetime) -> None:
    """The same key twice is taken once. A page is not refused because nobody could note that it was seen."""
    claim = Identity.objects.filter(pk=identity).values_list("namespace", "value").first()
    of = "product__sku", "product__title", "product__category", "product__brand", "price"
    sku, title, category, brand, price = Variant.objects.values_list(*of).get(pk=variant)
    properties: dict[str, Any] = {
        "product_id": sku, "sku": sku, "name": title, "category": category, "brand": brand, "quantity": quantity,
        "price": money.major(price, settings.SIYU.currency), "currency": settings.SIYU.currency,
    }  # fmt: skip
    message = Message(name=name, at=at, id=f"{name} {identity} {variant} {key}", claim=claim, properties=properties)
    try:
        land(msgspec.json.encode(message), count=1, source=SOURCE, dialect="siyu", received_at=at)
    except NotStored as no:
        log.warning("%s of %s was not kept: %s", name, identity, no.code)
