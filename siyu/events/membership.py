"""What becomes of paid memberships. Amounts are minor units of the base currency.

`tier` is what the member holds from now on: ordinary, senior, exclusive; nothing: none.
"""

from datetime import datetime

from siyu.events.base import Event


class MembershipBought(Event, frozen=True, kw_only=True):
    """A member without one has bought a plan, or was granted it: then there is no `order`. `amount` was paid."""

    name = "membership.bought"
    lasting = True
    about = "term"
    term: int
    membership: int
    plan: int
    title: str
    tier: str
    period: str
    order: int | None
    amount: int
    begins_at: datetime
    ends_at: datetime
    grace_until: datetime


class MembershipRenewed(MembershipBought, frozen=True, kw_only=True):
    """The same for a time that follows the one before, however early or late, in grace, it was bought."""

    name = "membership.renewed"


class MembershipUpgraded(MembershipBought, frozen=True, kw_only=True):
    """A higher tier takes the place of what was left of `before`, whose money, `credit`, paid a part of it."""

    name = "membership.upgraded"
    before: str
    credit: int


class MembershipRefunded(Event, frozen=True, kw_only=True):
    """Money of a term went back: `amount`, for what was not used of it. `revoked` benefits were taken away, `kept` ones
    had been used. `ends_at`: until when the membership is paid now."""

    name = "membership.refunded"
    lasting = True
    about = "term"
    term: int
    membership: int
    plan: int
    tier: str
    amount: int
    revoked: int
    kept: int
    ends_at: datetime


class MembershipLapsing(Event, frozen=True, kw_only=True):
    """It ends soon: time to remind. Nothing renews by itself."""

    name = "membership.lapsing"
    about = "membership"
    membership: int
    tier: str
    ends_at: datetime
    grace_until: datetime


class MembershipLapsed(Event, frozen=True, kw_only=True):
    """It is not paid any more; its benefits go on until `grace_until`, and so long a renewal continues from the end."""

    name = "membership.lapsed"
    about = "membership"
    membership: int
    tier: str
    ends_at: datetime
    grace_until: datetime


class MembershipExpired(Event, frozen=True, kw_only=True):
    """It is over, grace included. `before`: the tier that it was; `tier` is nothing."""

    name = "membership.expired"
    lasting = True
    about = "membership"
    membership: int
    before: str
    tier: str = ""
