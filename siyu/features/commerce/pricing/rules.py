"""The registry of price rules, and the shapes that they speak of. Money is minor units of the base currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from siyu.features.commerce.models import Order
from siyu.features.commerce.pricing.holding import reading


class Piece(NamedTuple):
    """A variant in a basket, at its list price."""

    variant: int
    listing: int
    product: int
    kind: str
    title: str
    label: str
    quantity: int
    price: int
    member_price: int | None
    cost: int | None
    tracked: bool


@dataclass(frozen=True)
class Basket:
    pieces: Sequence[Piece]
    identity: int | None
    """Who buys; none: nobody has signed in."""
    at: datetime
    store: int | None = None
    """Whose stock it takes."""
    codes: tuple[str, ...] = ()
    """Coupons and the like that the buyer named."""


class Step(NamedTuple):
    """What a rule takes off the piece at `position`: `amount` is below zero. `subject`: the row it is charged to."""

    position: int
    rule: str
    label: str
    amount: int
    subject: int = 0


class PriceRule(Protocol):
    """`standing` is what each piece costs after the rules before. `reserve` refuses when too little is left; a second
    call for the same order, and `confirm` or `release` of what is not reserved, change nothing."""

    name: str

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]: ...

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None: ...

    def confirm(self, order: Order, at: datetime) -> None: ...

    def release(self, order: Order, at: datetime) -> None: ...


@runtime_checkable
class Uses(Protocol):
    """A rule that also knows what of a paid order was used since, and does not go back: {line's ordinal: how much of
    its price}. It refuses where nothing of it can go back."""

    def used(self, order: Order, at: datetime) -> Mapping[int, int]: ...


RULES: dict[str, PriceRule] = {}
"""In the order in which they apply, which is also the order in which they lock."""


def add(rule: PriceRule) -> None:
    RULES[rule.name] = rule


def reserve(order: Order, basket: Basket, steps: Sequence[Step]) -> None:
    with reading(order):
        for rule in RULES.values():
            rule.reserve(order, basket, [step for step in steps if step.rule == rule.name])


def confirm(order: Order, at: datetime) -> None:
    with reading(order):
        for rule in RULES.values():
            rule.confirm(order, at)


def release(order: Order, at: datetime) -> None:
    with reading(order):
        for rule in RULES.values():
            rule.release(order, at)


def used(order: Order, at: datetime) -> dict[int, int]:
    """What of the prices of its lines stays here if they are given back now, by all rules together."""
    found: dict[int, int] = {}
    for rule in RULES.values():
        for ordinal, amount in rule.used(order, at).items() if isinstance(rule, Uses) else ():
            found[ordinal] = found.get(ordinal, 0) + amount
    return found
