"""A member buys, renews or upgrades: an order of commerce for a plan, which opens when it is paid."""

from datetime import datetime

from django.db import transaction

from siyu.features.commerce import checkout, refunds
from siyu.features.commerce.checkout import By, Want
from siyu.features.commerce.models import Order, RefundRequest
from siyu.features.commerce.pricing import Quote
from siyu.features.loyalty.membership import plans
from siyu.features.loyalty.membership.ending import NoSuchTerm
from siyu.features.loyalty.models import MembershipPlan, MembershipPurchase, MembershipTerm


@transaction.atomic
def buy(*, plan: int, identity: int, expected: int, key: str, at: datetime, codes: tuple[str, ...] = ()) -> Order:
    """The order, to be paid. `expected`: the price that they agreed to. Whoever wants the same again gets the order
    that waits; another plan, or another price, ends that first: money that still comes for it goes back by itself."""
    wants = wants_of(plans.on_sale(plan))
    checkout.wait_turn(identity)
    waiting = MembershipPurchase.objects.select_related("order").filter(identity=identity).first()
    if waiting and waiting.order.number != checkout.number_for(identity, key):
        same = waiting.plan_id == plan and waiting.order.amount == expected and not codes
        if same and waiting.order.until and waiting.order.until > at:
            return waiting.order
        refunds.cancel(order=waiting.order_id, by="buyer", at=at)
    return checkout.check_out(
        identity=identity, wants=wants, by=By(), expected=expected, key=key, at=at, codes=codes
    )  # fmt: skip


def price(*, plan: int, identity: int, at: datetime, codes: tuple[str, ...] = ()) -> Quote:
    """What it costs them now, and every reason that makes it cheaper."""
    return checkout.quote(wants=wants_of(plans.on_sale(plan)), identity=identity, by=By(), codes=codes, at=at)


def wants_of(plan: MembershipPlan) -> list[Want]:
    assert plan.listing
    return [Want(plan.listing.variants.order_by("pk").values_list("pk", flat=True)[0], 1)]


def ask_refund(*, term: int, identity: int, reason: str, at: datetime) -> RefundRequest:
    """A member wants their money back; an operator decides, at the orders' desk or on the page of memberships."""
    mine = MembershipTerm.objects.filter(pk=term, membership__identity=identity, order__isnull=False).first()
    if mine is None:
        raise NoSuchTerm("you have bought no such membership")
    return refunds.ask(order=mine.order_id or 0, pieces={0: 1}, reason=reason, at=at)
