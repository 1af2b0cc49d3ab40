"""What a shop has told, in the words of this house. Amounts are minor units of the order's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from siyu.core.eventlog.directory import Claim
from siyu.features.commerce.history import Description
from siyu.features.commerce.receiving import Goods


@dataclass(frozen=True, kw_only=True)
class ShopOrder:
    number: str
    buyer: Sequence[Claim] = ()
    """The one that the order hangs on, then evidence of who that is."""
    placed_at: datetime
    currency: str
    goods: Sequence[Goods]
    coupons: Sequence[str] = ()
    paid: bool = True
    """An unpaid one is no order yet; one that is known already was paid before."""
    cancelled_at: datetime | None = None
    state_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ShopRefund:
    """What went back of an order: pieces, at what was paid for them, and money beside them."""

    number: str
    order: str
    at: datetime
    pieces: Sequence[tuple[str, int]] = ()
    """SKU and how many of it."""
    beside: int = 0
    """More than the pieces cost; negative: less."""


@dataclass(frozen=True, kw_only=True)
class Told:
    orders: Sequence[ShopOrder] = ()
    refunds: Sequence[ShopRefund] = ()
    products: Mapping[str, Description] = field(default_factory=dict)
    buyers: Sequence[Sequence[Claim]] = ()
    """Ways of knowing a customer, the shop's own number first."""
    deleted: Sequence[str] = ()
    """Numbers of orders that are gone."""
    skipped: str = ""
    """Why there is nothing to take."""

    @property
    def about(self) -> str:
        numbers = [order.number for order in self.orders] + [refund.order for refund in self.refunds]
        return next(iter([*numbers, *self.deleted]), "")
