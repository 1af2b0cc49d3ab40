"""One document from a program: an order or a refund that names its buyer and its products as the program does."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.directory import Claim, Match
from siyu.core.ledger import rates
from siyu.core.people.graph.observing import observe
from siyu.core.people.numbers import number as number_of
from siyu.core.people.tombstones import erased
from siyu.events import Item
from siyu.features.commerce import history
from siyu.features.commerce.history import Description, Outcome
from siyu.features.commerce.models import Order, Refund
from siyu.features.commerce.rules import OrderState, RefundState
from siyu.kit import clock, money


class Goods(NamedTuple):
    """A line: amounts are minor units of the document's currency, after the discount."""

    sku: str
    quantity: int
    amount: int
    discount: int = 0
    title: str = ""


class Received(NamedTuple):
    number: int
    outcome: str
    """placed, corrected or unchanged"""


@transaction.atomic
def receive_order(
    *,
    source: str,
    number: str,
    claim: Claim | None,
    placed_at: datetime,
    currency: str,
    goods: Sequence[Goods],
    at: datetime,
    also: Sequence[Claim] = (),
    coupons: Sequence[str] = (),
    cancelled_at: datetime | None = None,
    state_at: datetime | None = None,
) -> Received:
    """The order as it is now. Buyer and products become known by the way; a newer state replaces an older one.

    `also`: how else the order names its buyer, such as a phone: evidence, and not what the order hangs on.
    """
    rate = rate_of(currency, placed_at)
    state = OrderState(
        number=number,
        identity=tied(claim, also, source, placed_at),
        placed_at=placed_at,
        currency=currency,
        rate=rate,
        items=items(goods, known(goods, source, placed_at), currency, rate),
        coupons=sorted(set(coupons)),
        gift=all(one.amount == one.discount == 0 for one in goods),
        cancelled_at=cancelled_at,
        state_at=state_at,
    )
    outcome = history.record([state], source=source, at=at, imported=False)
    return Received(Order.objects.values_list("pk", flat=True).get(source=source, number=number), word(outcome))


@transaction.atomic
def receive_refund(
    *, source: str, number: str, claim: Claim | None, at: datetime, currency: str, goods: Sequence[Goods]
) -> Received:
    """What went back. Each line is matched to the last sale of that product to that buyer."""
    rate = rate_of(currency, at)
    lines = items(goods, known(goods, source, at), currency, rate)
    state = RefundState(number=number, identity=buyer(claim, source, at), at=at, items=lines)
    outcome = history.refund([state], source=source, imported=False)
    return Received(Refund.objects.values_list("pk", flat=True).get(source=source, number=number), word(outcome))


def word(outcome: Outcome) -> str:
    return "placed" if outcome.placed else "corrected" if outcome.corrected else "unchanged"


def buyer(claim: Claim | None, source: str, at: datetime) -> int | None:
    """None also for who was erased since: the order stays, without a buyer."""
    if claim is None or at <= erased([claim]).get(claim, at - timedelta.resolution):
        return None
    return number_of({claim: at}, source=source, imported=False).get(claim)


def tied(claim: Claim | None, also: Sequence[Claim], source: str, at: datetime) -> int | None:
    """The buyer's number; the other names are evidence of who that is."""
    first, *others = [buyer(one, source, at) for one in (claim, *also)]
    observe([Match(first, other, "order", at, source) for other in others if first and other])
    return first


def known(goods: Sequence[Goods], source: str, at: datetime) -> Mapping[str, int]:
    """Numbers of the products, which enter the catalogue where it lacks them."""
    said = {one.sku: Description(at=at, title=one.title) for one in goods}
    return history.list_products(said, source=source, imported=False, by_the_way=True).ids


def items(goods: Sequence[Goods], ids: Mapping[str, int], currency: str, rate: Decimal) -> list[Item]:
    def base(amount: int) -> int:
        return money.minor(money.major(amount, currency) * rate, settings.SIYU.currency)

    return [
        Item(product=ids[one.sku], quantity=one.quantity, amount=base(one.amount), discount=base(one.discount))
        for one in goods
    ]


def rate_of(currency: str, at: datetime) -> Decimal:
    """What the currency was worth in the base currency on that day of the brand, by the last rate until then."""
    return rates.rate_on(currency, clock.day_of(at, settings.SIYU.zone))
