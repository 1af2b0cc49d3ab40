"""A member at a glance, for whoever looks at the person."""

from datetime import datetime
from typing import NamedTuple

from siyu.core.ledger import wallets
from siyu.core.ledger.models import Account
from siyu.core.ledger.wallets import Balances
from siyu.core.people.models import Member
from siyu.features.loyalty.levels.actions import in_force, standing_of
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.models import BadgeAward, CouponCode, Membership
from siyu.features.loyalty.who import member_of


class Card(NamedTuple):
    number: str
    joined_at: datetime
    points: Balances
    account: int | None
    """Of the books: where what is available stands."""
    level: str
    """Empty: no scheme is in force."""
    membership: Membership | None
    coupons: int
    badges: int


def of_person(number: int, *, at: datetime) -> Card | None:
    """None: nobody with an account. `number`: any of their identities."""
    member = member_of(number)
    if member is None:
        return None
    account = Member.objects.select_related("identity").get(identity=member)
    scheme = in_force(at)
    usable = Account.objects.filter(owner=member, unit="points", kind="available")
    return Card(
        number=account.identity.value,
        joined_at=account.joined_at,
        points=wallets.balances(member),
        account=usable.values_list("pk", flat=True).first(),
        level=read(scheme.body, gifts=False).name(standing_of(member)[0].rank) if scheme else "",
        membership=Membership.objects.filter(identity=member, ended_at=None).first(),
        coupons=CouponCode.objects.filter(identity=member, state="issued", expires_at__gt=at).count(),
        badges=BadgeAward.objects.filter(identity=member, revoked_at=None).count(),
    )
