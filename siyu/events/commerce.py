"""What is sold and what is bought. Amounts are minor units of the base currency."""

from datetime import datetime

from siyu.events.base import Event, Item


class ProductListed(Event, frozen=True, kw_only=True):
    """A product entered the catalogue, or its description changed."""

    name = "product.listed"
    about = "product"
    product: int
    title: str
    category: str | None = None
    department: str | None = None
    brand: str | None = None


class OrderPlaced(Event, frozen=True, kw_only=True):
    """An order, paid. `amount` is what was paid after `discount`; no identity: nobody knows who bought."""

    name = "order.placed"
    lasting = True
    about = "order"
    order: int
    currency: str
    amount: int
    discount: int
    items: list[Item]
    coupons: list[str] = []
    source: str


class OrderCorrected(OrderPlaced, frozen=True, kw_only=True):
    """A newer state of an order: it replaces all that was said of the order before."""

    name = "order.corrected"


class OrderCancelled(Event, frozen=True, kw_only=True):
    """An order that will never be fulfilled and does not count as sold."""

    name = "order.cancelled"
    lasting = True
    about = "order"
    order: int


class OrderRefunded(Event, frozen=True, kw_only=True):
    """Money went back. `order` is absent where no earlier sale could be found. Said again, the newer word replaces."""

    name = "order.refunded"
    lasting = True
    about = "refund"
    refund: int
    order: int | None
    amount: int
    items: list[Item]


class OrderCosted(Event, frozen=True, kw_only=True):
    """Of what an order sold and nobody sent back: the part whose cost is known, `costed`, and that `cost`. Said again,
    the newer word replaces; of an order without this word no cost is known."""

    name = "order.costed"
    lasting = True
    about = "order"
    order: int
    costed: int
    cost: int


class GiftSent(Event, frozen=True, kw_only=True):
    """Goods left without a price: a sample or a gift, not an order. Said again of an order, the newer word replaces;
    without items: nothing was given after all."""

    name = "gift.sent"
    lasting = True
    about = "order"
    order: int
    items: list[Item]


class OrderOpened(Event, frozen=True, kw_only=True):
    """A member checked out in our own shop: goods and prices are held `until` then. Not yet an order in the books."""

    name = "order.opened"
    lasting = True
    about = "order"
    order: int
    amount: int
    discount: int
    shipping: int
    items: list[Item]
    until: datetime


class OrderClosed(Event, frozen=True, kw_only=True):
    """An opened order ended without money: `because` it lapsed, was cancelled, or refused."""

    name = "order.closed"
    lasting = True
    about = "order"
    order: int
    because: str


class OrderReady(Event, frozen=True, kw_only=True):
    """Packed, and waiting for its buyer in a store."""

    name = "order.ready"
    about = "order"
    order: int
    store: int


class OrderShipped(Event, frozen=True, kw_only=True):
    name = "order.shipped"
    about = "order"
    order: int
    carrier: str


class OrderReceived(Event, frozen=True, kw_only=True):
    """The buyer has it: confirmed, or handed over in a `store`. Holding times of rewards begin here."""

    name = "order.received"
    lasting = True
    about = "order"
    order: int
    store: int | None = None


class PaymentSettled(Event, frozen=True, kw_only=True):
    """Money came and paid for an order; in minor units, with shipping."""

    name = "payment.settled"
    lasting = True
    about = "payment"
    payment: int
    order: int
    gateway: str
    amount: int


class MoneyReturned(Event, frozen=True, kw_only=True):
    """Money is back with who paid. `reason`: refund, cancelled, too_late, twice."""

    name = "money.returned"
    lasting = True
    about = "payment"
    payment: int
    order: int
    gateway: str
    amount: int
    reason: str


class RefundAsked(Event, frozen=True, kw_only=True):
    name = "refund.asked"
    about = "order"
    personal = ("reason",)
    order: int
    reason: str


class RefundDeclined(Event, frozen=True, kw_only=True):
    name = "refund.declined"
    about = "order"
    order: int


class VoucherRedeemed(Event, frozen=True, kw_only=True):
    """One piece of a service or course was taken up in a store."""

    name = "voucher.redeemed"
    about = "voucher"
    voucher: int
    order: int
    product: int
    store: int | None


class ListingPublished(Event, frozen=True, kw_only=True):
    """Our own shop shows it from now on; `products` are its variants."""

    name = "listing.published"
    about = "listing"
    listing: int
    title: str
    products: list[int]


class ListingWithdrawn(Event, frozen=True, kw_only=True):
    name = "listing.withdrawn"
    about = "listing"
    listing: int


class StockRanOut(Event, frozen=True, kw_only=True):
    """The last piece in a store was promised or sold."""

    name = "stock.ran_out"
    about = "product"
    product: int
    store: int


class InvoiceIssued(Event, frozen=True, kw_only=True):
    name = "invoice.issued"
    about = "order"
    order: int
    number: str
