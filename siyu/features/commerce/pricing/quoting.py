"""A quote: each line with what it costs and every step that made it cheaper."""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.features.commerce.pricing.rules import RULES, Basket, Piece, Step


@dataclass(frozen=True)
class QuoteLine:
    piece: Piece
    steps: Sequence[Step]

    @property
    def listed(self) -> int:
        return self.piece.price * self.piece.quantity

    @property
    def discount(self) -> int:
        return -sum(step.amount for step in self.steps)

    @property
    def amount(self) -> int:
        return self.listed - self.discount


@dataclass(frozen=True)
class Quote:
    basket: Basket
    lines: Sequence[QuoteLine]
    shipping: int

    @property
    def amount(self) -> int:
        """For the goods."""
        return sum(line.amount for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def total(self) -> int:
        return self.amount + self.shipping

    @property
    def steps(self) -> list[Step]:
        return [step for line in self.lines for step in line.steps]


def quote(basket: Basket, *, shipping: int = 0) -> Quote:
    standing = [piece.price * piece.quantity for piece in basket.pieces]
    steps: list[Step] = []
    for rule in RULES.values():
        for step in rule.quote(basket, standing):
            steps.append(step)
            standing[step.position] += step.amount
    if min(standing, default=0) < 0:
        raise AssertionError(f"a price below zero, by {steps}")
    lines = [QuoteLine(piece, [s for s in steps if s.position == n]) for n, piece in enumerate(basket.pieces)]
    return Quote(basket, lines, shipping)
