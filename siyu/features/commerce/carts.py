"""What somebody means to buy: a member's cart, or the cart of a browser that nobody has signed in on."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from siyu.core.eventlog.locks import one_at_a_time
from siyu.features.commerce.checkout import MOST_LINES, MOST_PIECES, NotForSale, NothingToBuy, Want
from siyu.features.commerce.models import Cart, CartItem, Listing, Variant


class Owner(NamedTuple):
    """One of the two: a member's identity number, or what the browser's cookie says."""

    identity: int | None = None
    cookie: str = ""

    @property
    def visitor(self) -> str:
        return "" if self.identity else hashlib.blake2b(self.cookie.encode(), digest_size=32).hexdigest()


@transaction.atomic
def put(*, owner: Owner, variant: int, quantity: int, at: datetime) -> int:
    """Set how many of it are in the cart; 0 takes it out. How many pieces the cart holds then."""
    if not 0 <= quantity <= MOST_PIECES:
        raise NothingToBuy(f"0 to {MOST_PIECES} pieces")
    cart = cart_of(owner, at)
    if quantity == 0:
        cart.items.filter(variant=variant).delete()
    else:
        shown = Variant.objects.filter(pk=variant, withdrawn_at=None, listing__published_at__isnull=False)
        if not shown.exclude(listing__kind__in=Listing.ALONE).exists():
            raise NotForSale("that is not for sale any more")
        if not cart.items.filter(variant=variant).exists() and cart.items.count() >= MOST_LINES:
            raise NothingToBuy(f"a cart has at most {MOST_LINES} lines")
        CartItem.objects.update_or_create(cart=cart, variant_id=variant, defaults={"quantity": quantity})
    return pieces(cart)


@transaction.atomic
def add(*, owner: Owner, variant: int, quantity: int, at: datetime, key: str = "") -> int:
    """Put more of it into the cart; the key of the form that says so counts once."""
    cart = cart_of(owner, at)
    there = CartItem.objects.filter(cart=cart, variant=variant).first()
    if there and key and there.added_by == key[:40]:
        return pieces(cart)
    held = put(owner=owner, variant=variant, quantity=quantity + (there.quantity if there else 0), at=at)
    CartItem.objects.filter(cart=cart, variant=variant).update(added_by=key[:40])
    return held


def cart_of(owner: Owner, at: datetime) -> Cart:
    one_at_a_time(f"cart of {owner.identity or owner.visitor}")
    whose = {"identity_id": owner.identity} if owner.identity else {"visitor": owner.visitor}
    cart, _ = Cart.objects.update_or_create(**whose, defaults={"changed_at": at})
    return cart


def pieces(cart: Cart) -> int:
    return sum(cart.items.values_list("quantity", flat=True))


def wants(owner: Owner) -> list[Want]:
    """What is in the cart and can still be bought."""
    items = CartItem.objects.filter(
        cart__identity=owner.identity, cart__visitor=owner.visitor, variant__withdrawn_at=None,
        variant__listing__published_at__isnull=False,
    )  # fmt: skip
    return [Want(variant, quantity) for variant, quantity in items.order_by("pk").values_list("variant", "quantity")]


@transaction.atomic
def bring_along(*, cookie: str, identity: int, at: datetime) -> None:
    """What a browser had in its cart goes into the cart of who signed in on it; the larger number stays."""
    visitor = Owner(cookie=cookie)
    brought = wants(visitor)
    if brought:
        cart = cart_of(Owner(identity), at)
        there = dict(cart.items.values_list("variant", "quantity"))
        for want in brought:
            CartItem.objects.update_or_create(
                cart=cart, variant_id=want.variant,
                defaults={"quantity": max(want.quantity, there.get(want.variant, 0))},
            )  # fmt: skip
    Cart.objects.filter(visitor=visitor.visitor).delete()
