"""What refunds give back to a budget, and when a code comes back to its member.

How much is back follows from the order's lines as they are now, so it does not matter how often or in which order the
refunds are heard of.
"""

from datetime import datetime

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.events.benefits import CouponReversed
from siyu.features.commerce.models import Order, PriceStep
from siyu.features.loyalty.benefits import put_back
from siyu.features.loyalty.coupons import purse
from siyu.features.loyalty.coupons.pricing import FREE, NAME, grants_of, told, void_revoked
from siyu.features.loyalty.models import CouponCode
from siyu.kit import money


@transaction.atomic
def reverse(*, order: int, at: datetime) -> None:
    """Bring the codes of an order to where its refunds have brought it."""
    used = CouponCode.objects.select_for_update(no_key=True, of=("self",)).select_related("template")
    codes = list(used.filter(order=order, state="redeemed").order_by("pk"))
    if not codes:
        return
    gone = gone_back(order)
    for code in codes:
        give_back(code, gone.get(code.pk, 0), at)
    if everything_went_back(order):
        for code in codes:
            end(code, at)


def gone_back(order: int) -> dict[int, int]:
    """{code: of its discount, what belonged to pieces that went back}, by piece as refunds are."""
    cancelled = Order.objects.filter(pk=order, cancelled_at__isnull=False).exists()
    steps = PriceStep.objects.filter(line__order=order, rule=NAME).order_by("line", "ordinal")
    gone: dict[int, int] = {}
    for code, amount, quantity, returned in steps.values_list("subject", "amount", "line__quantity", "line__returned"):
        pieces = money.split(-amount, [1] * quantity)
        gone[code] = gone.get(code, 0) + sum(pieces if cancelled else pieces[:returned])
    return gone


def give_back(code: CouponCode, gone: int, at: datetime) -> None:
    if gone > code.back:
        more, code.back = gone - code.back, gone
        purse.back(code, more, at)
        code.save(update_fields=["back"])


def everything_went_back(order: int) -> bool:
    one = Order.objects.prefetch_related("lines").get(pk=order)
    return bool(one.cancelled_at) or all(line.returned == line.quantity for line in one.lines.all())


def end(code: CouponCode, at: datetime) -> None:
    again = code.template.returns and code.expires_at > at
    announce(CouponReversed(**told(code, at), again=again))
    code.state = "reversed"
    if again:
        code.redeemed_at, code.back = None, 0
        for name, value in FREE.items():
            setattr(code, name, value)
        for grant in grants_of([code]).filter(used_at__isnull=False):
            put_back(grant=grant.pk, at=at)
    code.save()
    if again:
        void_revoked([code], at)
