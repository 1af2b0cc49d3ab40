"""Reservations: what a rule holds for an order, taken and given back by one conditional UPDATE per row."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

from siyu.features.commerce.models import Order, Reservation
from siyu.kit.prepared import asks, changes
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert


class SoldOut(Refused):
    code = "sold_out"
    status = 409


def hold(order: Order, rule: str, wants: Mapping[int, int], take: Callable[[int, int], bool]) -> None:
    """Take {subject: quantity} for the order, each once. `take` says whether there was enough.

    Rows are taken in the order of their numbers, so that two orders cannot wait for each other.
    """
    if not wants:
        return
    known = held(order).get(rule, {})
    missing = sorted(subject for subject in wants if known.get(subject, (0, "released"))[1] == "released")
    for subject in missing:
        if not take(subject, wants[subject]):
            raise SoldOut("less is left of it than you want")
    if released := [subject for subject in missing if subject in known]:
        Reservation.objects.filter(order=order, rule=rule, subject__in=released).delete()
    rows = [(order.pk, rule, subject, wants[subject], "reserved") for subject in missing]
    insert(Reservation, ("order", "rule", "subject", "quantity", "state"), rows)


def settle(order: Order, rule: str, state: str) -> dict[int, int]:
    """Move what is reserved on to `state`, and say what that was; the order is locked by the caller."""
    known = sorted(held(order).get(rule, {}).items())
    moved = {subject: quantity for subject, (quantity, now) in known if now == "reserved"}
    if moved:
        step(order.pk, rule, state)
    return moved


@changes
def step(order: int, rule: str, state: str) -> tuple[QuerySet[Reservation], dict[str, str]]:
    return Reservation.objects.filter(order=order, rule=rule, state="reserved"), {"state": state}


Held = dict[str, dict[int, tuple[int, str]]]
"""{rule: {subject: (quantity, state)}}"""


def held(order: Order) -> Held:
    """What rules hold for it: read now, or once for all rules by `reading`."""
    if order.holds is not None:
        return order.holds
    found: Held = {}
    for rule, subject, quantity, state in reservations(order.pk):
        found.setdefault(rule, {})[subject] = quantity, state
    return found


@asks
def reservations(order: int) -> QuerySet[Any, Any]:
    return Reservation.objects.filter(order=order).values_list("rule", "subject", "quantity", "state")


@contextmanager
def reading(order: Order) -> Iterator[None]:
    """For as long as each rule is asked once, and the order is locked."""
    order.holds = held(order)
    try:
        yield
    finally:
        order.holds = None
