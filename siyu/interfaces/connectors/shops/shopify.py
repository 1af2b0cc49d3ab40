"""Shopify's webhooks, as of its REST Admin API of 2025: https://shopify.dev/docs/api/webhooks.

Amounts are in the shop's currency. What was paid for a line is its price less its share of every discount, and less
its tax where prices include that; shipping and tips are no part of it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from siyu.features.commerce.history import Description
from siyu.features.commerce.receiving import Goods
from siyu.features.commerce.shops.told import ShopOrder, ShopRefund, Told
from siyu.interfaces.connectors.shops.letters import (
    BadLetter,
    Ground,
    Kind,
    Letter,
    amount,
    claims,
    currency,
    minor,
    moment,
    name_of,
    part,
    pieces,
    rows,
    text,
)

UNPAID = ("pending", "authorized", "expired", "voided", "unpaid")


def read(topic: str, said: dict[str, Any], ground: Ground) -> Told:
    reader = TOPICS.get(topic)
    return reader(said, ground) if reader else Told(skipped="unknown_topic")


def order(said: dict[str, Any], ground: Ground) -> Told:
    if said.get("test") is True:
        return Told(skipped="test_order")
    number, code = name_of(said.get("id"), "`id`"), currency(said.get("currency"), ground)
    placed_at = moment(said.get("processed_at") or said.get("created_at"), "created_at")
    updated_at = moment(said.get("updated_at"), "updated_at")
    if placed_at is None:
        raise BadLetter("the order says no `created_at`")
    status = said.get("financial_status")
    gone = updated_at if status == "voided" else None
    told = ShopOrder(
        number=number,
        buyer=buyer(said, ground),
        placed_at=placed_at,
        currency=code,
        goods=[
            goods(line, code, bool(said.get("taxes_included")))
            for line in rows(said, "line_items")
            if line.get("quantity")
        ],
        coupons=[c for one in rows(said, "discount_codes") if (c := text(one.get("code"), 100))],
        paid=status not in UNPAID,
        cancelled_at=moment(said.get("cancelled_at"), "cancelled_at") or gone,
        state_at=updated_at,
    )
    refunds = [refund_of(one, number, code, ground) for one in rows(said, "refunds")] if told.paid else []
    return Told(orders=[told], refunds=refunds)


def buyer(said: dict[str, Any], ground: Ground) -> list[tuple[str, str]]:
    """Not the phone of the address that it is sent to: that may be somebody else's."""
    customer, billing = part(said, "customer"), part(said, "billing_address")
    return claims(
        (ground.source, customer.get("id")),
        ("phone", said.get("phone")),
        ("phone", customer.get("phone")),
        ("phone", billing.get("phone")),
        ("email", said.get("email") or said.get("contact_email")),
        ("email", customer.get("email")),
    )


def goods(line: dict[str, Any], code: str, taxed: bool) -> Goods:
    quantity = pieces(line.get("quantity"))
    full = amount(line.get("price"), "price") * quantity
    shares = rows(line, "discount_allocations")
    off = sum((amount(s.get("amount"), "discount") for s in shares), Decimal()) if shares else amount(
        line.get("total_discount"), "total_discount")  # fmt: skip
    tax = sum((amount(t.get("price"), "tax") for t in rows(line, "tax_lines")), Decimal()) if taxed else Decimal()
    paid = max(Decimal(), full - off - tax)
    return Goods(
        sku=sku(line), quantity=quantity, amount=minor(paid, code), discount=max(0, minor(off, code)),
        title=text(line.get("name") or line.get("title")),
    )  # fmt: skip


def sku(line: dict[str, Any]) -> str:
    """The merchant's code; a thing without one is known by Shopify's number, a thing without that by its title."""
    first = next((line[name] for name in ("sku", "variant_id", "product_id", "title") if line.get(name)), None)
    return name_of(str(first)[:100] if first else None, "`sku`")


def refund(said: dict[str, Any], ground: Ground) -> Told:
    return Told(refunds=[refund_of(said, name_of(said.get("order_id"), "`order_id`"), ground.currency, ground)])


def refund_of(said: dict[str, Any], order: str, code: str, ground: Ground) -> ShopRefund:
    """Its own amounts carry tax or not as the shop likes: a piece goes back at what was paid for it.

    A discrepancy is money beside the goods: a kindness (negative), or a fee that is kept.
    """
    backs = rows(said, "refund_line_items")
    beside = [one for one in rows(said, "order_adjustments") if one.get("kind") == "refund_discrepancy"]
    said_code = next((c for one in rows(said, "transactions") if isinstance(c := one.get("currency"), str)), code)
    return ShopRefund(
        number=f"refund-{name_of(said.get('id'), '`id`')}",
        order=order,
        at=moment(said.get("processed_at") or said.get("created_at"), "created_at") or ground.at,
        pieces=[(sku(part(one, "line_item")), pieces(one.get("quantity"))) for one in backs],
        beside=-minor(sum((amount(one.get("amount"), "amount") for one in beside), Decimal()), said_code),
    )


def product(said: dict[str, Any], ground: Ground) -> Told:
    about = Description(
        at=moment(said.get("updated_at"), "updated_at") or ground.at, title=text(said.get("title")),
        category=text(said.get("product_type"), 200), brand=text(said.get("vendor"), 200),
    )  # fmt: skip
    variants = [{**one, "variant_id": one.get("id")} for one in rows(said, "variants")]
    return Told(products={sku({**one, "product_id": said.get("id")}): about for one in variants or [{}]})


def customer(said: dict[str, Any], ground: Ground) -> Told:
    known = claims(
        (ground.source, said.get("id")), ("phone", said.get("phone")),
        ("email", said.get("email") if said.get("verified_email", True) else None),
    )  # fmt: skip
    return Told(buyers=[known] if known else [])


TOPICS: dict[str, Callable[[dict[str, Any], Ground], Told]] = {
    **dict.fromkeys(
        ("orders/create", "orders/updated", "orders/edited", "orders/paid", "orders/cancelled", "orders/fulfilled",
         "orders/partially_fulfilled"), order),
    "orders/delete": lambda said, ground: Told(deleted=[name_of(said.get("id"), "`id`")]),
    "refunds/create": refund,
    **dict.fromkeys(("products/create", "products/update"), product),
    **dict.fromkeys(("customers/create", "customers/update", "customers/enable"), customer),
}  # fmt: skip
KIND = Kind(Letter("X-Shopify-Topic", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"), read)
