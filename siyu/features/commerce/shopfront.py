"""Our own shop as its buyers see it: shelves, a listing, the cart, the desk where one checks out. Questions only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from siyu.features.commerce import checkout, pricing
from siyu.features.commerce.carts import Owner
from siyu.features.commerce.catalogue import NoSuchListing
from siyu.features.commerce.categories import Shelf, below, tree, way
from siyu.features.commerce.checkout import Address, By, Want
from siyu.features.commerce.models import (
    CartItem,
    Fulfilment,
    Listing,
    Picture,
    Stock,
    Store,
    Variant,
)
from siyu.features.commerce.pricing import Basket, Quote, QuoteLine

PAGE = 24


@dataclass(frozen=True)
class Card:
    """A listing among others. `price`: of its cheapest variant."""

    number: int
    title: str
    price: int
    several: bool
    """Its variants have several prices."""
    member_price: int | None
    picture: str
    sold_out: bool


@dataclass(frozen=True)
class Front:
    shelves: list[Shelf]
    here: list[Shelf]
    """The way down to the shelf that was asked for."""
    cards: list[Card]
    after: int | None
    """Where the next page begins; None: that was all."""


@dataclass(frozen=True)
class Choice:
    """A variant that can be chosen. `steps`: what makes it cheaper for who asks, and why."""

    number: int
    label: str
    listed: int
    price: int
    steps: list[tuple[str, int]]
    left: int | None
    """Pieces that can be had; None: nothing limits it."""


@dataclass(frozen=True)
class Shown:
    number: int
    kind: str
    title: str
    text: str
    brand: str
    shelf: Shelf | None
    pictures: list[tuple[str, str]]
    choices: list[Choice]

    @property
    def first(self) -> Choice:
        """The cheapest that can be had."""
        return min(self.choices, key=lambda one: (one.left == 0, one.price))

    @property
    def several(self) -> bool:
        return len({one.price for one in self.choices}) > 1


@dataclass(frozen=True)
class Wanted:
    """A row of a cart. `gone`: it is not for sale any more."""

    variant: int
    listing: int
    title: str
    label: str
    picture: str
    quantity: int
    left: int | None
    gone: bool
    listed: int
    price: int

    @property
    def short(self) -> bool:
        return self.left is not None and self.left < self.quantity


@dataclass(frozen=True)
class Basketful:
    rows: list[Wanted]
    quote: Quote | None
    """None: nothing of it can be bought."""

    @property
    def short(self) -> bool:
        return any(row.short for row in self.rows if not row.gone)


@dataclass(frozen=True)
class Desk:
    """What somebody needs to check out."""

    quote: Quote
    wants: list[Want]
    kinds: list[str]
    kind: str
    stores: list[Store]
    address: Address | None
    """Where their last order went."""


def front(*, search: str = "", shelf: int | None = None, after: int | None = None) -> Front:
    """What is for sale, the newest first: all, on a shelf and those below it, or what a search finds."""
    shelves = tree()
    found = Listing.objects.filter(published_at__isnull=False).exclude(kind__in=Listing.ALONE)
    if shelf:
        found = found.filter(category__in=below(shelves, shelf))
    for word in search.split()[:5]:
        found = found.filter(Q(title__icontains=word) | Q(brand__icontains=word) | Q(category__name__icontains=word))
    if after:
        found = found.filter(pk__lt=after)
    numbers = list(found.order_by("-pk").values_list("pk", flat=True)[: PAGE + 1])
    children = [Shelf(pk, name) for pk, parent, name in shelves if parent == shelf]
    return Front(
        children, way(shelves, shelf), cards(numbers[:PAGE]), numbers[PAGE - 1] if len(numbers) > PAGE else None
    )


def cards(numbers: list[int]) -> list[Card]:
    titles = dict(Listing.objects.filter(pk__in=numbers).values_list("pk", "title"))
    shown, offers = pictures(numbers), for_sale().filter(listing__in=numbers).order_by("price", "pk")
    by_listing: dict[int, list[Variant]] = {number: [] for number in numbers}
    for offer in offers:
        by_listing[offer.listing_id].append(offer)
    left = available(offer for some in by_listing.values() for offer in some)
    return [card(n, titles[n], by_listing[n], shown.get(n, ""), left) for n in numbers if by_listing[n]]


def card(number: int, title: str, offers: list[Variant], picture: str, left: dict[int, int | None]) -> Card:
    member = min((o.member_price for o in offers if o.member_price is not None), default=None)
    cheapest = offers[0].price
    several = any(offer.price != cheapest for offer in offers)
    gone = all(left[offer.pk] == 0 for offer in offers)
    return Card(number, title, cheapest, several, member if member != cheapest else None, picture, gone)


def for_sale() -> QuerySet[Variant]:
    shown = Variant.objects.filter(withdrawn_at=None, listing__published_at__isnull=False)
    return shown.exclude(listing__kind__in=Listing.ALONE)


def pictures(listings: Collection[int]) -> dict[int, str]:
    """The first of each."""
    rows = Picture.objects.filter(listing__in=listings).order_by("-position", "-pk").values_list("listing", "file")
    return dict(rows)


def available(variants: Iterable[Variant]) -> dict[int, int | None]:
    """{variant: pieces that can be had in one store}; None where nothing limits it."""
    known = {variant.pk: variant for variant in variants}
    products = [variant.product_id for variant in known.values() if variant.tracked]
    most: dict[int, int] = {}
    stock = Stock.objects.filter(product__in=products, store__closed_at=None)
    for product, pieces in stock.values_list("product", F("on_hand") - F("reserved")):
        most[product] = max(pieces, most.get(product, 0))
    return {pk: most.get(one.product_id, 0) if one.tracked else None for pk, one in known.items()}


def listing(number: int, *, identity: int | None, at: datetime) -> Shown:
    """A listing with what it costs who asks, and why."""
    one = Listing.objects.select_related("category").filter(pk=number, published_at__isnull=False).first()
    offers = list(for_sale().filter(listing=number).select_related("listing").order_by("position", "pk"))
    if one is None or not offers:
        raise NoSuchListing("there is no such listing, or it is not for sale")
    priced = pricing.quote(Basket([checkout.piece(offer, 1) for offer in offers], identity, at))
    left = available(offers)
    choices = [choice(line, left[line.piece.variant]) for line in priced.lines]
    shown = Picture.objects.filter(listing=number).order_by("position", "pk").values_list("file", "alt")
    shelf = Shelf(one.category.pk, one.category.name) if one.category else None
    return Shown(one.pk, one.kind, one.title, one.text, one.brand, shelf, list(shown), choices)


def choice(line: QuoteLine, left: int | None) -> Choice:
    why = [(step.label, step.amount) for step in line.steps]
    return Choice(line.piece.variant, line.piece.label, line.listed, line.amount, why, left)


def cart(owner: Owner, *, at: datetime) -> Basketful:
    """What is in the cart, and what it costs; what cannot be bought any more is shown and not counted."""
    items = CartItem.objects.filter(cart__identity=owner.identity, cart__visitor=owner.visitor)
    rows = list(items.select_related("variant__listing").order_by("pk"))
    left, shown = available(item.variant for item in rows), pictures([item.variant.listing_id for item in rows])
    wants = [Want(item.variant_id, item.quantity) for item in rows if not gone(item.variant)]
    priced = checkout.quote(wants=wants, identity=owner.identity, by=By(), at=at) if wants else None
    lines = {line.piece.variant: line for line in priced.lines} if priced else {}
    wanted = [
        Wanted(
            variant=item.variant_id,
            listing=item.variant.listing_id,
            title=item.variant.listing.title,
            label=item.variant.label,
            picture=shown.get(item.variant.listing_id, ""),
            quantity=item.quantity,
            left=left[item.variant_id],
            gone=gone(item.variant),
            listed=lines[item.variant_id].listed if item.variant_id in lines else 0,
            price=lines[item.variant_id].amount if item.variant_id in lines else 0,
        )
        for item in rows
    ]
    return Basketful(wanted, priced)


def gone(variant: Variant) -> bool:
    return variant.withdrawn_at is not None or variant.listing.published_at is None


def in_cart(owner: Owner) -> int:
    """Pieces."""
    items = CartItem.objects.filter(cart__identity=owner.identity, cart__visitor=owner.visitor)
    return items.aggregate(sum=Sum("quantity"))["sum"] or 0


def desk(*, identity: int, kind: str, at: datetime, codes: tuple[str, ...] = ()) -> Desk:
    """The cart of a member at the desk; the first way of delivery that is there where `kind` is none of them."""
    items = CartItem.objects.filter(cart__identity=identity)
    sold = items.filter(variant__withdrawn_at=None, variant__listing__published_at__isnull=False)
    rows = list(sold.order_by("pk").values_list("variant", "quantity", "variant__listing__kind"))
    wants = [Want(variant, quantity) for variant, quantity, _ in rows]
    stores = list(Store.objects.filter(closed_at=None).order_by("name", "pk"))
    kinds = ways(stores) if any(sort == "goods" for *_, sort in rows) else ["none"]
    chosen = kind if kind in kinds else kinds[0]
    priced = checkout.quote(wants=wants, identity=identity, by=By(chosen), codes=codes, at=at)
    mine = Fulfilment.objects.filter(order__identity=identity, kind="ship").exclude(address={}).order_by("-order")
    last = mine.values_list("address", flat=True).first()
    fetched = [store for store in stores if store.picks_up]
    return Desk(priced, wants, kinds, chosen, fetched, Address(**last) if last else None)


def ways(stores: list[Store]) -> list[str]:
    found = ["ship"] * any(store.ships for store in stores) + ["pick_up"] * any(store.picks_up for store in stores)
    return found or ["ship"]
