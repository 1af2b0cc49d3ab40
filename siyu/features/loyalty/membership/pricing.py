"""The price rule: what is left of a membership pays a part of a higher one; and the sale itself, held, confirmed and
released with its order. It opens in the transaction that books the money, so it is there exactly once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from siyu.features.commerce.models import Order, Reservation
from siyu.features.commerce.pricing import Basket, Step, add
from siyu.features.commerce.pricing.holding import hold, settle
from siyu.features.commerce.refunds import NothingToRefund
from siyu.features.loyalty.membership import opening, standing
from siyu.features.loyalty.membership.opening import AlreadyBuying, LowerTier
from siyu.features.loyalty.membership.plans import KIND
from siyu.features.loyalty.models import MembershipPlan, MembershipPurchase, MembershipTerm
from siyu.features.loyalty.who import known_member
from siyu.kit import money
from siyu.kit.refusals import Refused

NAME, CREDIT = "membership", "membership_credit"


class BoughtAlone(Refused):
    code = "membership_alone"
    status = 409


class CreditTooLarge(Refused):
    """More is left of what they have than the new plan costs."""

    code = "credit_too_large"
    status = 409


class NothingLeft(NothingToRefund):
    """It was used up, or an upgrade took it along, or is about to."""

    code = "membership_used_up"


class Sale:
    name = NAME

    def quote(self, basket: Basket, standing_at: Sequence[int]) -> Sequence[Step]:
        found = wanted(basket)
        if found is None or basket.identity is None:
            return []
        place, plan = found
        credits = standing.deal(plan, basket.identity, basket.at).credits
        total = min(sum(credits.values()), standing_at[place] - 1)
        if total <= 0:
            return []
        parts = zip(credits, money.split(total, list(credits.values())), strict=True)
        return [Step(place, NAME, gettext_noop("Left of your membership"), -part, term) for term, part in parts if part]

    def reserve(self, order: Order, basket: Basket, steps: Sequence[Step]) -> None:
        found = wanted(basket)
        if found is None:
            return
        plan, member = found[1], known_member(order.identity_id or 0)
        if len(basket.pieces) != 1 or basket.pieces[0].quantity != 1:
            raise BoughtAlone("a membership is bought once, and in an order of its own")
        standing.alone(member)
        meant = standing.deal(plan, member, basket.at)
        if meant.kind == "lower":
            raise LowerTier("you hold a higher tier; this one can follow when that has ended")
        if {step.subject: -step.amount for step in steps} != meant.credits:
            raise CreditTooLarge("more is left of your membership than this plan costs: choose a longer one")
        hold(order, NAME, {plan.pk: 1}, lambda *_: seat(member, order, plan, basket.at))
        hold(order, CREDIT, meant.credits, lambda *_: True)

    def confirm(self, order: Order, at: datetime) -> None:
        for plan in settle(order, NAME, "confirmed"):
            standing.alone(order.identity_id or 0)
            credits = settle(order, CREDIT, "confirmed")
            MembershipPurchase.objects.filter(order=order).delete()
            opening.begin(
                MembershipPlan.objects.get(pk=plan), order.identity_id or 0, key=f"order:{order.pk}", at=at,
                credits=credits, paid=order.amount, order=order,
            )  # fmt: skip

    def release(self, order: Order, at: datetime) -> None:
        if settle(order, NAME, "released"):
            settle(order, CREDIT, "released")
            MembershipPurchase.objects.filter(order=order).delete()

    def used(self, order: Order, at: datetime) -> Mapping[int, int]:
        """The days that have begun. What an upgrade took along does not go back from here."""
        term = MembershipTerm.objects.select_related("plan", "order", "membership").filter(order=order).first()
        if term is None:
            return {}
        standing.alone(term.membership.identity_id)
        term.refresh_from_db()
        if Reservation.objects.filter(rule=CREDIT, subject=term.pk, state="reserved").exists():
            raise NothingLeft("an upgrade that is not paid yet holds what is left of it: end that order first")
        back = standing.left(term, at) if term.ended_at is None else term.back
        if not back:
            raise NothingLeft("it was used up, or its value went into an upgrade: refund that")
        return {0: term.paid - min(back, term.paid)}


def wanted(basket: Basket) -> tuple[int, MembershipPlan] | None:
    """The plan in a basket, and which piece it is; most baskets have none, and cost no query."""
    for n, piece in enumerate(basket.pieces):
        if piece.kind == KIND:
            return n, MembershipPlan.objects.get(listing=piece.listing)
    return None


def seat(member: int, order: Order, plan: MembershipPlan, at: datetime) -> bool:
    """One purchase of a member waits at a time: two cannot both follow, or replace, the same."""
    try:
        with transaction.atomic():
            MembershipPurchase.objects.create(identity_id=member, order=order, plan=plan, at=at)
    except IntegrityError:
        raise AlreadyBuying("another order of yours for a membership waits for its money") from None
    return True


add(Sale())
