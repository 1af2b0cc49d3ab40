"""What shops say of their orders in the words of Segment's e-commerce spec, taken as orders.

`order_id` names the order, `product_id` (else `sku`) the product. What was paid is `revenue`, else `total` without
shipping and tax, else what the products cost less the discount; it is shared out over the products by their price.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from siyu.core.eventlog.hearing import Heard, by_source, hears
from siyu.events import Item
from siyu.features.commerce import history
from siyu.features.commerce.history import Description
from siyu.features.commerce.receiving import rate_of
from siyu.features.commerce.rules import OrderState, RefundState
from siyu.features.commerce.standing import Known, again, standing
from siyu.kit import money
from siyu.kit.refusals import Refused

ORDERS = ("Order Completed", "Completed Order", "Order Updated", "Order Cancelled")
UNSPECIFIED = "unspecified"
"""The product of an order that names none."""
LONGEST = 100


class BadOrder(Refused):
    code = "bad_order"
    status = 422


@hears(*ORDERS, "Order Refunded", history=True)
def take_orders(heard: Sequence[Heard]) -> None:
    """Orders in rounds, so that each number is in a call once and its states come in the order of their time."""
    for (source, imported), said in by_source(heard).items():
        ids = list_goods(said, source, imported)
        for some in rounds(said):
            known = standing(source, [number_of(h) for h in some])
            states = [state_of(h, known.get(number_of(h)), ids) for h in some if h.name != "Order Refunded"]
            at = max(h.at for h in some)
            history.record([s for s in states if s], source=source, at=at, imported=imported)
            refunds = [refund_of(h, known.get(number_of(h)), ids) for h in some if h.name == "Order Refunded"]
            history.refund(refunds, source=source, imported=imported)


def rounds(heard: Iterable[Heard]) -> Iterator[list[Heard]]:
    """The first message of every order, then the second ones …"""
    turns: list[list[Heard]] = []
    seen: dict[str, int] = {}
    for one in heard:
        number = number_of(one)
        turn = seen[number] = seen.get(number, -1) + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(one)
    return iter(turns)


def number_of(heard: Heard) -> str:
    number = heard.properties.get("order_id") or heard.properties.get("orderId")
    if not isinstance(number, str | int) or not 0 < len(str(number)) <= LONGEST:
        raise BadOrder("the message names no order: `order_id` is missing or too long")
    return str(number)


def state_of(heard: Heard, known: Known | None, ids: dict[str, int]) -> OrderState | None:
    """The order as the message says it is; what it leaves out stands as it was. None: it says nothing new."""
    cancelled = heard.name == "Order Cancelled"
    said = heard.properties
    if not said.get("products") and known:
        if not cancelled:
            return None
        return again(known, cancelled_at=known.order.cancelled_at or heard.at, state_at=heard.at)
    if cancelled and known:
        return again(known, cancelled_at=known.order.cancelled_at or heard.at, state_at=heard.at)
    currency = currency_of(said)
    placed_at = (known and known.order.placed_at) or heard.at
    items, paid = priced(said, ids, currency, placed_at)
    return OrderState(
        number=number_of(heard),
        identity=heard.identity or (known.order.identity_id if known else None),
        placed_at=placed_at,
        currency=currency,
        rate=rate_of(currency, placed_at),
        items=items,
        coupons=coupons_of(said),
        gift=paid == 0,
        cancelled_at=heard.at if cancelled else None,
        state_at=heard.at,
    )


def refund_of(heard: Heard, known: Known | None, ids: dict[str, int]) -> RefundState:
    """With products these came back, and the message is a refund of its own; without any, the whole order did."""
    said, number = heard.properties, number_of(heard)
    identity = known.order.identity_id if known else heard.identity
    if said.get("products"):
        name = str(said.get("refund_id") or f"{number}-{heard.message:x}")[:LONGEST]
        items, _ = priced(said, ids, currency_of(said, known), heard.at)
        return RefundState(number=name, identity=identity, at=heard.at, items=items)
    if known is None:
        raise BadOrder(f"order {number} is not known, and the refund names no products")
    items = known.items
    total = amount_in(said, "total", currency_of(said, known))
    if total is not None:
        base = in_base(total, currency_of(said, known), heard.at)
        items = shared(items, min(base, known.order.amount))
    return RefundState(number=number, identity=identity, at=heard.at, items=items)


def shared(items: list[Item], total: int) -> list[Item]:
    weights = [item.amount for item in items]
    parts = money.split(total, weights if sum(weights) else [1] * len(items))
    return [
        Item(product=item.product, quantity=item.quantity, amount=part) for item, part in zip(items, parts, strict=True)
    ]


def list_goods(heard: Iterable[Heard], source: str, imported: bool) -> dict[str, int]:
    """Numbers of all products that are named, which enter the catalogue where it lacks them."""
    said: dict[str, Description] = {}
    for one in heard:
        if not one.properties.get("products") and one.name != "Order Cancelled":
            said.setdefault(UNSPECIFIED, Description(at=one.at, title=UNSPECIFIED))
        for product in products_of(one.properties):
            said[code_of(product)] = Description(
                at=one.at, title=text(product, "name", 300), category=text(product, "category", 200),
                brand=text(product, "brand", 200))  # fmt: skip
    return history.list_products(said, source=source, imported=imported, by_the_way=True).ids


def products_of(said: dict[str, Any]) -> list[dict[str, Any]]:
    products = said.get("products")
    if products and not (isinstance(products, list) and all(isinstance(one, dict) for one in products)):
        raise BadOrder("`products` is no list of products")
    return products or []


def code_of(product: dict[str, Any]) -> str:
    code = product.get("product_id") or product.get("sku") or product.get("id")
    if not isinstance(code, str | int) or not 0 < len(str(code)) <= LONGEST:
        raise BadOrder("a product has neither `product_id` nor `sku`")
    return str(code)


def text(said: dict[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    return value[:longest] if isinstance(value, str) else ""


def priced(said: dict[str, Any], ids: dict[str, int], currency: str, at: datetime) -> tuple[list[Item], int]:
    """The lines in the base currency and what was paid for all of them."""
    goods = products_of(said)
    prices = [(amount_in(one, "price", currency) or 0) * quantity_of(one) for one in goods]
    paid = in_base(paid_of(said, currency, sum(prices)), currency, at)
    if not goods:
        return [Item(product=ids[UNSPECIFIED], quantity=1, amount=paid)], paid
    parts = money.split(paid, prices if sum(prices) else [quantity_of(one) for one in goods])
    bases = [in_base(price, currency, at) for price in prices]
    return [
        Item(product=ids[code_of(one)], quantity=quantity_of(one), amount=part, discount=max(0, base - part))
        for one, part, base in zip(goods, parts, bases, strict=True)
    ], paid


def paid_of(said: dict[str, Any], currency: str, prices: int) -> int:
    """After discounts, without shipping and tax."""

    def amount(name: str) -> int | None:
        return amount_in(said, name, currency)

    revenue, total = amount("revenue"), amount("total")
    if revenue is not None:
        return revenue
    if total is not None:
        return max(0, total - (amount("shipping") or 0) - (amount("tax") or 0))
    if not prices and not any("price" in one for one in products_of(said)):
        raise BadOrder("nothing says what the order is worth: no `revenue`, `total` or prices")
    return max(0, prices - (amount("discount") or 0))


def amount_in(said: dict[str, Any], name: str, currency: str) -> int | None:
    """Minor units; amounts arrive as floats, whose shortest text is what was meant."""
    value = said.get(name)
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value).replace(",", ""))
        if isinstance(value, bool) or not amount.is_finite() or not 0 <= amount < 10**12:
            raise InvalidOperation
    except InvalidOperation:
        raise BadOrder(f"`{name}` is no amount: {str(value)[:50]!r}") from None
    return money.minor(amount, currency)


def quantity_of(product: dict[str, Any]) -> int:
    value = product.get("quantity", 1)
    try:
        quantity = int(Decimal(str(value)))
    except (InvalidOperation, OverflowError, ValueError):
        quantity = 0
    if not 0 < quantity < 10**6:
        raise BadOrder(f"`quantity` is no number of pieces: {str(value)[:50]!r}")
    return quantity


def currency_of(said: dict[str, Any], known: Known | None = None) -> str:
    value = said.get("currency") or (known.order.currency if known else settings.SIYU.currency)
    if not isinstance(value, str) or len(value) != 3 or not value.isalpha():
        raise BadOrder(f"`currency` is no ISO code: {str(value)[:20]!r}")
    return value.upper()


def coupons_of(said: dict[str, Any]) -> list[str]:
    value = said.get("coupon")
    return [value[:LONGEST]] if isinstance(value, str) and value else []


def in_base(amount: int, currency: str, at: datetime) -> int:
    if currency == settings.SIYU.currency:
        return amount
    return money.minor(money.major(amount, currency) * rate_of(currency, at), settings.SIYU.currency)
