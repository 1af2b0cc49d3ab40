"""Which coupons a basket can use together, and what they take off it. Pure: no database, no clock.

A coupon takes its part off what the rules before left of the goods that it holds for. Pieces that are free come first,
then percentages, then amounts. One coupon of a group is used; one that does not stack is used alone. An order costs at
least one minor unit: no wallet pays nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, product
from typing import NamedTuple

from siyu.kit import money

STACKED = 10
"""Coupons that stack among which all combinations are tried: at most 1,024. Of more, those that take off most alone."""
LEAST = 1
"""What an order costs at least."""
ORDER = ("gift", "percent", "amount")


class Goods(NamedTuple):
    """A line of the basket: where it stands in the shop, how many, and what it costs before any coupon."""

    listing: int
    shelf: int | None
    quantity: int
    standing: int


@dataclass(frozen=True)
class Offer:
    """A code in somebody's hand."""

    code: int
    text: str
    template: int
    title: str
    kind: str
    worth: int
    cap: int | None
    minimum: int
    stacks: bool
    group: str
    begins_at: datetime
    expires_at: datetime
    word: str = ""
    state: str = "issued"
    listings: frozenset[int] = frozenset()
    shelves: frozenset[int] = frozenset()
    """With all that stand below them."""
    left: int | None = None
    """Of the budget; none: it has none."""

    @property
    def everywhere(self) -> bool:
        return not (self.listings or self.shelves)

    @property
    def family(self) -> str:
        return self.group or f"#{self.template}"


class Used(NamedTuple):
    """An offer with what it takes off each line."""

    offer: Offer
    parts: tuple[int, ...]

    @property
    def amount(self) -> int:
        return sum(self.parts)


@dataclass(frozen=True)
class Choice:
    """`refused`: {code's number: why not}, for every offer that is not used."""

    used: tuple[Used, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        return sum(one.amount for one in self.used)


def best(offers: Sequence[Offer], goods: Sequence[Goods], at: datetime) -> Choice:
    """The combination that takes off most; of equals the one of fewer coupons, then of those that expire first."""
    refused: dict[int, str] = {}
    alone: list[Used] = []
    for offer in sorted(offers, key=lambda one: (one.expires_at, one.code)):
        used = None if (why := why_not(offer, goods, at)) else together([offer], goods)
        if why or not used:
            refused[offer.code] = why or "nothing_left"
        else:
            alone += used
    found = min((one for one in combinations(alone, goods) if one), key=merit, default=())
    chosen = {one.offer.code for one in found}
    for one in alone:
        if one.offer.code not in chosen:
            refused[one.offer.code] = "budget_spent" if spent(one) else why_left_out(one.offer, found)
    return Choice(tuple(found), refused)


def why_not(offer: Offer, goods: Sequence[Goods], at: datetime) -> str:
    """Why it cannot be used for these goods, whatever is used beside it; empty: it can."""
    if offer.state != "issued":
        return offer.state
    if offer.expires_at <= at:
        return "expired"
    if offer.begins_at > at:
        return "not_yet"
    held = [line for line in goods if holds_for(offer, line)]
    if not held:
        return "wrong_products"
    if sum(line.standing for line in held) < offer.minimum:
        return "below_minimum"
    return ""


def holds_for(offer: Offer, line: Goods) -> bool:
    return offer.everywhere or line.listing in offer.listings or line.shelf in offer.shelves


def spent(used: Used) -> bool:
    return used.offer.left is not None and used.amount > used.offer.left


def together(offers: Iterable[Offer], goods: Sequence[Goods]) -> tuple[Used, ...]:
    """What each takes off after those before it; nothing at all where one of them would take off nothing."""
    standing = [line.standing for line in goods]
    used = []
    for offer in sorted(offers, key=lambda one: (ORDER.index(one.kind), one.template, one.code)):
        parts = taken(offer, goods, standing)
        if not sum(parts):
            return ()
        standing = [price - part for price, part in zip(standing, parts, strict=True)]
        used.append(Used(offer, tuple(parts)))
    return tuple(used)


def taken(offer: Offer, goods: Sequence[Goods], standing: Sequence[int]) -> list[int]:
    """By line, in proportion to what the lines cost; the parts are always the whole."""
    shares = [price if holds_for(offer, line) else 0 for line, price in zip(goods, standing, strict=True)]
    room = sum(standing) - LEAST
    if offer.kind == "gift":
        shares = dearest(shares, [line.quantity for line in goods])
        off = sum(shares)
    else:
        off = sum(shares) * offer.worth // 10_000 if offer.kind == "percent" else offer.worth
    off = min(off, sum(shares), room, *([] if offer.cap is None else [offer.cap]))
    return money.split(off, shares) if off > 0 else [0] * len(goods)


def dearest(shares: Sequence[int], quantities: Sequence[int]) -> list[int]:
    """One piece of the line whose pieces cost most, which is what a piece of goods that is given away costs."""
    prices = [share // quantity for share, quantity in zip(shares, quantities, strict=True)]
    first = prices.index(max(prices))
    return [price if n == first else 0 for n, price in enumerate(prices)]


def combinations(alone: Sequence[Used], goods: Sequence[Goods]) -> Iterator[tuple[Used, ...]]:
    yield from ((one,) for one in alone if not spent(one))
    for chosen in stackings([one for one in alone if one.offer.stacks]):
        if len(chosen) > 1:
            used = together(chosen, goods)
            if not any(spent(one) for one in used):
                yield used


def stackings(alone: Sequence[Used]) -> Iterator[list[Offer]]:
    """At most one of each family, in every way."""
    most = sorted(alone, key=lambda one: -one.amount)[:STACKED]
    families = sorted((one.offer for one in most), key=lambda offer: offer.family)
    choices = [[None, *some] for _, some in groupby(families, key=lambda offer: offer.family)]
    for picked in product(*choices):
        yield [offer for offer in picked if offer]


def merit(used: Sequence[Used]) -> tuple:
    return (
        -sum(one.amount for one in used),
        len(used),
        sorted(one.offer.expires_at for one in used),
        sorted(one.offer.code for one in used),
    )


def why_left_out(offer: Offer, used: Sequence[Used]) -> str:
    if any(one.offer.family == offer.family for one in used):
        return "one_of_its_group"
    if offer.stacks and all(one.offer.stacks for one in used):
        return "too_many" if len(used) == STACKED else "nothing_left"
    return "does_not_stack"
