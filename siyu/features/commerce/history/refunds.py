"""What went back, matched to what was sold."""

from collections.abc import Iterable

from django.db import transaction

from siyu.core.eventlog import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.eventlog.models import ImportRun
from siyu.events import Event
from siyu.events.commerce import OrderRefunded
from siyu.features.commerce import rules
from siyu.features.commerce.history.sources import Outcome, as_rows, not_our_own, of_the_forgotten
from siyu.features.commerce.models import Line, Refund, RefundLine
from siyu.features.commerce.rules import OrderState, RefundState
from siyu.kit.rows import insert


def take_back(states: list[OrderState], *, source: str, imported: bool, run: ImportRun | None) -> None:
    """What went back by the orders' own status."""
    back = [s for s in states if s.returned_at and s.returned]
    lines = lines_by_product(source, [s.number for s in back])
    refunds = [
        RefundState(
            number=s.number, identity=s.identity, at=s.returned_at, items=s.returned,
            sales=[lines[s.number, item.product].pop(0) for item in s.returned],
        )
        for s in back
        if s.returned_at
    ]  # fmt: skip
    if refunds:
        refund(refunds, source=source, imported=imported, run=run)


def lines_by_product(source: str, numbers: list[str]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """{(order's number, product): its lines and the order, in turn}"""
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    rows = Line.objects.filter(order__source=source, order__number__in=numbers).order_by("order", "ordinal")
    for number, product, line, order in rows.values_list("order__number", "product", "pk", "order") if numbers else ():
        found.setdefault((number, product), []).append((line, order))
    return found


@transaction.atomic
def refund(states: list[RefundState], *, source: str, imported: bool, run: ImportRun | None = None) -> Outcome:
    """Take in what went back, each number at most once among them.

    A line is matched to the sale that the refund names; else to the last sale of the same product to the same buyer
    that is not later; one without such a sale stands alone. A known refund that says something else is replaced, and
    said again.
    """
    not_our_own(source)
    one_at_a_time(f"orders of {source}")
    there = {r.number: r for r in Refund.objects.filter(source=source, number__in=[state.number for state in states])}
    states = of_the_forgotten(states, there)
    digests = {state.number: rules.digest(state) for state in states}
    changed = [s for s in states if s.number not in there or there[s.number].digest != digests[s.number]]
    sales = sold_before([s for s in changed if not s.sales])
    sales |= {(s.number, n): sale for s in changed for n, sale in enumerate(s.sales)}
    take_in(changed, sales, digests, there=there, source=source, run=run)
    ids = dict(Refund.objects.filter(source=source, number__in=[s.number for s in changed]).values_list("number", "pk"))
    insert(RefundLine, ("refund", "ordinal", "line", "product", "quantity", "amount"), back_rows(changed, ids, sales))
    announce.record(as_rows(refunded(changed, ids, sales)), source=source, imported=imported)
    return Outcome(
        [state.number for state in changed if state.number not in there],
        [state.number for state in changed if state.number in there],
        [state.number for state in states if state not in changed] if len(changed) < len(states) else [],
    )


Sale = tuple[int, int]
"""A line and its order."""
Sales = dict[tuple[str, int], Sale]
"""{(refund's number, ordinal): the sale that it takes back}"""


def sold_before(states: list[RefundState]) -> Sales:
    """For every line that goes back the last sale of that product to that buyer until then."""
    wanted = {(s.identity, item.product) for s in states for item in s.items if s.identity}
    lines = Line.objects.filter(
        order__identity__in={identity for identity, _ in wanted},
        product__in={product for _, product in wanted},
        order__cancelled_at=None,
        order__placed_at__isnull=False,
    ).values_list("order__identity", "product", "order__placed_at", "pk", "order")
    sales: dict[tuple[int | None, int], list[tuple]] = {}
    for identity, product, *sale in lines if wanted else ():
        if (identity, product) in wanted:
            sales.setdefault((identity, product), []).append(tuple(sale))
    found = {}
    for state in states:
        for ordinal, item in enumerate(state.items):
            earlier = [sale for sale in sales.get((state.identity, item.product), ()) if sale[0] <= state.at]
            if earlier:
                found[state.number, ordinal] = max(earlier)[1:]
    return found


def take_in(
    states: list[RefundState],
    sales: Sales,
    digests: dict[str, str],
    *,
    there: dict[str, Refund],
    source: str,
    run: ImportRun | None,
) -> None:
    """New refunds are inserted; known ones take the new state and lose their lines, which come anew."""
    columns = ("source", "number", "order", "identity", "at", "amount", "digest", "run")
    rows = [
        (source, s.number, order_of(s, sales), s.identity, s.at, s.amount, digests[s.number], run and run.pk)
        for s in states
    ]
    insert(Refund, columns, [row for row in rows if row[1] not in there])
    for _, number, order, identity, moment, amount, digest, run_id in (row for row in rows if row[1] in there):
        Refund.objects.filter(pk=there[number].pk).update(
            order=order, identity=identity, at=moment, amount=amount, digest=digest, run=run_id
        )
    RefundLine.objects.filter(refund__in=[there[s.number].pk for s in states if s.number in there]).delete()


def order_of(state: RefundState, sales: Sales) -> int | None:
    """The order of the first line whose sale was found."""
    orders = (sales[state.number, n][1] for n in range(len(state.items)) if (state.number, n) in sales)
    return next(orders, None)


def back_rows(states: list[RefundState], ids: dict[str, int], sales: Sales) -> list[tuple]:
    return [
        (ids[s.number], n, sales.get((s.number, n), (None,))[0], item.product, item.quantity, item.amount)
        for s in states
        for n, item in enumerate(s.items)
    ]


def refunded(states: list[RefundState], ids: dict[str, int], sales: Sales) -> Iterable[Event]:
    for s in states:
        order = order_of(s, sales)
        yield OrderRefunded(
            at=s.at, identity=s.identity, refund=ids[s.number], order=order, amount=s.amount, items=s.items
        )
