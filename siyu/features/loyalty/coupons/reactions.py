from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.events.commerce import OrderCancelled, OrderRefunded
from siyu.features.loyalty.coupons.reversing import reverse


@reacts_to(OrderRefunded, OrderCancelled)
def take_back(event: Recorded) -> None:
    """Budgets get back what went back of their orders."""
    order = event.body.get("subject") if event.name == OrderCancelled.name else event.body["properties"].get("order")
    if order:
        reverse(order=order, at=event.at)
