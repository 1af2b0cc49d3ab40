"""What is sold and what is bought. Amounts are minor units of the base currency."""

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


class GiftSent(Event, frozen=True, kw_only=True):
    """Goods left without a price: a sample or a gift, not an order. Said again of an order, the newer word replaces;
    without items: nothing was given after all."""

    name = "gift.sent"
    lasting = True
    about = "order"
    order: int
    items: list[Item]
