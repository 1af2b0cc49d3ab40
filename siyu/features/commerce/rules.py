"""What an order is worth and which of two states of it is the newer one; no database, no clock."""

import functools
import hashlib
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from siyu.events import Item

SHOP = "siyu"
"""The source of orders and products of our own shop: nobody else may tell of them."""
_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """An order as its source says it is. Amounts of `items` are minor units of the base currency, after discounts."""

    number: str
    identity: int | None
    placed_at: datetime
    currency: str
    rate: Decimal = Decimal(1)
    items: list[Item]
    coupons: list[str] = []
    gift: bool = False
    """Every line had a price of zero."""
    free: list[int] = []
    """Which of the items had a price of zero, in an order of other things: they are gifts."""
    cancelled_at: datetime | None = None
    returned: list[Item] = []
    """What went back, by the order's own status."""
    returned_at: datetime | None = None
    state_at: datetime | None = None
    """As of when the source says so, where it says."""

    @property
    def amount(self) -> int:
        return sum([item.amount for item in self.items])

    @property
    def sold(self) -> list[Item]:
        return [item for n, item in enumerate(self.items) if n not in self.free]

    @property
    def given(self) -> list[Item]:
        return [self.items[n] for n in self.free]

    @property
    def discount(self) -> int:
        return sum([item.discount for item in self.items])


class RefundState(msgspec.Struct, frozen=True, kw_only=True):
    """Goods or money that went back. Amounts and quantities are positive."""

    number: str
    identity: int | None
    at: datetime
    items: list[Item]
    sales: list[tuple[int, int]] = []
    """Line and order of each item, where the source says them; else they are matched to the last sales before."""

    @property
    def amount(self) -> int:
        return sum([item.amount for item in self.items])


def digest(state: OrderState | RefundState) -> str:
    """Sixteen letters of what the state says, then sixteen of as of when: two states can say the same."""
    if isinstance(state, RefundState):
        told = msgspec.structs.asdict(state)
        del told["sales"]  # where it belongs is no part of what it says
        return hashed(told) + _hashed_moment(None)
    said = _Said(
        bool(state.cancelled_at), state.coupons, state.currency, state.free, state.gift, state.identity, state.items,
        state.number, state.placed_at, state.rate, state.returned, bool(state.returned_at),
    )  # fmt: skip
    return hashed(said) + _hashed_moment(state.state_at)


class _Said(msgspec.Struct):
    """What makes a state another one. The digests of years hang on these names and their order."""

    cancelled_at: bool
    coupons: list[str]
    currency: str
    free: list[int]
    gift: bool
    identity: int | None
    items: list[Item]
    number: str
    placed_at: datetime
    rate: Decimal
    returned: list[Item]
    returned_at: bool


def hashed(value: object) -> str:
    return hashlib.blake2b(_encoder.encode(value), digest_size=8).hexdigest()


@functools.lru_cache(1024)
def _hashed_moment(at: datetime | None) -> str:
    """A file says it once for all of its rows."""
    return hashed(at)


def says_the_same(digest: str, other: str) -> bool:
    return digest[:16] == other[:16]


def is_newer(state_at: datetime | None, known_at: datetime | None) -> bool:
    """Whether an unseen state replaces the known one; where one does not say of when it is, the later comer does."""
    return state_at is None or known_at is None or state_at >= known_at


class Times(NamedTuple):
    """What has happened to an order of our own shop."""

    placed_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    ready_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    returned: bool
    """Every piece of it went back."""


def state(times: Times) -> str:
    """open, closed, cancelled, refunded, received, shipped, ready or paid: the last that holds."""
    words = {
        "closed": times.closed_at,
        "cancelled": times.cancelled_at,
        "refunded": times.returned,
        "received": times.received_at,
        "shipped": times.shipped_at,
        "ready": times.ready_at,
        "paid": times.placed_at,
    }
    return next((word for word, holds in words.items() if holds), "open")
