"""What members do earns points; what is taken back takes its points along. Imported history earns nothing."""

from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.events import BY_NAME
from siyu.events.commerce import OrderCancelled, OrderReceived, OrderRefunded
from siyu.features.loyalty.points import earning, reversing
from siyu.features.loyalty.tasks.conditions import COUNTABLE


@reacts_to(*(BY_NAME[name] for name in COUNTABLE if not name.startswith(("points.", "mall."))))
def earn(event: Recorded) -> None:
    earning.for_event(
        name=event.name, body=event.body, identity=event.identity, position=event.position, at=event.at
    )  # fmt: skip
    if event.name == "order.placed":  # its refund may have been heard of before
        reversing.reverse(order=event.body["subject"], at=event.at)


@reacts_to(OrderReceived)
def ripen(event: Recorded) -> None:
    earning.ripen(event.body["subject"], event.at)


@reacts_to(OrderRefunded, OrderCancelled)
def reverse(event: Recorded) -> None:
    cancelled = event.name == OrderCancelled.name
    order = event.body.get("subject") if cancelled else event.body["properties"].get("order")
    if order:
        reversing.reverse(order=order, at=event.at)
