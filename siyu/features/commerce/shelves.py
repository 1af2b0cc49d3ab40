"""Questions about our own shop's shelves: listings as operators and members see them, stock, the selection pool."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from siyu.features.commerce.catalogue import NoSuchListing
from siyu.features.commerce.categories import paths, tree, way
from siyu.features.commerce.models import Listing, Movement, Picture, Selection, Stock, Store, Variant
from siyu.features.commerce.shopfront import for_sale as offers
from siyu.features.commerce.shopfront import pictures
from siyu.kit import money

MOST = 60
ROWS = 12


class ListingRow(NamedTuple):
    id: int
    title: str
    kind: str
    category: str
    picture: str
    """Its file; empty: none."""
    prices: tuple[int, int]
    """The lowest and the highest list price."""
    member_price: int | None
    """The lowest, where members pay less."""
    variants: int
    left: int | None
    """Pieces that can be promised; None: stock does not limit it."""
    published: bool


@dataclass(frozen=True)
class Page:
    rows: Sequence[ListingRow]
    next: int


def listings(*, state: str = "", search: str = "", after: int = 0, limit: int = 30) -> Page:
    """Newest first. `state`: shown, draft or any; `after`: the last one seen."""
    found = chosen(state, search)
    if after:
        found = found.filter(pk__lt=after)
    limit = min(limit, MOST)
    shown = list(found.order_by("-pk").select_related("category")[: limit + 1])
    return Page(rows_of(shown[:limit]), shown[limit - 1].pk if len(shown) > limit else 0)


def chosen(state: str, search: str) -> QuerySet[Listing]:
    found = Listing.objects.exclude(kind__in=Listing.ALONE)
    if state:
        found = found.filter(published_at__isnull=state == "draft")
    if search:
        found = found.filter(Q(title__icontains=search) | Q(variants__product__sku=search)).distinct()
    return found


COLUMNS = (
    "sku", "title", "variant", "price", "member_price", "cost", "category", "brand", "type", "description", "published",
)  # fmt: skip


def as_file(*, state: str = "", search: str = "") -> Iterator[list[Any]]:
    """A row for each variant under `COLUMNS`: as an import takes it."""
    shelf = dict(paths())
    rows = Variant.objects.filter(listing__in=chosen(state, search), withdrawn_at=None)
    for v in rows.select_related("listing", "product").order_by("listing", "position", "pk").iterator(2_000):
        one = v.listing
        yield [
            v.product.sku, one.title, v.label, *(plain(part) for part in (v.price, v.member_price, v.cost)),
            shelf.get(one.category_id or 0, ""), one.brand, one.kind, one.text, "yes" if one.published_at else "no",
        ]  # fmt: skip


def rows_of(shown: Sequence[Listing]) -> list[ListingRow]:
    """As many queries for thirty as for one."""
    variants: dict[int, list[Variant]] = {}
    for variant in Variant.objects.filter(listing__in=shown, withdrawn_at=None).order_by("position", "pk"):
        variants.setdefault(variant.listing_id, []).append(variant)
    left = in_stock([v.product_id for some in variants.values() for v in some])
    shown_first = pictures([one.pk for one in shown])
    return [row(one, variants.get(one.pk, []), left, shown_first.get(one.pk, "")) for one in shown]


def in_stock(products: Sequence[int]) -> dict[int, int]:
    """{product: pieces that can be promised, in all open stores}"""
    open_ones = Stock.objects.filter(product__in=products, store__closed_at=None)
    sums = open_ones.values("product").annotate(n=Sum("on_hand") - Sum("reserved")).order_by("product")
    return {row["product"]: row["n"] for row in sums}


def row(one: Listing, variants: Sequence[Variant], left: dict[int, int], picture: str) -> ListingRow:
    prices = [variant.price for variant in variants] or [0]
    reduced = [v.member_price for v in variants if v.member_price is not None]
    limited = all(variant.tracked for variant in variants)
    pieces = sum(left.get(v.product_id, 0) for v in variants) if limited else None
    return ListingRow(
        one.pk, one.title, one.kind, one.category.name if one.category else "", picture, (min(prices), max(prices)),
        min(reduced, default=None), len(variants), pieces,
        one.published_at is not None,
    )  # fmt: skip


@dataclass(frozen=True)
class OneListing:
    listing: Listing
    row: ListingRow
    variants: Sequence[Variant]
    left: dict[int, int]
    """{product: pieces that can be promised}; not among them: nobody counted any."""
    pictures: Sequence[Picture]
    path: Sequence[str]
    """The names of its shelf, from the top down."""


def listing(number: int) -> OneListing:
    """A listing with its variants and pictures, shown or not."""
    standing = Listing.objects.exclude(kind__in=Listing.ALONE)
    one = standing.filter(pk=number).select_related("category").first()
    if one is None:
        raise NoSuchListing("there is no such listing")
    variants = list(one.variants.filter(withdrawn_at=None).select_related("product").order_by("position", "pk"))
    drawn = list(one.pictures.order_by("position", "pk"))
    left = in_stock([variant.product_id for variant in variants])
    line = row(one, variants, left, drawn[0].file if drawn else "")
    return OneListing(one, line, variants, left, drawn, [shelf.name for shelf in way(tree(), one.category_id)])


def form(number: int | None) -> dict[str, Any]:
    """A listing as its form shows it; of none: an empty one."""
    blank = {"sku": "", "label": "", "price": "", "member": "", "cost": "", "tracked": True}
    if number is None:
        return {"kind": "goods", "rows": [blank] * ROWS}
    found = listing(number)
    one = found.listing
    rows = [
        {
            "sku": v.product.sku, "label": v.label, "price": plain(v.price), "member": plain(v.member_price),
            "cost": plain(v.cost), "tracked": v.tracked,
        }
        for v in found.variants
    ]  # fmt: skip
    return {
        "title": one.title, "kind": one.kind, "text": one.text, "brand": one.brand, "content": one.content,
        "category": dict(paths()).get(one.category_id or 0, ""), "rows": rows + [blank] * (ROWS - len(rows)),
    }  # fmt: skip


def plain(amount: int | None) -> str:
    return "" if amount is None else str(money.major(amount, settings.SIYU.currency))


def pool() -> list[dict[str, Any]]:
    """The selection pool, those that end last first."""
    chosen = Selection.objects.select_related("product__variant", "supplier").order_by("-ends_at", "-pk")[:200]
    return [
        {
            "selection": one, "title": one.product.title, "list_price": one.product.variant.price,
            "left": one.budget - one.spent, "used": one.spent / one.budget if one.budget else 0,
        }
        for one in chosen
    ]  # fmt: skip


def for_sale() -> list[tuple[int, str]]:
    """(product, title) of what the shop shows, for a list to choose from."""
    return list(offers().order_by("product__title").values_list("product", "product__title")[:1000])


def stores() -> list[Store]:
    return list(Store.objects.filter(closed_at=None).order_by("pk"))


def stock(*, store: int = 0, search: str = "", after: int = 0, limit: int = 50) -> dict[str, Any]:
    """What is on the shelves, by product; `after`: the number of the last row seen."""
    rows = list(stocked(store, search).filter(pk__gt=after)[: limit + 1])
    return {"rows": rows[:limit], "next": rows[limit - 1].pk if len(rows) > limit else 0}


def stocked(store: int, search: str) -> QuerySet[Stock]:
    found = Stock.objects.select_related("product", "store").order_by("pk")
    if store:
        found = found.filter(store=store)
    if search:
        found = found.filter(Q(product__title__icontains=search) | Q(product__sku=search))
    return found


def movements(stock: int, limit: int = 100) -> list[Movement]:
    return list(Movement.objects.filter(stock=stock).select_related("order").order_by("-pk")[:limit])
