"""Money goes back, and with it the time and the benefits that it had paid for."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.events.membership import MembershipRefunded
from siyu.features.commerce import payments, refunds
from siyu.features.loyalty.membership import giving, opening, rules, standing
from siyu.features.loyalty.models import Membership, MembershipTerm
from siyu.kit.refusals import Refused


class NoSuchTerm(Refused):
    code = "no_such_membership"
    status = 404


class AlreadyEnded(Refused):
    code = "already_ended"
    status = 409


@transaction.atomic
def refund(*, term: int, key: str, reason: str, by: str, at: datetime) -> MembershipTerm:
    """Give back what was not used of a term, all of it within the cooling-off; a granted one is just taken back. Twice
    is once."""
    found = MembershipTerm.objects.filter(pk=term).first()
    if found is None:
        raise NoSuchTerm("there is no such membership")
    if found.ended_because == "upgraded":
        raise AlreadyEnded("it went into an upgrade: refund that")
    lock_orders(found)
    if found.ended_at is None and found.order_id:
        refunds.refund(order=found.order_id, pieces={0: 1}, key=key, reason=reason, by=by, at=at)
    take_back(term=term, at=at)
    return MembershipTerm.objects.get(pk=term)


def take_back_order(*, order: int, at: datetime) -> None:
    """The order of a term was refunded or cancelled, by whatever road."""
    for term in MembershipTerm.objects.filter(order=order).values_list("pk", flat=True):
        take_back(term=term, at=at)


@transaction.atomic
def take_back(*, term: int, at: datetime) -> None:
    """End a term as of then, give back what it had taken over from others, and move up what follows. Twice is once."""
    lock_orders(MembershipTerm.objects.get(pk=term))
    standing.alone(Membership.objects.filter(terms=term).values_list("identity", flat=True)[0])
    gone = MembershipTerm.objects.select_related("plan", "membership").get(pk=term)
    if gone.ended_at:
        return
    gone.back = standing.worth_left(gone, at)
    gone.ended_at, gone.ended_because = at, "refunded"
    gone.save()
    hand_back(gone, at)
    revoked, kept = giving.take_back(gone, at)
    held = shortened(gone, at)
    announce(
        MembershipRefunded(
            at=at, identity=held.identity_id, term=gone.pk, membership=held.pk, plan=gone.plan_id,
            tier="" if held.ended_at else held.tier, amount=gone.back, revoked=revoked, kept=kept, ends_at=held.ends_at,
        )
    )  # fmt: skip


def lock_orders(term: MembershipTerm) -> None:
    """All that money may go back from, in the order of their numbers, before the member's own lock."""
    for order in sorted(orders_of(term)):
        payments.locked(order)


def orders_of(term: MembershipTerm) -> set[int]:
    """Its own, and those of all that it had replaced."""
    found = {term.order_id} if term.order_id else set()
    for one in term.replaced.all():
        found |= orders_of(one)
    return found


def hand_back(term: MembershipTerm, at: datetime) -> None:
    """What its own order did not give back, those orders give whose value it had taken along."""
    replaced = list(term.replaced.filter(carried__gt=0).order_by("pk"))
    _, parts = rules.sources(term.back, term.paid, [one.carried for one in replaced])
    for one, part in zip(replaced, parts, strict=True):
        if part:
            one.back = part
            one.save(update_fields=["back"])
            if one.order_id and one.paid:
                refunds.refund(
                    order=one.order_id, pieces={0: 1}, key=f"membership:{term.pk}", reason="", by="", at=at
                )  # fmt: skip
            hand_back(one, at)


def shortened(gone: MembershipTerm, at: datetime) -> Membership:
    """What follows moves up to where the time begins that was given back."""
    held = Membership.objects.select_for_update(no_key=True).get(pk=gone.membership_id)
    freed = max(timedelta(0), gone.ends_at - max(gone.begins_at, at))
    rest = standing.open_terms(held, at)
    for one in rest:
        if one.begins_at >= gone.ends_at:
            one.begins_at, one.ends_at = one.begins_at - freed, one.ends_at - freed
            one.save(update_fields=["begins_at", "ends_at"])
            giving.last_until(one)
    if held.ended_at:
        return held
    if rest:
        opening.move_end(held, rest[-1].plan, rest[-1].ends_at, tier=held.tier)
        return held
    held.ends_at = held.grace_until = held.ended_at = at
    held.ended_because = "refunded"
    held.save()
    return held


class Outlook(NamedTuple):
    """What `refund` of a term would do now."""

    amount: int
    own: int
    """Of it, from the term's own order; the rest from those that it had replaced."""
    unused: int
    """Days, of `days`."""
    days: int
    kept: list[str]
    revoked: list[str]


def preview(term: MembershipTerm, at: datetime) -> Outlook:
    amount = standing.left(term, at) if term.ended_at is None else 0
    whole = rules.days(term.begins_at, term.ends_at)
    unused = whole - min(whole, rules.days(term.begins_at, at))
    kept, revoked = giving.of_term(term)
    return Outlook(amount, min(amount, term.paid), unused, whole, kept, revoked)
