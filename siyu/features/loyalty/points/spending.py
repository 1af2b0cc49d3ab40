"""The price rule: points pay a part of the goods, by `points:500` among the codes of a basket. Held, captured and
released with their order."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_noop

from siyu.core.eventlog.announce import announce
from siyu.core.ledger import wallets
from siyu.core.ledger.models import Transfer
from siyu.core.ledger.wallets import NotEnough
from siyu.events.points import PointsSpent
from siyu.features.commerce.models import Order
from siyu.features.commerce.pricing import Basket, Quote, Step, add
from siyu.features.commerce.pricing.holding import hold, settle
from siyu.features.loyalty.models import PointsProgramme
from siyu.features.loyalty.points import earning, rules
from siyu.kit import money

NAME = "points"


class Points:
    name = NAME

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]:
        points = asked(basket)
        if not points or not basket.identity or (programme := programme_at(basket.at)) is None:
            return []
        off = most(basket.identity, sum(standing), programme, points)
        parts = money.split(off, standing) if off else []
        return [Step(n, NAME, gettext_noop("Points"), -part, programme.pk) for n, part in enumerate(parts) if part]

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None:
        if not steps:
            return
        programme = PointsProgramme.objects.get(pk=steps[0].subject)
        points = rules.needed(-sum(step.amount for step in steps), programme.worth)

        def take(_: int, amount: int) -> bool:
            try:
                wallets.spend(
                    owner=order.identity_id or 0, amount=amount, key=f"{about(order)}:hold:{turns(order)}",
                    at=basket.at, about=about(order), hold=True,
                )  # fmt: skip
            except NotEnough:
                return False
            return True

        hold(order, NAME, {programme.pk: points}, take)

    def confirm(self, order: Order, at: datetime) -> None:
        moved = settle(order, NAME, "confirmed")
        if moved:
            wallets.capture(of=held(order), key=paid(order.pk), at=at)
            points = sum(moved.values())
            announce(PointsSpent(at=at, identity=order.identity_id, points=points, because=about(order)))

    def release(self, order: Order, at: datetime) -> None:
        if settle(order, NAME, "released"):
            wallets.release(of=held(order), key=f"{held(order)}:release", at=at)


def most(identity: int, amount: int, programme: PointsProgramme, points: int) -> int:
    """What so many points, as far as they are there, pay of `amount`, in minor units. One of these stays, since no
    wallet pays nothing."""
    have = min(points, wallets.balances(identity).available)
    return max(0, min(rules.worth(have, programme.worth), amount * programme.most_percent // 100, amount - 1))


class Payable(NamedTuple):
    """What points can pay of a quote: `points` for `amount` minor units; `used`: they do already."""

    points: int
    amount: int
    used: bool


def payable(quote: Quote) -> Payable | None:
    identity, programme = quote.basket.identity, programme_at(quote.basket.at)
    if identity is None or programme is None or not programme.worth:
        return None
    paid = -sum(step.amount for step in quote.steps if step.rule == NAME)
    amount = most(identity, quote.amount + paid, programme, earning.MOST)
    return Payable(rules.needed(amount, programme.worth), amount, paid > 0) if amount else None


def asked(basket: Basket) -> int:
    """How many points the buyer wants to pay with."""
    named = [code.removeprefix("points:") for code in basket.codes if code.startswith("points:")]
    return sum(int(number) for number in named if number.isascii() and number.isdigit() and len(number) < 10)


def programme_at(at: datetime) -> PointsProgramme | None:
    return PointsProgramme.objects.filter(since__lte=at).order_by("-since", "-pk").first()


def about(order: Order) -> str:
    return f"order:{order.pk}"


def turns(order: Order) -> int:
    """How often points were held for it: money that comes late holds them again."""
    return Transfer.objects.filter(about=about(order), reason="hold").count()


def held(order: Order) -> str:
    return f"{about(order)}:hold:{turns(order) - 1}"


def paid(order: int) -> str:
    return f"order:{order}:paid"


add(Points())
