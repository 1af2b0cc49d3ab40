"""What was given to members, and what became of it. Amounts are minor units of the base currency."""

from datetime import datetime

from siyu.events.base import Event


class BenefitGranted(Event, frozen=True, kw_only=True):
    """A member has it from now on. `audience`: as a consumer, or as a small business. `because`: what gave it."""

    name = "benefit.granted"
    about = "grant"
    grant: int
    kind: str
    audience: str
    because: str
    until: datetime | None = None


class BenefitUsed(Event, frozen=True, kw_only=True):
    name = "benefit.used"
    about = "grant"
    grant: int
    kind: str


class BenefitReturned(Event, frozen=True, kw_only=True):
    """What it was used for was taken back: it can be used again."""

    name = "benefit.returned"
    about = "grant"
    grant: int
    kind: str


class BenefitExpired(Event, frozen=True, kw_only=True):
    name = "benefit.expired"
    about = "grant"
    grant: int
    kind: str


class BenefitRevoked(Event, frozen=True, kw_only=True):
    """It was taken away before it was used."""

    name = "benefit.revoked"
    about = "grant"
    grant: int
    kind: str


class CouponPublished(Event, frozen=True, kw_only=True):
    """Codes of it can be issued from now on."""

    name = "coupon.published"
    about = "template"
    template: int
    title: str


class CouponClosed(Event, frozen=True, kw_only=True):
    """No code is issued any more; those that are out hold."""

    name = "coupon.closed"
    about = "template"
    template: int


class CouponIssued(Event, frozen=True, kw_only=True):
    """A member has a code, and can use it until `until`."""

    name = "coupon.issued"
    about = "code"
    code: int
    template: int
    because: str
    until: datetime


class CouponReserved(Event, frozen=True, kw_only=True):
    """An order that waits for its money holds the code."""

    name = "coupon.reserved"
    about = "code"
    code: int
    template: int
    order: int
    amount: int


class CouponReleased(Event, frozen=True, kw_only=True):
    """That order was given up: the code can be used again."""

    name = "coupon.released"
    about = "code"
    code: int
    template: int
    order: int


class CouponRedeemed(Event, frozen=True, kw_only=True):
    """Its order was paid; `amount` was taken off."""

    name = "coupon.redeemed"
    lasting = True
    about = "code"
    code: int
    template: int
    order: int
    amount: int


class CouponReversed(Event, frozen=True, kw_only=True):
    """All of its order went back. `again`: the code can be used again."""

    name = "coupon.reversed"
    lasting = True
    about = "code"
    code: int
    template: int
    order: int
    again: bool


class CouponExpired(Event, frozen=True, kw_only=True):
    name = "coupon.expired"
    about = "code"
    code: int
    template: int


class CouponVoided(Event, frozen=True, kw_only=True):
    """An operator, or what gave it, took the code back before it was used."""

    name = "coupon.voided"
    about = "code"
    code: int
    template: int
