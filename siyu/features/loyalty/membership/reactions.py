"""What was bought gives its benefits; what was replaced loses them; what was refunded is taken back."""

from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.events.commerce import OrderCancelled, OrderRefunded
from siyu.events.membership import MembershipBought, MembershipRenewed, MembershipUpgraded
from siyu.features.loyalty.membership import ending, giving
from siyu.features.loyalty.models import MembershipTerm


@reacts_to(MembershipBought, MembershipRenewed, MembershipUpgraded)
def give(event: Recorded) -> None:
    for replaced in MembershipTerm.objects.filter(into=event.body["subject"]).select_related("plan", "membership"):
        giving.take_back(replaced, event.at)
    giving.hand_over(term=event.body["subject"], at=event.at)


@reacts_to(OrderRefunded, OrderCancelled)
def take_back(event: Recorded) -> None:
    cancelled = event.name == OrderCancelled.name
    order = event.body.get("subject") if cancelled else event.body["properties"].get("order")
    if order:
        ending.take_back_order(order=order, at=event.at)
