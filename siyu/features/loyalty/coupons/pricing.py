"""The price rule: coupons come after the prices of the house, and are held, redeemed and let go with their order."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.events.benefits import CouponRedeemed, CouponReleased, CouponReserved
from siyu.features.commerce.models import CouponUse, Order
from siyu.features.commerce.pricing import Basket, Step, add
from siyu.features.commerce.pricing.holding import hold, settle
from siyu.features.loyalty.benefits import use
from siyu.features.loyalty.benefits.giving import OPEN
from siyu.features.loyalty.coupons import purse
from siyu.features.loyalty.coupons.issuing import void
from siyu.features.loyalty.coupons.offers import chosen
from siyu.features.loyalty.models import CouponCode, Grant
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert

NAME = "coupon"


class CouponGone(Refused):
    code = "coupon_gone"
    status = 409


class Coupons:
    name = NAME

    def quote(self, basket: Basket, standing: Sequence[int]) -> Sequence[Step]:
        _, choice = chosen(basket, standing)
        return [
            Step(n, NAME, used.offer.title, -part, used.offer.code)
            for used in choice.used
            for n, part in enumerate(used.parts)
            if part
        ]

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None:
        """The codes by the order of their numbers, then their budgets: all orders lock in this turn."""
        wants: Counter[int] = Counter()
        for step in steps:
            wants[step.subject] -= step.amount
        if not wants:
            return
        taken: list[int] = []

        def take(code: int, amount: int) -> bool:
            taken.append(code)
            return bool(reservable(code, order, basket.at).update(**held_by(order, amount)))

        try:
            hold(order, NAME, wants, take)
        except Refused:
            raise CouponGone("one of the coupons cannot be used any more") from None
        codes = [code for code in of(order) if code.pk in taken]
        purse.reserve(codes, basket.at)
        announce(*(CouponReserved(**told(code, basket.at), amount=code.amount) for code in codes))

    def confirm(self, order: Order, at: datetime) -> None:
        moved = settle(order, NAME, "confirmed")
        codes = [code for code in of(order) if code.pk in moved] if moved else []
        if codes:
            purse.redeem(codes, at)
            CouponCode.objects.filter(pk__in=moved).update(state="redeemed", redeemed_at=at, until=None)
            said = [(order.pk, code.template.word or code.text) for code in codes]
            insert(CouponUse, ("order", "code"), said, ignore=True)
            announce(*(CouponRedeemed(**told(code, at), amount=code.amount) for code in codes))
            for grant in grants_of(codes).filter(**OPEN):
                use(grant=grant.pk, at=at)

    def release(self, order: Order, at: datetime) -> None:
        moved = settle(order, NAME, "released")
        codes = [code for code in of(order) if code.pk in moved] if moved else []
        if codes:
            purse.release(codes, at)
            CouponCode.objects.filter(pk__in=moved).update(**FREE)
            announce(*(CouponReleased(**told(code, at)) for code in codes))
            void_revoked(codes, at)


def grants_of(codes: Sequence[CouponCode]) -> QuerySet[Grant]:
    """The benefits that these codes are."""
    return Grant.objects.filter(kind=NAME, key__in=[code.key for code in codes if code.key]).order_by("pk")


def void_revoked(codes: Sequence[CouponCode], at: datetime) -> None:
    """A benefit that was taken away while an order held its code is gone when the order lets go."""
    gone = set(grants_of(codes).filter(revoked_at__isnull=False).values_list("key", flat=True))
    for code in codes:
        if code.key in gone:
            void(code=code.pk, at=at)


FREE: dict[str, Any] = {"state": "issued", "order": None, "until": None, "amount": 0}


def reservable(code: int, order: Order, at: datetime) -> QuerySet[CouponCode]:
    return CouponCode.objects.filter(
        pk=code, identity=order.identity_id, state="issued", begins_at__lte=at, expires_at__gt=at
    )


def held_by(order: Order, amount: int) -> dict:
    return {"state": "reserved", "order": order, "until": order.until, "amount": amount, "turn": F("turn") + 1}


def of(order: Order) -> list[CouponCode]:
    return list(CouponCode.objects.filter(order=order).select_related("template").order_by("pk"))


def told(code: CouponCode, at: datetime) -> dict:
    return {
        "at": at, "identity": code.identity_id, "code": code.pk, "template": code.template_id, "order": code.order_id,
    }  # fmt: skip


add(Coupons())
