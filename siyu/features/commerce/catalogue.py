"""Verbs of our own shop's catalogue: shelves, listings with their variants and pictures, the selection pool."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from siyu.core.eventlog.announce import announce
from siyu.events.commerce import ListingPublished, ListingWithdrawn
from siyu.features.commerce.history import Description, list_products
from siyu.features.commerce.models import Category, Listing, Picture, Selection, Supplier, Variant
from siyu.features.commerce.rules import SHOP
from siyu.kit.refusals import Refused

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
LARGEST = 10 * 2**20
WIDEST = 1600
MOST_PIXELS = 50_000_000
MOST_PICTURES = 20


class NoSuchListing(Refused):
    code = "no_such_listing"
    status = 404


class BadListing(Refused):
    code = "bad_listing"
    status = 422


class BadPicture(Refused):
    code = "bad_picture"
    status = 422


class BadSelection(Refused):
    code = "bad_selection"
    status = 422


@dataclass(frozen=True)
class Offer:
    """A variant as an operator writes it; money in minor units."""

    sku: str
    price: int
    label: str = ""
    member_price: int | None = None
    cost: int | None = None
    tracked: bool = True


@dataclass(frozen=True)
class Page:
    """A listing as an operator writes it. `category`: names from the top down."""

    title: str
    offers: Sequence[Offer]
    kind: str = "goods"
    text: str = ""
    category: Sequence[str] = ()
    brand: str = ""
    content: str = ""


@transaction.atomic
def write(*, page: Page, at: datetime, listing: int | None = None) -> Listing:
    """Write a listing, or write it anew. A variant that is not among the offers any more is withdrawn; its orders stay.

    The same SKU can stand in one listing only.
    """
    check(page)
    made = listing_of(listing) if listing else Listing(created_at=at, kind=page.kind)
    if page.kind != made.kind and made.kind in Listing.ALONE:
        raise BadListing("that is written on pages of its own")
    made.title, made.kind, made.text, made.brand = page.title.strip(), page.kind, page.text, page.brand
    made.category, made.content = shelf(page.category), page.content
    made.save()
    said = {o.sku: described(page, o, at) for o in page.offers}
    products = list_products(said, source=SHOP, imported=False, own=True).ids
    elsewhere = Variant.objects.filter(product__in=products.values()).exclude(listing=made)
    if taken := elsewhere.values_list("product__sku", flat=True).first():
        raise BadListing(f"{taken} stands in another listing already")
    for position, offer in enumerate(page.offers):
        Variant.objects.update_or_create(
            product_id=products[offer.sku],
            defaults={
                "listing": made, "label": offer.label, "position": position, "price": offer.price, "cost": offer.cost,
                "member_price": offer.member_price, "tracked": offer.tracked, "withdrawn_at": None,
            },
        )  # fmt: skip
    gone = made.variants.filter(withdrawn_at=None).exclude(product__in=products.values())
    gone.update(withdrawn_at=at)
    return made


def check(page: Page) -> None:
    skus = [offer.sku for offer in page.offers]
    if not page.title.strip() or len(page.title) > 200:
        raise BadListing("a listing has a title of at most 200 characters")
    if page.kind not in {*dict(Listing.KINDS), *Listing.ALONE}:
        raise BadListing(f"{page.kind[:20]!r} is no kind of listing")
    if not skus or len(set(skus)) < len(skus) or not all(0 < len(sku.strip()) <= 100 for sku in skus):
        raise BadListing("each variant has a SKU of its own")
    for offer in page.offers:
        if offer.price < 0 or (offer.cost or 0) < 0 or not 0 <= (offer.member_price or 0) <= offer.price:
            raise BadListing(f"{offer.sku}: prices are not below zero, and members pay no more than others")


def described(page: Page, offer: Offer, at: datetime) -> Description:
    title = f"{page.title.strip()} · {offer.label}" if offer.label else page.title.strip()
    top, *below = page.category or ("",)
    return Description(at=at, title=title, department=top, category=" / ".join(below) or top, brand=page.brand)


def shelf(names: Sequence[str]) -> Category | None:
    """The category of that path, made where it is new."""
    category = None
    for name in names:
        category, _ = Category.objects.get_or_create(parent=category, name=name.strip()[:60])
    return category


def listing_of(number: int) -> Listing:
    found = Listing.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchListing("there is no such listing")
    return found


@transaction.atomic
def publish(*, listing: int, at: datetime) -> Listing:
    shown = listing_of(listing)
    if shown.published_at is None:
        shown.published_at = at
        shown.save()
        products = shown.variants.filter(withdrawn_at=None).order_by("product").values_list("product", flat=True)
        announce(ListingPublished(at=at, listing=shown.pk, title=shown.title, products=list(products)))
    return shown


@transaction.atomic
def withdraw(*, listing: int, at: datetime) -> Listing:
    """Out of the shop; orders that hold it can still be paid."""
    shown = listing_of(listing)
    if shown.published_at:
        shown.published_at = None
        shown.save()
        announce(ListingWithdrawn(at=at, listing=shown.pk))
    return shown


def media() -> Path:
    return Path(settings.SIYU.home) / "media"


def add_picture(*, listing: int, data: bytes, alt: str = "") -> Picture:
    """Keep an image, redrawn, so that nothing else rides on it; the same image twice is one file."""
    shown = listing_of(listing)
    if shown.pictures.count() >= MOST_PICTURES:
        raise BadPicture(f"a listing has at most {MOST_PICTURES} pictures")
    drawn, ending = redrawn(data)
    name = f"{hashlib.blake2b(drawn, digest_size=16).hexdigest()}.{ending}"
    media().mkdir(parents=True, exist_ok=True)
    (media() / name).write_bytes(drawn)
    return Picture.objects.create(listing=shown, file=name, alt=alt[:200], position=shown.pictures.count())


def redrawn(data: bytes) -> tuple[bytes, str]:
    if len(data) > LARGEST:
        raise BadPicture("a picture has at most 10 MiB")
    try:
        image = Image.open(BytesIO(data), formats=list(FORMATS))
        if image.width * image.height > MOST_PIXELS:
            raise BadPicture("that picture has too many pixels")
        kind = image.format or ""
        image.thumbnail((WIDEST, WIDEST))
        out = BytesIO()
        image.convert("RGB" if kind == "JPEG" else "RGBA").save(out, format=kind)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise BadPicture("that is no picture in JPEG, PNG or WebP") from None
    return out.getvalue(), FORMATS[kind]


@transaction.atomic
def remove_picture(*, listing: int, picture: int) -> None:
    """The file goes when no other listing shows it."""
    for gone in Picture.objects.filter(listing=listing, pk=picture):
        gone.delete()
        if not Picture.objects.filter(file=gone.file).exists():
            transaction.on_commit(partial((media() / gone.file).unlink, missing_ok=True))


def choose(*, supplier: str, **what: Any) -> Selection:
    """The same as `select`, for a supplier that may be new."""
    name = supplier.strip()[:200]
    return select(supplier=Supplier.objects.get_or_create(name=name)[0] if name else None, **what)


@transaction.atomic
def select(
    *,
    product: int,
    price: int,
    budget: int,
    begins_at: datetime,
    ends_at: datetime,
    supplier: Supplier | None = None,
    commission: int = 0,
    samples: int = 0,
) -> Selection:
    """Put a product of the shop into the selection pool, at a promotional price that a budget pays for."""
    variant = Variant.objects.filter(product=product, withdrawn_at=None).first()
    if variant is None:
        raise BadSelection("only a product of the shop can be selected")
    if not 0 <= price < variant.price or budget < 0 or not 0 <= commission <= 10_000 or begins_at >= ends_at:
        raise BadSelection("it costs less than the list price, with a budget, and ends after it begins")
    return Selection.objects.create(
        product_id=product, supplier=supplier, price=price, budget=budget, begins_at=begins_at, ends_at=ends_at,
        commission=commission, samples=samples,
    )  # fmt: skip
