"""The mall: points for goods, coupons, badges and whatever else can be given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.ledger import wallets
from siyu.events.points import MallRedeemed, MallReversed, PointsReturned, PointsSpent
from siyu.features.loyalty import giving
from siyu.features.loyalty.models import MallItem, Redemption
from siyu.features.loyalty.who import known_by, known_member
from siyu.kit.refusals import Refused

MOST, MOST_A_MEMBER = 10**9, 1_000
ADDRESS = ("name", "phone", "region", "street")


class BadItem(Refused):
    code = "bad_item"
    status = 422


class NoSuchItem(Refused):
    code = "no_such_item"
    status = 404


class ItemGone(Refused):
    """None is left."""

    code = "sold_out"
    status = 409


class EnoughOfIt(Refused):
    code = "limit_reached"
    status = 409


class NoAddress(Refused):
    code = "no_address"
    status = 422


class NoSuchRedemption(Refused):
    code = "no_such_redemption"
    status = 404


class AlreadySent(Refused):
    code = "already_sent"
    status = 409


def write(
    *, title: str, points: int, by: str, at: datetime, text: str = "", gives: Any = (), left: int | None = None,
    cost: int = 0, most_a_member: int | None = None, begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> MallItem:  # fmt: skip
    """On show from now on. What it costs and gives is never edited: close it and write another."""
    title = " ".join(title.split())
    if not 0 < len(title) <= 100 or len(text) > 500 or not 0 < points <= MOST:
        raise BadItem("an item has a title of 1 to 100 characters, and costs points")
    if not 0 <= cost <= MOST or not 0 <= (left or 0) <= MOST or not 0 < (most_a_member or 1) <= MOST_A_MEMBER:
        raise BadItem("an item has no less than nothing left, and a member may have one of it at least")
    return MallItem.objects.create(
        title=title, text=text, points=points, gives=giving.checked(list(gives)), left=left, cost=cost,
        most_a_member=most_a_member, begins_at=begins_at, ends_at=ends_at, published_at=at, by=by,
    )  # fmt: skip


def on_show(at: datetime) -> QuerySet[MallItem]:
    begun = Q(begins_at=None) | Q(begins_at__lte=at)
    lasting = (Q(ends_at=None) | Q(ends_at__gt=at)) & (Q(closed_at=None) | Q(closed_at__gt=at))
    return MallItem.objects.filter(begun, lasting, published_at__lte=at).order_by("points", "pk")


def restock(*, item: int, pieces: int) -> None:
    """More of it, or fewer; never fewer than none."""
    if not MallItem.objects.filter(pk=item, left__gte=-pieces).update(left=F("left") + pieces):
        raise BadItem("there is no such item, or fewer are left than that")


def close(*, item: int, at: datetime) -> None:
    if not MallItem.objects.filter(pk=item, closed_at=None).update(closed_at=at):
        raise NoSuchItem("there is no such item, or it is closed")


@transaction.atomic
def redeem(*, item: int, identity: int, key: str, at: datetime, address: Mapping[str, str] | None = None) -> Redemption:
    """Exchange points for a piece; the same key again is the same exchange."""
    member = known_member(identity)
    one_at_a_time(f"points of {member}")
    if there := Redemption.objects.filter(identity__in=known_by(member), key=key).first():
        if there.item_id != item:
            raise BadItem("this key was used for something else", code="key_reused")
        return there
    found = on_show(at).filter(pk=item).first()
    if found is None:
        raise NoSuchItem("this is not in the mall")
    where = delivery(found, address)
    turn = 1 + (Redemption.objects.filter(item=found, identity=member).aggregate(n=Max("turn"))["n"] or 0)
    if found.most_a_member is not None and standing(found, member) >= found.most_a_member:
        raise EnoughOfIt(f"a member can have {found.most_a_member} of it")
    take_piece(found)
    made = Redemption.objects.create(
        item=found, identity_id=member, turn=turn, key=key, points=found.points, at=at, address=where
    )
    wallets.spend(owner=member, amount=found.points, key=spent(made), at=at, about=f"redemption:{made.pk}")
    giving.give(found.gives, identity=member, key=f"redemption:{made.pk}", because=f"mall:{found.pk}", at=at)
    announce(
        PointsSpent(at=at, identity=member, points=found.points, because=f"redemption:{made.pk}"),
        MallRedeemed(at=at, identity=member, redemption=made.pk, item=found.pk, points=found.points),
    )
    return made


def delivery(item: MallItem, address: Mapping[str, str] | None) -> dict[str, str]:
    if item.gives:
        return {}
    where = {name: str((address or {}).get(name, "")).strip()[:200] for name in ADDRESS}
    if not all(where.values()):
        raise NoAddress("goods are sent to a name, a phone, a region and a street")
    return where


def standing(item: MallItem, member: int) -> int:
    return Redemption.objects.filter(item=item, identity__in=known_by(member), reversed_at=None).count()


def take_piece(item: MallItem) -> None:
    if item.left is None:
        return
    if not MallItem.objects.filter(pk=item.pk, left__gt=0).update(left=F("left") - 1):
        raise ItemGone("none is left of it")


def spent(redemption: Redemption) -> str:
    return f"redemption:{redemption.pk}:paid"


@transaction.atomic
def send(*, redemption: int, carrier: str, tracking: str, at: datetime) -> Redemption:
    """Its goods left. Said again, carrier and number are corrected."""
    found = locked(redemption)
    if found.reversed_at or found.item.gives:
        raise NoSuchRedemption("nothing of it is to be sent")
    found.carrier, found.tracking, found.sent_at = carrier[:50], tracking[:100], found.sent_at or at
    found.save()
    return found


@transaction.atomic
def reverse(*, redemption: int, by: str, at: datetime) -> Redemption:
    """Call it off: points and piece come back, and what was given is taken back. Twice is once."""
    found = locked(redemption)
    if found.sent_at:
        raise AlreadySent("it was sent already")
    if found.reversed_at:
        return found
    found.reversed_at, found.reversed_by = at, by
    found.save()
    MallItem.objects.filter(pk=found.item_id, left__isnull=False).update(left=F("left") + 1)
    wallets.give_back(of=spent(found), amount=found.points, key=f"{spent(found)}:back", at=at, by=by)
    giving.take_back(found.item.gives, key=f"redemption:{found.pk}", at=at)
    why = f"redemption:{found.pk}"
    announce(
        PointsReturned(at=at, identity=found.identity_id, points=found.points, because=why),
        MallReversed(
            at=at, identity=found.identity_id, redemption=found.pk, item=found.item_id, points=found.points
        ),
    )  # fmt: skip
    return found


def locked(redemption: int) -> Redemption:
    rows = Redemption.objects.select_for_update(no_key=True, of=("self",)).select_related("item")
    found = rows.filter(pk=redemption).first()
    if found is None:
        raise NoSuchRedemption("there is no such redemption")
    return found
