"""What becomes of points. Amounts are points, whole ones."""

from datetime import datetime

from siyu.events.base import Event


class PointsEarned(Event, frozen=True, kw_only=True):
    """`rule`: by which; none: by hand, or given. `pending`: they can be used once what earned them stands."""

    name = "points.earned"
    lasting = True
    about = "earning"
    earning: int
    points: int
    rule: int | None
    because: str
    pending: bool


class PointsValued(Event, frozen=True, kw_only=True):
    """From now on 100 points are worth so many minor units at the till."""

    name = "points.valued"
    worth: int


class PointsMatured(Event, frozen=True, kw_only=True):
    """What was pending can be used."""

    name = "points.matured"
    points: int


class PointsExpired(Event, frozen=True, kw_only=True):
    name = "points.expired"
    points: int


class PointsExpiring(Event, frozen=True, kw_only=True):
    """So many will be gone on `until`, unless they are used."""

    name = "points.expiring"
    points: int
    until: datetime


class PointsSpent(Event, frozen=True, kw_only=True):
    """`because`: what they paid for, such as `order:17` or `redemption:3`."""

    name = "points.spent"
    lasting = True
    points: int
    because: str


class PointsReturned(Event, frozen=True, kw_only=True):
    """What had been spent came back."""

    name = "points.returned"
    lasting = True
    points: int
    because: str


class PointsReversed(Event, frozen=True, kw_only=True):
    """What had been earned was taken back, because what earned it was."""

    name = "points.reversed"
    lasting = True
    about = "earning"
    earning: int
    points: int
    because: str


class MallRedeemed(Event, frozen=True, kw_only=True):
    """A member exchanged points for something in the mall."""

    name = "mall.redeemed"
    about = "redemption"
    redemption: int
    item: int
    points: int


class MallReversed(Event, frozen=True, kw_only=True):
    """An exchange was called off; the points came back."""

    name = "mall.reversed"
    about = "redemption"
    redemption: int
    item: int
    points: int
