"""What somebody ordered, paid, was sent and gave back, and what they did on the way there."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siyu.interfaces.console import words
from siyu.interfaces.console.sentences.told import Sentence, Told, text
from siyu.kit import formats

TRADE: dict[str, Sentence] = {
    "order.placed": ("order", "money", lambda e: (_("Ordered for %(amount)s") % {"amount": e.amount}, bought(e))),
    "order.corrected": (
        "pencil",
        "",
        lambda e: (_("An order was corrected to %(amount)s") % {"amount": e.amount}, bought(e)),
    ),
    "order.cancelled": ("cross", "kept", lambda e: (_("An order was cancelled"), e.order)),
    "order.refunded": ("back", "kept", lambda e: (_("Got %(amount)s back") % {"amount": e.amount}, "")),
    "gift.sent": ("star", "", lambda e: (_("Was sent a gift"), "")),
    "order.opened": ("order", "", lambda e: (_("Checked out for %(amount)s") % {"amount": e.amount}, bought(e))),
    "order.closed": ("cross", "kept", lambda e: (_("An order ended unpaid"), numbered(e))),
    "order.shipped": ("order", "", lambda e: (_("An order was sent off"), with_carrier(e))),
    "order.ready": ("counter", "", lambda e: (_("An order waits in a store"), at_store(e))),
    "order.received": ("check", "", lambda e: (_("Has an order in hand"), at_store(e))),
    "order.costed": ("ledger", "", lambda e: (_("What an order cost us is known"), numbered(e))),
    "payment.settled": ("check", "money", lambda e: (_("Paid %(amount)s") % {"amount": e.amount}, numbered(e))),
    "money.returned": ("back", "kept", lambda e: (_("Got %(amount)s back") % {"amount": e.amount}, because(e))),
    "refund.asked": ("back", "", lambda e: (_("Asked for money back"), text(e, "reason"))),
    "refund.declined": ("cross", "kept", lambda e: (_("Was not given money back"), numbered(e))),
    "invoice.issued": ("order", "", lambda e: (_("Was given an invoice"), numbered(e))),
    "voucher.redeemed": ("counter", "money", lambda e: (_("Took up a service in a store"), at_store(e))),
}


SENT: dict[str, Sentence] = {
    "Product Viewed": ("eye", "", lambda e: (_("Looked at a product"), thing(e))),
    "Product Clicked": ("eye", "", lambda e: (_("Looked at a product"), thing(e))),
    "Product Added": ("plus", "", lambda e: (_("Put into the cart"), thing(e))),
    "Product Removed": ("cross", "kept", lambda e: (_("Took out of the cart"), thing(e))),
    "Product Shared": ("people", "", lambda e: (_("Shared a product"), thing(e))),
    "Products Searched": ("search", "", lambda e: (_("Searched"), text(e, "query"))),
    "Product List Viewed": ("eye", "", lambda e: (_("Looked at a list"), text(e, "category", "list_id"))),
    "Cart Viewed": ("order", "", lambda e: (_("Looked into the cart"), e.source)),
    "Checkout Started": ("order", "", lambda e: (_("Began to check out"), text(e, "order_id"))),
    "Order Completed": ("order", "", lambda e: (_("The app says: ordered"), text(e, "order_id"))),
    "Page Viewed": ("eye", "", lambda e: (_("Looked at a page"), text(e, "title", "name", "path", "url"))),
    "Screen Viewed": ("eye", "", lambda e: (_("Looked at a screen"), text(e, "title", "name"))),
    "Identified": ("pencil", "", lambda e: (_("The app said who it is"), e.source)),
}
"""The same for what apps and pages send under names that many use."""


def thing(e: Told) -> str:
    return text(e, "name", "title", "sku", "product_id")


def bought(e: Told) -> str:
    """How many things, what was taken off, which order."""
    said = [ngettext("%(n)s line", "%(n)s lines", len(e.lines)) % {"n": formats.number(len(e.lines))}]
    if e.body.get("discount"):
        said.append(_("%(amount)s off") % {"amount": formats.money(e.body["discount"])})
    if coupons := e.more.get("coupons"):
        said.append(ngettext("%(n)s coupon", "%(n)s coupons", len(coupons)) % {"n": len(coupons)})
    if e.order:
        said.append(_("no. %(number)s") % {"number": e.order})
    return " · ".join(said)


def numbered(e: Told) -> str:
    return _("no. %(number)s") % {"number": e.order} if e.order else ""


def at_store(e: Told) -> str:
    return " · ".join(part for part in (e.name, numbered(e)) if part)


def with_carrier(e: Told) -> str:
    return " · ".join(part for part in (e.more.get("carrier") or "", numbered(e)) if part)


def because(e: Told) -> str:
    return " · ".join(part for part in (words.word(e.more.get("reason", "")), numbered(e)) if part)
