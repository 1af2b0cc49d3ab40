"""Earning: by a rule for an event, by hand, or as something given. Each once per key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.ledger import books, wallets
from siyu.core.ledger.wallets import Grant
from siyu.events import BY_NAME
from siyu.events.points import PointsEarned
from siyu.features.commerce.models import Order
from siyu.features.loyalty.benefits.queries import boost
from siyu.features.loyalty.models import Earning, EarnRule
from siyu.features.loyalty.points import rules
from siyu.features.loyalty.tasks.conditions import holds
from siyu.features.loyalty.who import known_by, known_member, member_of
from siyu.kit.clock import day_of
from siyu.kit.prepared import asks
from siyu.kit.refusals import KeyReused, Refused

MOST = 1_000_000
"""Points that can be given at once: more is a slip of the finger."""


class BadPoints(Refused):
    code = "bad_points"
    status = 422


def for_event(*, name: str, body: Mapping[str, Any], identity: int | None, position: int, at: datetime) -> int:
    """What every open rule gives for that entry of the log; how many points."""
    found = [rule for rule in open_rules(name, at) if holds({"event": name, "where": rule.where}, name, body)]
    member = member_of(identity) if found else None
    if member is None:
        return 0
    order = body.get("subject") if BY_NAME[name].about == "order" else None
    about = f"order:{order}" if order else f"event:{position}"
    return sum(by_rule(rule, member, body.get("amount"), key=f"rule:{rule.pk}:{about}", about=about, at=at)
               for rule in found)  # fmt: skip


@asks
def open_rules(event: str, at: datetime) -> QuerySet[EarnRule]:
    begun = Q(begins_at=None) | Q(begins_at__lte=at)
    lasting = Q(ends_at=None) | Q(ends_at__gt=at)
    published = EarnRule.objects.filter(begun, lasting, event=event, published_at__lte=at)
    return published.filter(Q(closed_at=None) | Q(closed_at__gt=at)).order_by("pk")


@transaction.atomic
def by_rule(rule: EarnRule, member: int, amount: int | None, *, key: str, about: str, at: datetime) -> int:
    """What its caps and its budget leave of what it gives; 0: nothing, and nothing is written."""
    one_at_a_time(f"points of {member}")
    if there := Earning.objects.filter(key=key).first():
        return there.points
    day = day_of(at, settings.SIYU.zone)
    had = Earning.objects.filter(rule=rule, identity__in=known_by(member))
    wanted = rules.earned(rule.points, rule.per, amount)
    points = rules.capped(
        wanted and wanted * boost(member, at) // 100,
        today=summed(had.filter(day=day)), ever=summed(had), most_a_day=rule.most_a_day,
        most_a_person=rule.most_a_person,
    )  # fmt: skip
    if rule.most is not None:
        points = min(points, books.balance(budget(rule)))
    if points:
        earn(member, points, key=key, about=about, at=at, rule=rule)
    return points


def summed(earnings: QuerySet[Earning]) -> int:
    """What was taken back since does not count."""
    had = earnings.aggregate(points=Sum("points"), back=Sum("reversed"))
    return (had["points"] or 0) - (had["back"] or 0)


def ripe(rule: EarnRule, about: str, at: datetime) -> datetime | None:
    """When what waits can be used; none: an order of our own shop that nobody has received yet."""
    kind, _, number = about.partition(":")
    if kind != "order":
        return rules.until(at, rule.waits_days)
    order = Order.objects.filter(pk=int(number)).select_related("fulfilment").first()
    if order is None or order.opened_at is None or order.fulfilment.kind == "none":
        return rules.until(at, rule.waits_days)
    received = order.fulfilment.received_at
    return rules.until(received, rule.waits_days) if received else None


def earn(
    member: int, points: int, *, key: str, about: str, at: datetime, rule: EarnRule | None = None,
    lives: int | None = None, by: str = "", memo: str = "",
) -> Earning:  # fmt: skip
    made = Earning.objects.create(
        identity_id=member, rule=rule, key=key, about=about, day=day_of(at, settings.SIYU.zone), at=at, points=points,
        by=by, memo=memo,
    )  # fmt: skip
    pending = rule is not None and rule.waits_days is not None
    usable = ripe(rule, about, at) if rule and pending else at
    expires = rules.until(usable, rule.lives_days if rule else lives) if usable else None
    pays = budget(rule) if rule and rule.most is not None else source(rule, member)
    wallets.earn(
        Grant(member, points, lot_key(made), pays, "earn", at, about, pending, usable if pending else None, expires, by)
    )
    number = rule.pk if rule else None
    announce(
        PointsEarned(
            at=at, identity=member, earning=made.pk, points=points, rule=number, because=about, pending=pending
        )
    )
    return made


def lot_key(earning: Earning) -> str:
    return f"earning:{earning.pk}"


def source(rule: EarnRule | None, member: int) -> int:
    return books.shared(unit="points", kind="source", name=f"rule:{rule.pk}" if rule else "by hand", owner=member)


def budget(rule: EarnRule) -> int:
    return books.account(unit="points", kind="budget", name=f"rule:{rule.pk}")


@transaction.atomic
def give(
    *, identity: int, points: int, key: str, at: datetime, because: str, by: str = "", memo: str = "",
    lives_days: int | None = None,
) -> Earning:  # fmt: skip
    """By hand, or as something given: usable at once. The same key again gives nothing more."""
    if not 0 < points <= MOST:
        raise BadPoints(f"1 to {MOST:,} points can be given at once")
    member = known_member(identity)
    one_at_a_time(f"points of {member}")
    if there := Earning.objects.filter(key=key).first():
        if (there.identity_id, there.points) != (member, points):
            raise KeyReused("this key was used for other points")
        return there
    return earn(member, points, key=key, about=because, at=at, lives=lives_days, by=by, memo=memo)


def ripen(order: int, at: datetime) -> None:
    """An order was received: what it earned waits for so many days more."""
    waiting = Earning.objects.filter(about=f"order:{order}", rule__waits_days__isnull=False).select_related("rule")
    for earning in waiting.order_by("pk"):
        assert earning.rule
        matures = rules.until(at, earning.rule.waits_days)
        assert matures
        wallets.ripen(of=lot_key(earning), matures_at=matures, expires_at=rules.until(matures, earning.rule.lives_days))
