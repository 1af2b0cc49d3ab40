"""WooCommerce's webhooks, version wp_api_v3 (WooCommerce 3.5 to 10): the REST API's documents.

A line's `total` is what was paid for it, after discounts and without tax. Refunds stand in the order, each with its
total only: the part of it that is goods is shared out over the order's lines.
"""

import re
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

UNPAID = ("pending", "on-hold", "failed", "checkout-draft", "auto-draft")
GONE = ("cancelled", "failed", "trash")


def read(topic: str, said: dict[str, Any], ground: Ground) -> Told:
    reader = TOPICS.get(topic)
    return reader(said, ground) if reader else Told(skipped="unknown_topic")


def order(said: dict[str, Any], ground: Ground) -> Told:
    number, code = name_of(said.get("id"), "`id`"), currency(said.get("currency"), ground)
    placed_at, status = moment(said.get("date_created_gmt"), "date_created_gmt"), said.get("status")
    state_at = moment(said.get("date_modified_gmt"), "date_modified_gmt")
    if placed_at is None:
        raise BadLetter("the order says no `date_created_gmt`")
    gone = status in GONE
    paid = status not in UNPAID and not (gone and not said.get("date_paid_gmt"))
    lines = [goods(line, code) for line in rows(said, "line_items") if line.get("quantity")]
    told = ShopOrder(
        number=number,
        buyer=buyer(said, ground),
        placed_at=placed_at,
        currency=code,
        goods=lines,
        coupons=[c for one in rows(said, "coupon_lines") if (c := text(one.get("code"), 100))],
        paid=paid,
        cancelled_at=(state_at or ground.at) if gone else None,
        state_at=state_at,
    )
    return Told(orders=[told], refunds=list(refunds(said, told, ground)) if paid else [])


def buyer(said: dict[str, Any], ground: Ground) -> list[tuple[str, str]]:
    """A guest has the number 0, which names nobody."""
    billing = part(said, "billing")
    return claims(
        (ground.source, said.get("customer_id") or None),
        ("phone", billing.get("phone")),
        ("email", billing.get("email")),
    )


def goods(line: dict[str, Any], code: str) -> Goods:
    paid, full = amount(line.get("total"), "total"), amount(line.get("subtotal"), "subtotal")
    return Goods(
        sku=sku(line), quantity=pieces(line.get("quantity")), amount=max(0, minor(paid, code)),
        discount=max(0, minor(full - paid, code)), title=text(line.get("name")),
    )  # fmt: skip


def sku(line: dict[str, Any]) -> str:
    first = next((line[name] for name in ("sku", "variation_id", "product_id", "name") if line.get(name)), None)
    return name_of(str(first)[:100] if first else None, "`sku`")


def refunds(said: dict[str, Any], order: ShopOrder, ground: Ground) -> Any:
    """Each says its total with tax and shipping; of that the goods' part of the order's total goes back."""
    total, paid = amount(said.get("total"), "total"), sum(one.amount for one in order.goods)
    for one in rows(said, "refunds"):
        back = abs(amount(one.get("total"), "total"))
        share = Decimal(minor(back, order.currency)) * paid / minor(total, order.currency) if total > 0 else Decimal()
        yield ShopRefund(
            number=f"refund-{name_of(one.get('id'), '`id`')}", order=order.number, at=order.state_at or ground.at,
            beside=int(share + Decimal("0.5")),
        )  # fmt: skip


def product(said: dict[str, Any], ground: Ground) -> Told:
    """Variations come as products of their own, with the parent's name in theirs."""
    categories = " / ".join(filter(None, (text(one.get("name")) for one in rows(said, "categories"))))
    brands = " / ".join(filter(None, (text(one.get("name")) for one in rows(said, "brands"))))
    about = Description(
        at=moment(said.get("date_modified_gmt"), "date_modified_gmt") or ground.at, title=text(said.get("name")),
        category=categories[:200], brand=brands[:200],
    )  # fmt: skip
    return Told(products={sku({"product_id": said.get("id"), **said}): about})


def customer(said: dict[str, Any], ground: Ground) -> Told:
    billing = part(said, "billing")
    known = claims(
        (ground.source, said.get("id") or None), ("phone", billing.get("phone")), ("email", said.get("email"))
    )
    return Told(buyers=[known] if known else [])


def ping(body: bytes) -> bool:
    """When a webhook is saved, WooCommerce tries its address with an unsigned form, and wants a 200."""
    return re.fullmatch(rb"webhook_id=\d{1,20}", body.strip()) is not None


TOPICS: dict[str, Callable[[dict[str, Any], Ground], Told]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), order),
    "order.deleted": lambda said, ground: Told(deleted=[name_of(said.get("id"), "`id`")]),
    **dict.fromkeys(("product.created", "product.updated", "product.restored"), product),
    **dict.fromkeys(("customer.created", "customer.updated"), customer),
}
KIND = Kind(Letter("X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Signature"), read, ping)
