"""The codes of a member as the search sees them, and what it finds for a basket."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from siyu.features.commerce.categories import below, tree
from siyu.features.commerce.models import Listing
from siyu.features.commerce.pricing import Basket
from siyu.features.loyalty.coupons import purse, rules
from siyu.features.loyalty.coupons.issuing import plain
from siyu.features.loyalty.coupons.rules import Choice, Goods, Offer
from siyu.features.loyalty.models import CouponCode
from siyu.kit.prepared import asks

MOST = 100
"""Codes of a member that are looked at: those that expire first."""
NONE = "-"
"""Said instead of a code: use none."""


def chosen(basket: Basket, standing: Sequence[int]) -> tuple[list[Offer], Choice]:
    """All that the buyer has, and the best of it; only of those that they named, where they named any."""
    said = coupons_of(basket.codes)
    named = {plain(text) for text in said} - {""}
    offers = in_hand(basket.identity, named) if basket.identity else []
    asked = [offer for offer in offers if named & {offer.text, offer.word}] if said else offers
    goods = goods_of(basket, standing, asked)
    return offers, rules.best(asked, goods, basket.at)


def coupons_of(codes: Iterable[str]) -> list[str]:
    """Without what other price rules are told by codes, such as `points:500`."""
    return [code for code in codes if ":" not in code]


def in_hand(identity: int, named: Collection[str] = ()) -> list[Offer]:
    """What is open of theirs, and what they name whatever its state."""
    if not named and not any_open(identity):
        return []
    mine = CouponCode.objects.filter(identity=identity).select_related("template")
    mine = mine.prefetch_related("template__listings", "template__categories")
    codes = {code.pk: code for code in mine.filter(state="issued").order_by("expires_at", "pk")[:MOST]}
    if wanted := set(named) - {code.text for code in codes.values()} - {NONE}:
        codes |= {code.pk: code for code in mine.filter(text__in=wanted).order_by("pk")}
    return as_offers(codes.values())


@asks
def any_open(identity: int) -> QuerySet[Any, Any]:
    """Most buyers hold none, and every checkout asks."""
    return CouponCode.objects.filter(identity=identity, state="issued").values_list("pk", flat=True)[:1]


def as_offers(codes: Iterable[CouponCode]) -> list[Offer]:
    some = list(codes)
    budgets = purse.left({code.template_id for code in some if code.template.budget is not None})
    shelved = any(code.template.categories.all() for code in some)
    shelves = tree() if shelved else []
    return [offer(code, shelves, budgets.get(code.template_id)) for code in some]


def offer(code: CouponCode, shelves: Sequence, left: int | None) -> Offer:
    one = code.template
    held = [below(shelves, category.pk) for category in one.categories.all()]
    return Offer(
        code=code.pk, text=code.text, word=one.word, template=one.pk, title=one.title, kind=one.kind, worth=one.worth,
        cap=one.cap, minimum=one.minimum, stacks=one.stacks, group=one.group, begins_at=code.begins_at,
        expires_at=code.expires_at, state=code.state, listings=frozenset(listing.pk for listing in one.listings.all()),
        shelves=frozenset().union(*held), left=left,
    )  # fmt: skip


def goods_of(basket: Basket, standing: Sequence[int], offers: Iterable[Offer]) -> list[Goods]:
    """Shelves are looked up only where a coupon asks for them."""
    shelves: dict[int, int | None] = {}
    if any(offer.shelves for offer in offers):
        listings = {piece.listing for piece in basket.pieces}
        shelves = dict(Listing.objects.filter(pk__in=listings).values_list("pk", "category"))
    return [
        Goods(piece.listing, shelves.get(piece.listing), piece.quantity, price)
        for piece, price in zip(basket.pieces, standing, strict=True)
    ]
