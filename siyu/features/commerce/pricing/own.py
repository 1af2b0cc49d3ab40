"""The price rules of commerce itself: a price for members, a promotion with a budget, and the stock, which has no
price and is held in the same way."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from siyu.features.commerce import stock
from siyu.features.commerce.models import Order, Selection
from siyu.features.commerce.pricing.holding import SoldOut, hold, settle
from siyu.features.commerce.pricing.rules import Basket, Piece, Step, add
from siyu.kit.prepared import asks, changes


class MemberPrice:
    name = "member_price"

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]:
        if basket.identity is None:
            return []
        off = [(n, standing[n] - reduced(piece)) for n, piece in enumerate(basket.pieces)]
        return [Step(n, self.name, gettext_noop("Member price"), -amount) for n, amount in off if amount > 0]

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None: ...

    def confirm(self, order: Order, at: datetime) -> None: ...

    def release(self, order: Order, at: datetime) -> None: ...


def reduced(piece: Piece) -> int:
    price = piece.price if piece.member_price is None else piece.member_price
    return price * piece.quantity


class Promotion:
    """The lower price of the selection pool, as long as its budget lasts."""

    name = "promotion"

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]:
        offered = selections(basket)
        left = {pk: budget for pk, _, budget in offered.values()}
        steps = []
        for n, piece in enumerate(basket.pieces):
            pk, price, _ = offered.get(piece.product, (0, 0, 0))
            off = standing[n] - price * piece.quantity if pk else 0
            if 0 < off <= left.get(pk, 0):
                left[pk] -= off
                steps.append(Step(n, self.name, gettext_noop("Promotion"), -off, pk))
        return steps

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None:
        wants: Counter[int] = Counter()
        for step in steps:
            wants[step.subject] -= step.amount
        hold(order, self.name, wants, spend)

    def confirm(self, order: Order, at: datetime) -> None:
        settle(order, self.name, "confirmed")

    def release(self, order: Order, at: datetime) -> None:
        for selection, amount in settle(order, self.name, "released").items():
            Selection.objects.filter(pk=selection).update(spent=F("spent") - amount)


def selections(basket: Basket) -> dict[int, tuple[int, int, int]]:
    """{product: (selection, price of a piece, budget left)}; of several that run and have money left, the cheapest."""
    rows = running(sorted({piece.product for piece in basket.pieces}), basket.at)
    return {product: (pk, price, budget - spent) for product, pk, price, budget, spent in rows}


@asks
def running(products: Sequence[int], at: datetime) -> QuerySet[Any, Any]:
    found = Selection.objects.filter(product__in=products, begins_at__lte=at, ends_at__gt=at, spent__lt=F("budget"))
    return found.order_by("-price", "-pk").values_list("product", "pk", "price", "budget", "spent")


def spend(selection: int, amount: int) -> bool:
    return bool(drawn(selection, amount))


@changes
def drawn(selection: int, amount: int) -> tuple[QuerySet[Selection], dict[str, Any]]:
    return Selection.objects.filter(pk=selection, budget__gte=F("spent") + amount), {"spent": F("spent") + amount}


class InStock:
    name = "stock"

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]:
        return []

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None:
        wanted: Counter[int] = Counter()
        for piece in basket.pieces:
            if piece.tracked:
                wanted[piece.product] += piece.quantity
        if not wanted:
            return
        shelves = dict(stock.kept(basket.store or 0, sorted(wanted)))
        if wanted.keys() - shelves.keys():
            raise SoldOut("that store has none of it")
        hold(order, self.name, {shelves[product]: n for product, n in wanted.items()}, stock.promise)

    def confirm(self, order: Order, at: datetime) -> None:
        stock.sell(settle(order, self.name, "confirmed"), order=order, at=at)

    def release(self, order: Order, at: datetime) -> None:
        stock.let_go(settle(order, self.name, "released"))


for rule in (MemberPrice(), Promotion(), InStock()):
    add(rule)
