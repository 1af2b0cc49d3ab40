"""What time does to points: pending ones can be used, old ones expire, and who has some to lose is told before."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.ledger import wallets
from siyu.core.ledger.models import Lot
from siyu.events.points import PointsExpired, PointsExpiring, PointsMatured
from siyu.features.loyalty.models import ExpiryNotice
from siyu.features.loyalty.points.spending import programme_at
from siyu.kit.rows import insert

TOLD_AT_ONCE = 500
SAYS = {"mature": PointsMatured, "expire": PointsExpired}


@transaction.atomic
def tick(at: datetime) -> int:
    """Some hundred members at once; how many had something due."""
    swept = wallets.sweep(at=at)
    announce(*(SAYS[one.reason](at=at, identity=one.owner, points=one.amount) for one in swept))
    return len(swept)


@transaction.atomic
def remind(at: datetime) -> int:
    """Tell members what will expire soon, once a lot; how many lots."""
    programme = programme_at(at)
    if programme is None:
        return 0
    soon = Lot.objects.filter(unit="points", available__gt=0, expires_at__gt=at)
    soon = soon.filter(expires_at__lte=at + timedelta(days=programme.remind_days))
    told = ExpiryNotice.objects.values("lot")
    lots = list(soon.exclude(pk__in=told).order_by("expires_at", "pk")[:TOLD_AT_ONCE])
    sums: dict[tuple[int, datetime], int] = defaultdict(int)
    for lot in lots:
        assert lot.expires_at
        sums[lot.owner, lot.expires_at] += lot.available
    insert(ExpiryNotice, ("lot", "at"), [(lot.pk, at) for lot in lots], ignore=True)
    announce(
        *(PointsExpiring(at=at, identity=owner, points=n, until=until) for (owner, until), n in sorted(sums.items()))
    )
    return len(lots)
