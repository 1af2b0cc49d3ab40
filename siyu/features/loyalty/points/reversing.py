"""Goods went back: what they had earned goes, and what had paid for them comes back.

Each time by all refunds of the order together, so that they agree in every order, and a second look changes nothing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.ledger import wallets
from siyu.core.ledger.models import LotMove
from siyu.events.points import PointsReturned, PointsReversed
from siyu.features.commerce.models import Order, PriceStep, Refund
from siyu.features.loyalty.models import Earning
from siyu.features.loyalty.points import rules
from siyu.features.loyalty.points.earning import lot_key
from siyu.features.loyalty.points.spending import NAME, paid


@transaction.atomic
def reverse(*, order: int, at: datetime) -> None:
    found = Order.objects.filter(pk=order).first()
    if found is None:
        return
    one_at_a_time(f"points of {found.identity_id}")
    refunded = Refund.objects.filter(order=order).aggregate(sum=Sum("amount"))["sum"] or 0
    give_back(found, at)
    for earning in Earning.objects.filter(about=f"order:{order}").order_by("pk"):
        part = rules.to_take_back(earning.points, found.amount, refunded)
        take_back(earning, earning.points if found.cancelled_at else part, at)


def take_back(earning: Earning, wanted: int, at: datetime) -> None:
    points = wanted - earning.reversed
    if points <= 0:
        return
    wallets.claim_back(
        of=lot_key(earning), amount=points, key=f"{lot_key(earning)}:back:{wanted}", at=at, about=earning.about
    )
    Earning.objects.filter(pk=earning.pk).update(reversed=wanted)
    announce(
        PointsReversed(
            at=at, identity=earning.identity_id, earning=earning.pk, points=points, because=earning.about
        )
    )  # fmt: skip


def give_back(order: Order, at: datetime) -> None:
    """Of points that paid, those that paid for pieces that went back."""
    moves = LotMove.objects.filter(transfer__key=paid(order.pk)).aggregate(all=Sum("amount"), back=Sum("returned"))
    if not moves["all"]:
        return
    steps = PriceStep.objects.filter(line__order=order, rule=NAME).order_by("line__ordinal", "ordinal")
    rows = steps.values_list("amount", "line__quantity", F("line__returned"))
    of_lines = [(-amount, pieces, pieces if order.cancelled_at else back) for amount, pieces, back in rows]
    wanted = rules.to_give_back(moves["all"], of_lines)
    points = wanted - moves["back"]
    if points > 0:
        wallets.give_back(of=paid(order.pk), amount=points, key=f"{paid(order.pk)}:back:{wanted}", at=at)
        announce(PointsReturned(at=at, identity=order.identity_id, points=points, because=f"order:{order.pk}"))
