"""Verbs of order history: record what a source says of its orders, take back what was returned, list what is sold.

All of them are set-wise: one call with a thousand orders asks the database as often as one call with one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from siyu.core.eventlog import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.eventlog.models import ImportRun
from siyu.core.people.numbers import forgotten
from siyu.events import Event
from siyu.events.commerce import GiftSent, OrderCancelled, OrderCorrected, OrderPlaced, OrderRefunded, ProductListed
from siyu.features.commerce import rules
from siyu.features.commerce.models import CouponUse, Line, Order, OrderVersion, Product, Refund, RefundLine
from siyu.features.commerce.rules import OrderState, RefundState
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert


@dataclass
class Outcome:
    """Numbers of documents by what became of them."""

    placed: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


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


class OurOwn(Refused):
    code = "our_own"
    status = 409


def not_our_own(source: str) -> None:
    if source == rules.SHOP:
        raise OurOwn(f"orders and products of {source} are made in our own shop, and nowhere else")


def known_orders(source: str, numbers: list[str]) -> dict[str, Order]:
    found = Order.objects.filter(source=source, number__in=numbers)
    return {o.number: o for o in found.only("number", "digest", "state_at", "cancelled_at", "placed_at", "identity")}


def of_the_forgotten[State: (OrderState, RefundState)](
    states: list[State], known: Mapping[str, Order | Refund]
) -> list[State]:
    """A buyer who was erased has no number any more that a file could say. Their orders keep the one that they have,
    and are not corrected by files that say the same as ever."""
    kept = {s.number: known[s.number].identity_id for s in states if s.identity is None and s.number in known}
    gone = forgotten(who for who in kept.values() if who is not None)
    return [
        msgspec.structs.replace(state, identity=kept[state.number]) if kept.get(state.number) in gone else state
        for state in states
    ]


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


ORDER = (
    "source", "number", "identity", "placed_at", "amount", "discount", "currency", "rate", "gift", "cancelled_at",
    "state_at", "digest", "run",
)  # fmt: skip


def place(states: list[OrderState], digests: dict[str, str], source: str, run: ImportRun | None) -> dict[str, int]:
    """Insert orders and lines; {number: id}."""
    if not states:
        return {}
    insert(Order, ORDER, [order_row(state, digests[state.number], source, run) for state in states])
    numbers = [state.number for state in states]
    ids = dict(Order.objects.filter(source=source, number__in=numbers).values_list("number", "pk"))
    insert(Line, ("order", "ordinal", "product", "quantity", "amount", "discount"), line_rows(states, ids))
    return ids


def order_row(state: OrderState, digest: str, source: str, run: ImportRun | None) -> tuple:
    return (
        source, state.number, state.identity, state.placed_at, state.amount, state.discount, state.currency,
        str(state.rate), state.gift, state.cancelled_at, state.state_at, digest, run and run.pk,
    )  # fmt: skip


def line_rows(states: Iterable[OrderState], ids: dict[str, int]) -> list[tuple]:
    return [
        (order, ordinal, item.product, item.quantity, item.amount, item.discount)
        for order, state in ((ids[state.number], state) for state in states)
        for ordinal, item in enumerate(state.items)
    ]


Gave = dict[int, list[tuple[int, int]]]
"""{order: products and quantities that it gave away}"""


def given_before(orders: list[int]) -> Gave:
    """What the orders gave away until now: lines without a price."""
    gave: Gave = {}
    lines = Line.objects.filter(order__in=orders, amount=0, discount=0).order_by("order", "ordinal")
    for order, product, quantity in lines.values_list("order", "product", "quantity"):
        gave.setdefault(order, []).append((product, quantity))
    return gave


def correct(
    states: list[OrderState], known: dict[str, Order], digests: dict[str, str], run: ImportRun | None, at: datetime
) -> None:
    """Replace what the orders said; the digest that each leaves is kept, so that it does not come back."""
    if not states:
        return
    orders = [known[state.number] for state in states]
    insert(OrderVersion, ("order", "digest", "left_at"), [(o.pk, o.digest, at) for o in orders], ignore=True)
    for order, state in zip(orders, states, strict=True):
        order.identity_id, order.placed_at, order.currency = state.identity, state.placed_at, state.currency
        order.amount, order.discount, order.rate = state.amount, state.discount, state.rate
        order.gift, order.cancelled_at, order.state_at = state.gift, state.cancelled_at, state.state_at
        order.digest, order.run = digests[state.number], run
    Order.objects.bulk_update(orders, [name for name in ORDER if name not in ("source", "number")], batch_size=200)
    replace_lines(states, {order.number: order.pk for order in orders})


def replace_lines(states: list[OrderState], ids: dict[str, int]) -> None:
    """Lines keep their rows, since refunds may point at them; those too many go."""
    lines = [
        Line(order_id=o, ordinal=n, product_id=p, quantity=q, amount=a, discount=d)
        for o, n, p, q, a, d in line_rows(states, ids)
    ]
    Line.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["order", "ordinal"],
        update_fields=["product", "quantity", "amount", "discount"],
        batch_size=500,
    )
    sizes = {ids[state.number]: len(state.items) for state in states}
    there = Line.objects.filter(order__in=sizes).values_list("pk", "order_id", "ordinal")
    surplus = [pk for pk, order, ordinal in there if ordinal >= sizes[order]]
    RefundLine.objects.filter(line__in=surplus).update(line=None)
    Line.objects.filter(pk__in=surplus).delete()
    CouponUse.objects.filter(order__in=sizes).delete()


def fill_coupons(states: list[OrderState], ids: dict[str, int]) -> None:
    rows = [(ids[state.number], code) for state in states for code in state.coupons]
    insert(CouponUse, ("order", "code"), rows, ignore=True)


def placed(states: Iterable[OrderState], ids: dict[str, int], source: str) -> Iterable[Event]:
    for state in states:
        order = ids[state.number]
        if state.gift:
            yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=state.items)
        else:
            yield OrderPlaced(**facts(state), order=order, source=source)
            if state.free:
                yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=state.given)
            yield from cancelled(state, order)


def corrected(states: Iterable[OrderState], ids: dict[str, int], source: str, gave: Gave) -> Iterable[Event]:
    for state in states:
        order = ids[state.number]
        if state.gift:
            yield OrderCancelled(at=state.placed_at, identity=state.identity, order=order)
        else:
            yield OrderCorrected(**facts(state), order=order, source=source)
        yield from given_otherwise(state, order, gave.get(order, []))
        if not state.gift:
            yield from cancelled(state, order)


def given_otherwise(state: OrderState, order: int, before: list[tuple[int, int]]) -> Iterable[Event]:
    """Gifts are told again only where they are others than before, so that nobody counts one twice."""
    items = state.items if state.gift else state.given
    if [(item.product, item.quantity) for item in items] != before:
        yield GiftSent(at=state.placed_at, identity=state.identity, order=order, items=items)


def cancelled(state: OrderState, order: int) -> Iterable[Event]:
    if state.cancelled_at:
        yield OrderCancelled(at=state.cancelled_at, identity=state.identity, order=order)


def facts(state: OrderState) -> dict[str, Any]:
    return {
        "at": state.placed_at,
        "identity": state.identity,
        "currency": state.currency,
        "amount": state.amount,
        "discount": state.discount,
        "items": state.sold,
        "coupons": state.coupons,
    }


def as_rows(events: Iterable[Event]) -> Iterable[tuple]:
    return ((event.name, event.at, event.identity, event.body()) for event in events)


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


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of a product, and since when that holds; empty: nothing."""

    at: datetime
    title: str = ""
    category: str = ""
    department: str = ""
    brand: str = ""


@dataclass(frozen=True)
class Listing:
    """Numbers by code, and the codes of which something new was learnt."""

    ids: dict[str, int]
    changed: set[str]


@transaction.atomic
def list_products(
    said: dict[str, Description], *, source: str, imported: bool, by_the_way: bool = False, own: bool = False
) -> Listing:
    """Put products into the catalogue, or describe them anew. Only what is new or changed is announced.

    `by_the_way`: said by an order line, which fills what is not known yet and overrules nothing. `own`: our own shop
    says so, for whose products nobody else may speak.
    """
    if not own:
        not_our_own(source)
    one_at_a_time(f"products of {source}")
    known = {p.sku: p for p in Product.objects.filter(source=source, sku__in=list(said))}
    new = {sku: description for sku, description in said.items() if sku not in known}
    insert(Product, ("source", "sku", *FACETS), [(source, sku, *facets(d)) for sku, d in new.items()])
    ids = {sku: product.pk for sku, product in known.items()}
    ids |= dict(Product.objects.filter(source=source, sku__in=list(new)).values_list("sku", "pk"))
    changed = [p for sku, p in known.items() if describe(p, said[sku], by_the_way)]
    Product.objects.bulk_update(changed, FACETS, batch_size=200)
    events = [listed(ids[sku], description, description.at) for sku, description in new.items()]
    events += [listed(product.pk, product, said[product.sku].at) for product in changed]
    announce.record(as_rows(events), source=source, imported=imported)
    return Listing(ids, {*new, *(product.sku for product in changed)})


def listed(product: int, what: Description | Product, at: datetime) -> ProductListed:
    return ProductListed(
        at=at,
        product=product,
        title=what.title,
        category=what.category or None,
        department=what.department or None,
        brand=what.brand or None,
    )


FACETS = ("title", "category", "department", "brand")


def facets(description: Description) -> tuple[str, ...]:
    return description.title, description.category, description.department, description.brand


def describe(product: Product, said: Description, by_the_way: bool) -> bool:
    """Take over what is said; whether that changed anything."""
    changed = False
    for name in FACETS:
        known, value = getattr(product, name), getattr(said, name)
        if value and value != known and not (known and by_the_way):
            setattr(product, name, value)
            changed = True
    return changed
