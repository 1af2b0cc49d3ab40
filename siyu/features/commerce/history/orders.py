"""Orders as their source tells of them: new ones are placed, newer states replace older ones."""

from datetime import datetime

from django.db import transaction

from siyu.core.eventlog import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.eventlog.models import ImportRun
from siyu.features.commerce import rules
from siyu.features.commerce.history.announcing import corrected, given_before, placed
from siyu.features.commerce.history.refunds import take_back
from siyu.features.commerce.history.sources import Outcome, as_rows, not_our_own, of_the_forgotten
from siyu.features.commerce.history.writing import correct, fill_coupons, place
from siyu.features.commerce.models import Order, OrderVersion
from siyu.features.commerce.rules import OrderState


@transaction.atomic
def record(
    states: list[OrderState], *, source: str, at: datetime, imported: bool, run: ImportRun | None = None
) -> Outcome:
    """Take in what the source says of its orders, each number at most once among them.

    New orders are placed. A state that was seen before, or is older than the known one, changes nothing; a newer one
    replaces it.
    """
    not_our_own(source)
    one_at_a_time(f"orders of {source}")
    known = known_orders(source, [state.number for state in states])
    states = of_the_forgotten(states, known)
    digests = {state.number: rules.digest(state) for state in states}
    new = [state for state in states if state.number not in known]
    newer = newer_states([state for state in states if state.number in known], known, digests, at)
    ids = place(new, digests, source, run) | {state.number: known[state.number].pk for state in newer}
    gave = given_before([ids[state.number] for state in newer])
    correct(newer, known, digests, run, at)
    fill_coupons(new + newer, ids)
    said = [*placed(new, ids, source), *corrected(newer, ids, source, gave)]
    announce.record(as_rows(said), source=source, imported=imported)
    take_back(new + newer, source=source, imported=imported, run=run)
    changed = {state.number for state in new + newer}
    return Outcome(
        [state.number for state in new],
        [state.number for state in newer],
        [state.number for state in states if state.number not in changed],
    )


def known_orders(source: str, numbers: list[str]) -> dict[str, Order]:
    found = Order.objects.filter(source=source, number__in=numbers)
    return {o.number: o for o in found.only("number", "digest", "state_at", "cancelled_at", "placed_at", "identity")}


def newer_states(
    states: list[OrderState], known: dict[str, Order], digests: dict[str, str], at: datetime
) -> list[OrderState]:
    """Those that change something. One that says the same as of later only moves the time."""
    left = set(
        OrderVersion.objects.filter(order__in=[known[s.number].pk for s in states]).values_list("order_id", "digest")
    )
    newer = []
    for state in states:
        order, digest = known[state.number], digests[state.number]
        if digest == order.digest or (order.pk, digest) in left or not rules.is_newer(state.state_at, order.state_at):
            continue
        if rules.says_the_same(digest, order.digest):
            Order.objects.filter(pk=order.pk).update(state_at=state.state_at, digest=digest)
        else:
            newer.append(state)
    return newer
