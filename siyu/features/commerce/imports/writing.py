"""Judged orders on their way into the tables: buyers and products first, then chunks of orders, then of refunds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import batched, groupby

import msgspec

from siyu.core.eventlog.directory import Claim, Match
from siyu.core.eventlog.imports import Desk, Tally, faults
from siyu.core.eventlog.imports.runs import Step
from siyu.core.eventlog.models import ImportRun
from siyu.core.ledger import rates
from siyu.core.people import numbers, tombstones
from siyu.core.people.graph.observing import observe
from siyu.events import Item
from siyu.features.commerce import history
from siyu.features.commerce.imports.products import described
from siyu.features.commerce.rules import OrderState, RefundState

CHUNK = 1_000
"""Orders a transaction."""
SLAB = 20_000
"""Orders fetched from the desk at a time."""
CLAIMS = 5_000
EVER = datetime.min.replace(tzinfo=UTC)
GOODS = 2_000


def prepare_orders(desk: Desk, run: ImportRun) -> None:
    """Numbers for buyers and products, and the rates that the operator said."""
    keep_rates(desk)
    claims = number_buyers(desk, run)
    tie_buyers(desk, run)
    goods = list_goods(desk, run)
    desk.db.execute("""
        CREATE OR REPLACE TABLE mends AS
        SELECT n, code, count(*) AS rows FROM faults JOIN sold USING (row) WHERE NOT refused GROUP BY ALL""")
    run.counts = {**run.counts, "people": claims, "products": goods}


def keep_rates(desk: Desk) -> None:
    for currency, rate in desk.options.rates.items():
        first = desk.db.execute(
            "SELECT CAST(min(happened) AS DATE) FROM taken WHERE currency = ?", [currency]
        ).fetchone()
        if first and first[0]:
            rates.keep(currency, first[0], rate)


def number_buyers(desk: Desk, run: ImportRun) -> int:
    """Table `numbered`; how many buyers there are."""
    found = desk.db.execute("""
        SELECT namespace, claim, min(happened) FROM documents WHERE claim IS NOT NULL
        GROUP BY ALL ORDER BY ALL""").fetchall()
    rows: list[tuple] = []
    for start in range(0, len(found), CLAIMS):
        desk.progress("people", start, len(found))
        claims = {(namespace, value): at.replace(tzinfo=UTC) for namespace, value, at in found[start : start + CLAIMS]}
        known = numbers.number(claims, source=run.source, imported=True)
        buried = tombstones.erased(known)
        rows += [(*claim, number, buried.get(claim)) for claim, number in known.items()]
    desk.fill("numbered", "namespace VARCHAR, claim VARCHAR, identity BIGINT, erased TIMESTAMPTZ", rows)
    return len(rows)


def tie_buyers(desk: Desk, run: ImportRun) -> None:
    """A row that names its buyer in two ways is evidence that both are one person."""
    found = desk.db.execute("""
        SELECT namespace, claim, also_namespace, also_claim, min(happened) FROM taken JOIN ties USING (tied)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    for some in batched(found, CLAIMS):
        seen = [((space, value), (other, also), at.replace(tzinfo=UTC)) for space, value, other, also, at in some]
        first: dict[Claim, datetime] = {}
        for one, other, at in seen:
            first |= {claim: min(at, first.get(claim, at)) for claim in (one, other)}
        known = numbers.number(first, source=run.source, imported=True)
        buried = tombstones.erased(known)
        both = [tie for tie in seen if all(c in known and tie[2] > buried.get(c, EVER) for c in tie[:2])]
        observe([Match(known[one], known[other], "order", at, run.source) for one, other, at in both], imported=True)


def list_goods(desk: Desk, run: ImportRun) -> int:
    """Table `listed`; how many products there are."""
    found = desk.db.execute("SELECT sku, since, title, category, department, brand FROM goods").fetchall()
    rows: list[tuple] = []
    for start in range(0, len(found), GOODS):
        desk.progress("products", start, len(found))
        said = {sku: described(since, *facets) for sku, since, *facets in found[start : start + GOODS]}
        listing = history.list_products(said, source=run.source, imported=True, by_the_way=True)
        rows += listing.ids.items()
    desk.fill("listed", "sku VARCHAR, product BIGINT", rows)
    return len(rows)


class Document(msgspec.Struct, kw_only=True):
    """An order or a refund as the desk holds it."""

    n: int
    number: str
    returned: bool
    at: datetime
    state_at: datetime | None
    identity: int | None
    currency: str
    rate: Decimal
    gift: bool
    cancelled: bool
    coupons: list[str]
    items: list[Item]
    gone: list[Item]
    """What went back by the status of its lines, or by what they say was paid back; money alone has no pieces."""
    free: list[int]
    mends: Counter[str] | None


def order_steps(desk: Desk, done: int) -> Iterator[Step]:
    """Chunks of orders, then chunks of refunds."""
    for start in range(done, order_total(desk), SLAB):
        for returned, documents in groupby(slab(desk, start, start + SLAB), lambda document: document.returned):
            write = write_refunds if returned else write_orders
            for chunk in batched(documents, CHUNK):
                yield Step(chunk[-1].n + 1, partial(write, chunk, desk.at))


def order_total(desk: Desk) -> int:
    return desk.count("documents")


def slab(desk: Desk, start: int, stop: int) -> Iterator[Document]:
    items: defaultdict[int, list[Item]] = defaultdict(list)
    gone: defaultdict[int, list[Item]] = defaultdict(list)
    free: defaultdict[int, list[int]] = defaultdict(list)
    mends: defaultdict[int, Counter[str]] = defaultdict(Counter)
    span = f"n >= {start} AND n < {stop}"
    for n, product, quantity, amount, discount, went, given in desk.db.execute(f"""
            SELECT n, product, pieces, amount, discount, gone, gift FROM sold JOIN listed USING (sku)
            WHERE {span} ORDER BY n, row""").fetchall():
        item = Item(product=product, quantity=quantity, amount=amount, discount=discount)
        items[n].append(item)
        if went is not None:
            gone[n].append(item if went == amount else Item(product=product, quantity=0, amount=went))
        if given:
            free[n].append(len(items[n]) - 1)
    for n, code, rows in desk.db.execute(f"SELECT n, code, rows FROM mends WHERE {span}").fetchall():
        mends[n][code] = rows
    for n, number, returned, happened, said_at, *rest in desk.db.execute(f"""
            SELECT n, number, returned, happened, state_at,
                CASE WHEN erased IS NULL OR happened > erased THEN identity END AS identity, currency, rate, gift,
                cancelled, coupons
            FROM documents LEFT JOIN numbered USING (namespace, claim) WHERE {span} ORDER BY n""").fetchall():
        known = dict(zip(WHAT, rest, strict=True))
        yield Document(
            n=n, number=number, returned=returned, at=utc(happened), state_at=said_at and utc(said_at),
            items=items[n], gone=gone[n], free=free[n], mends=mends.get(n), **known,
        )  # fmt: skip


WHAT = ("identity", "currency", "rate", "gift", "cancelled", "coupons")


def utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)


def write_orders(chunk: Sequence[Document], at: datetime, run: ImportRun) -> Tally:
    outcome = history.record([as_order(d) for d in chunk], source=run.source, at=at, imported=True, run=run)
    return tally(chunk, outcome, "orders")


def as_order(d: Document) -> OrderState:
    moment = d.state_at or d.at
    return OrderState(
        number=d.number,
        identity=d.identity,
        placed_at=d.at,
        currency=d.currency,
        rate=d.rate,
        items=d.items,
        coupons=d.coupons,
        gift=d.gift,
        free=[] if d.gift else d.free,
        cancelled_at=moment if d.cancelled else None,
        returned=[] if d.cancelled else d.gone,
        returned_at=moment if d.gone and not d.cancelled else None,
        state_at=d.state_at,
    )


def write_refunds(chunk: Sequence[Document], at: datetime, run: ImportRun) -> Tally:
    states = [RefundState(number=d.number, identity=d.identity, at=d.at, items=d.items) for d in chunk]
    return tally(chunk, history.refund(states, source=run.source, imported=True, run=run), "refunds")


def tally(chunk: Sequence[Document], outcome: history.Outcome, what: str) -> Tally:
    """Lines by what became of their documents; a mended line of an unchanged document is unchanged."""
    unchanged = set(outcome.unchanged)
    changed = [document for document in chunk if document.number not in unchanged]
    reasons = sum((document.mends for document in changed if document.mends), Counter())
    mended = reasons.total()
    return Tally(
        taken=sum(len(document.items) for document in changed) - mended,
        mended=mended,
        unchanged=sum(len(document.items) for document in chunk if document.number in unchanged),
        reasons=reasons,
        counts=Counter({what: len(changed)}),
    )


def foresee_orders(desk: Desk) -> Tally:
    mends = faults.reasons(desk, refused=False)
    lines, mended = desk.count("sold"), sum(mends.values())
    counts = {"orders": "documents WHERE NOT returned", "refunds": "documents WHERE returned", "products": "goods",
              "people": "(SELECT DISTINCT namespace, claim FROM documents WHERE claim IS NOT NULL)"}  # fmt: skip
    made = Counter({what: desk.count(table) for what, table in counts.items()})
    return Tally(taken=lines - mended, mended=mended, reasons=Counter(mends), counts=made)
