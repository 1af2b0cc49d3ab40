"""/api/shop/listings: what our own shop shows and sells."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Base64Bytes, Field

from siyu.core.team import trail
from siyu.features.commerce import catalogue, shelves
from siyu.features.commerce.models import Listing as Row
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import EPOCH, After, Amount, Label, Limit, Moment, Page, code, cursor, number, place
from siyu.kit import clock

desk = Desk(tags=["shop"])
Price = Annotated[int, Field(ge=0, le=10**12, description="Minor units of the base currency, a piece")]
Kind = Literal["goods", "digital", "course", "service"]
Long = Annotated[str, Field(max_length=20_000)]
Shelf = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class Listing(Schema):
    code: str
    title: str
    kind: Kind
    shelf: Annotated[str, Field(description="The name of its category; empty: none")]
    picture: Annotated[str, Field(description="Its address at this host; empty: none")]
    lowest: Amount
    highest: Amount
    member_price: Annotated[Amount | None, Field(description="The lowest, where members pay less")]
    variants: int
    left: Annotated[int | None, Field(description="Pieces that can be promised; null: stock does not limit it")]
    published: bool


class Variant(Schema):
    code: str
    product: str
    sku: str
    label: str
    price: Amount
    member_price: Amount | None
    cost: Amount | None
    tracked: bool
    left: Annotated[int | None, Field(description="Pieces that can be promised; null: stock does not limit it")]


class Photo(Schema):
    code: str
    address: str
    alt: str


class NewPhoto(Schema):
    image: Annotated[Base64Bytes, Field(max_length=catalogue.LARGEST, description="The file, in base64")]
    alt: Annotated[str, Field(max_length=200, description="What it shows, for who cannot see it")] = ""


class ListingDetail(Schema):
    code: str
    title: str
    kind: Kind
    text: str
    brand: str
    content: Annotated[str, Field(description="What its buyers get to see")]
    category: list[str]
    published_at: Annotated[Moment | None, Field(description="null: a draft, or withdrawn")]
    variants: list[Variant]
    pictures: list[Photo]


class Offer(Schema):
    sku: Label
    price: Price
    label: Annotated[str, Field(max_length=100, description="What tells it from its sisters")] = ""
    member_price: Price | None = None
    cost: Annotated[Price | None, Field(description="null: the margin is not known")] = None
    tracked: Annotated[bool, Field(description="Whether stock limits it")] = True


class ListingState(Schema):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind = "goods"
    text: Long = ""
    brand: Annotated[str, Field(max_length=100)] = ""
    content: Long = ""
    category: Annotated[list[Shelf], Field(max_length=4, description="Names from the top down")] = []
    variants: Annotated[list[Offer], Field(min_length=1, max_length=100)]


class Written(Schema):
    code: str
    published_at: Moment | None


@desk.reads("/shop/listings", scope="catalogue:read", gives=Page[Listing])
def list_listings(
    request: HttpRequest,
    *,
    state: Literal["", "shown", "draft"] = "",
    search: str = "",
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Listings, newest first; `search` is a part of a title, or a whole SKU."""
    seen = place(after)
    page = shelves.listings(state=state, search=search[:200], after=seen[1] if seen else 0, limit=limit)
    items = [outside(row) for row in page.rows]
    return {"items": items, "next": cursor((EPOCH, page.next)) if page.next else None}


@desk.reads("/shop/listings/{listing}", scope="catalogue:read", gives=ListingDetail)
def get_listing(request: HttpRequest, listing: str) -> Any:
    """A listing with its variants and pictures, whether the shop shows it or not."""
    found = shelves.listing(number("lst", listing, "a listing"))
    one = found.listing
    return {
        "code": listing, "title": one.title, "kind": one.kind, "text": one.text, "brand": one.brand,
        "content": one.content, "category": found.path, "published_at": one.published_at,
        "variants": [variant(each, found.left) for each in found.variants],
        "pictures": [photo(each) for each in found.pictures],
    }  # fmt: skip


@desk.writes("POST", "/shop/listings", scope="catalogue:write", gives=Written)
def make_listing(request: HttpRequest, body: ListingState) -> Any:
    """A new listing, which the shop does not show yet."""
    made = catalogue.write(page=page_of(body), at=clock.now())
    return written(request, made, "wrote")


@desk.writes("PUT", "/shop/listings/{listing}", scope="catalogue:write", gives=Written)
def write_listing(request: HttpRequest, listing: str, body: ListingState) -> Any:
    """A listing as it is now. A variant that is not said any more is withdrawn; its orders stay."""
    made = catalogue.write(page=page_of(body), listing=number("lst", listing, "a listing"), at=clock.now())
    return written(request, made, "wrote")


@desk.writes("POST", "/shop/listings/{listing}/publish", scope="catalogue:write", gives=Written)
def publish_listing(request: HttpRequest, listing: str) -> Any:
    """The shop shows it from now on."""
    shown = catalogue.publish(listing=number("lst", listing, "a listing"), at=clock.now())
    return written(request, shown, "published")


@desk.writes("POST", "/shop/listings/{listing}/withdraw", scope="catalogue:write", gives=Written)
def withdraw_listing(request: HttpRequest, listing: str) -> Any:
    """Out of the shop; orders that hold it can still be paid."""
    gone = catalogue.withdraw(listing=number("lst", listing, "a listing"), at=clock.now())
    return written(request, gone, "withdrew")


@desk.writes("POST", "/shop/listings/{listing}/pictures", scope="catalogue:write", gives=Photo)
def add_picture(request: HttpRequest, listing: str, body: NewPhoto) -> Any:
    """One more, JPEG, PNG or WebP, drawn anew at most 1,600 pixels wide, so that nothing else rides on it."""
    shown = number("lst", listing, "a listing")
    made = catalogue.add_picture(listing=shown, data=body.image, alt=body.alt)
    trail.note(made.listing, "pictured", through=signature(request))
    return photo(made)


@desk.writes("DELETE", "/shop/listings/{listing}/pictures/{picture}", scope="catalogue:write", gives=ListingDetail)
def remove_picture(request: HttpRequest, listing: str, picture: str) -> Any:
    """The listing without it; its file goes when no other listing shows it."""
    shown = number("lst", listing, "a listing")
    catalogue.remove_picture(listing=shown, picture=number("pic", picture, "a picture"))
    return get_listing(request, listing)


def page_of(body: ListingState) -> catalogue.Page:
    offers = [catalogue.Offer(**offer.model_dump()) for offer in body.variants]
    return catalogue.Page(offers=offers, **body.model_dump(exclude={"variants"}))


def written(request: HttpRequest, one: Row, did: str) -> dict[str, Any]:
    trail.note(one, did, through=signature(request))
    return {"code": code("lst", one.pk), "published_at": one.published_at}


def outside(row: shelves.ListingRow) -> dict[str, Any]:
    lowest, highest = row.prices
    return {
        **row._asdict(), "code": code("lst", row.id), "shelf": row.category, "lowest": lowest, "highest": highest,
        "picture": f"/media/{row.picture}" if row.picture else "",
    }  # fmt: skip


def photo(one: Any) -> dict[str, Any]:
    return {"code": code("pic", one.pk), "address": f"/media/{one.file}", "alt": one.alt}


def variant(one: Any, left: dict[int, int]) -> dict[str, Any]:
    return {
        "code": code("var", one.pk), "product": code("prd", one.product_id), "sku": one.product.sku,
        "label": one.label, "price": one.price, "member_price": one.member_price, "cost": one.cost,
        "tracked": one.tracked, "left": left.get(one.product_id, 0) if one.tracked else None,
    }  # fmt: skip
