"""What goes along when a member's account becomes part of another one: points, coupons, a paid membership, and rows
that are simply theirs. What was used stays where it was used, and earnings, task runs and redemptions with who made
them: they are read, and limits counted, of all accounts of a person.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from siyu.core.ledger import wallets
from siyu.core.ledger.models import Lot
from siyu.core.people.accounts import account_of, carry
from siyu.core.people.models import Identity
from siyu.features.commerce.models import Order
from siyu.features.loyalty.models import BadgeAward, CheckIn, CouponCode, Earning, Grant, MakeUpCard, Membership
from siyu.kit.refusals import Refused


class TwoMemberships(Refused):
    """Which of the two would stand, and what the other is worth, is for the buyer to say: end one first."""

    code = "two_memberships"
    status = 409


class Points:
    name = "points"

    def hand_over(self, *, joined: int, kept: int, key: str, at: datetime) -> Any:
        return asdict(wallets.hand_over(owner=joined, to=account_of(kept), key=f"{key}:points", at=at))

    def hand_back(self, remembered: Any, *, joined: int, kept: int, key: str, at: datetime) -> None:
        handed = wallets.Handed(tuple(remembered["lots"]), remembered["after"])
        since = lots_since(handed.after, holder=account_of(kept), buyer=joined)
        wallets.hand_back(handed, to=joined, key=f"{key}:points", at=at, also=since.values_list("pk", flat=True))
        keys = since.values_list("origin__key", flat=True)
        numbers = [int(name.removeprefix("earning:")) for name in keys if name.startswith("earning:")]
        Earning.objects.filter(pk__in=numbers).update(identity=joined)


def lots_since(after: int, *, holder: int, buyer: int) -> QuerySet[Lot]:
    """What came to the account since by orders that are the other one's again; looked for before it is given back."""
    bought = Order.objects.filter(identity__in=Identity.objects.filter(person__identities=buyer))
    abouts = [f"order:{pk}" for pk in bought.values_list("pk", flat=True)]
    found = Lot.objects.filter(unit="points", origin__gt=after, about__in=abouts).filter(owner=holder)
    return Lot.objects.filter(pk__in=list(found.values_list("pk", flat=True)))


class Coupons:
    """Those that are not used; they count among what the kept account may have of their kind."""

    name = "coupons"

    def hand_over(self, *, joined: int, kept: int, key: str, at: datetime) -> Any:
        return self.pass_on(CouponCode.objects.filter(identity=joined, state="issued"), account_of(kept))

    def hand_back(self, remembered: Any, *, joined: int, kept: int, key: str, at: datetime) -> None:
        self.pass_on(CouponCode.objects.filter(pk__in=remembered, state="issued"), joined)

    def pass_on(self, codes: QuerySet[CouponCode], to: int) -> list[int]:
        moved = list(codes.order_by("pk"))
        for code in moved:
            had = CouponCode.objects.filter(template=code.template_id, identity=to).aggregate(n=Max("n"))["n"] or 0
            CouponCode.objects.filter(pk=code.pk).update(identity=to, n=had + 1)
        return [code.pk for code in moved]


@dataclass
class Rows:
    """They hang on a member and on nothing else. `of`: which go along, from one account to another."""

    name: str
    of: Callable[[int, int], QuerySet]

    def hand_over(self, *, joined: int, kept: int, key: str, at: datetime) -> Any:
        holder = account_of(kept)
        moving = self.of(joined, holder)
        numbers = list(moving.order_by("pk").values_list("pk", flat=True))
        moving.model._default_manager.filter(pk__in=numbers).update(identity=holder)
        return numbers

    def hand_back(self, remembered: Any, *, joined: int, kept: int, key: str, at: datetime) -> None:
        self.of(joined, kept).model._default_manager.filter(pk__in=remembered).update(identity=joined)


def memberships(joined: int, kept: int) -> QuerySet[Membership]:
    current = Membership.objects.filter(ended_at=None)
    if current.filter(identity=joined).exists() and current.filter(identity=kept).exists():
        raise TwoMemberships("both have a paid membership: one has to end before the accounts are joined")
    return current.filter(identity=joined)


def grants(joined: int, kept: int) -> QuerySet[Grant]:
    return Grant.objects.filter(identity=joined, used_at=None, expired_at=None, revoked_at=None)


def cards(joined: int, kept: int) -> QuerySet[MakeUpCard]:
    theirs = MakeUpCard.objects.filter(identity=kept).values("key")
    return MakeUpCard.objects.filter(identity=joined, spent_at=None, revoked_at=None).exclude(key__in=theirs)


def days(joined: int, kept: int) -> QuerySet[CheckIn]:
    return CheckIn.objects.filter(identity=joined).exclude(day__in=CheckIn.objects.filter(identity=kept).values("day"))


def awards(joined: int, kept: int) -> QuerySet[BadgeAward]:
    worn = BadgeAward.objects.filter(identity=kept, revoked_at=None).values("badge")
    return BadgeAward.objects.filter(identity=joined, revoked_at=None).exclude(badge__in=worn)


ROWS = {"membership": memberships, "benefits": grants, "cards": cards, "check_ins": days, "badges": awards}
carry(Points())
carry(Coupons())
for name, of in ROWS.items():
    carry(Rows(name, of))
