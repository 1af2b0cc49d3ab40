"""Reservations: what a rule holds for an order, taken and given back by one conditional UPDATE per row."""

from collections.abc import Callable, Mapping

from siyu.features.commerce.models import Order, Reservation
from siyu.kit.refusals import Refused


class SoldOut(Refused):
    code = "sold_out"
    status = 409


def hold(order: Order, rule: str, wants: Mapping[int, int], take: Callable[[int, int], bool]) -> None:
    """Take {subject: quantity} for the order, each once. `take` says whether there was enough.

    Rows are taken in the order of their numbers, so that two orders cannot wait for each other.
    """
    if not wants:
        return
    held = Reservation.objects.filter(order=order, rule=rule).exclude(state="released")
    missing = sorted(wants.keys() - set(held.values_list("subject", flat=True)))
    for subject in missing:
        if not take(subject, wants[subject]):
            raise SoldOut("less is left of it than you want")
    Reservation.objects.bulk_create(
        [Reservation(order=order, rule=rule, subject=s, quantity=wants[s], state="reserved") for s in missing],
        update_conflicts=True,
        unique_fields=["order", "rule", "subject"],
        update_fields=["quantity", "state"],
    )


def settle(order: Order, rule: str, state: str) -> dict[int, int]:
    """Move what is reserved on to `state`, and say what that was; the order is locked by the caller."""
    reserved = Reservation.objects.filter(order=order, rule=rule, state="reserved")
    moved = dict(reserved.order_by("subject").values_list("subject", "quantity"))
    if moved:
        reserved.update(state=state)
    return moved
