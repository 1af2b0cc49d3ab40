"""What is learnt at a moment, and the list of every person that follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings

from siyu.core.insight.next_product import again, fresh
from siyu.core.insight.next_product.bought import Bought, bought, prepare
from siyu.kit import clock
from siyu.kit.refusals import Refused

CHUNK = 1_000
"""People at a time."""
EVERYBODY = 0
"""The person whose list is for those of whom nothing is known."""
ROW = pa.schema(
    [
        ("person", pa.int64()),
        ("kind", pa.string()),  # again, new or popular
        ("product", pa.int64()),
        ("score", pa.float64()),  # how likely a purchase within the horizon is
        ("times", pa.int32()),
        ("every", pa.float64()),  # days from one purchase to the next
        ("last", pa.date32()),
        ("because", pa.int64()),
        ("lift", pa.float64()),
        ("share", pa.float64()),
    ]
)


class NothingBought(Refused):
    code = "nothing_bought"


@dataclass(frozen=True)
class Model:
    until: date
    """The day that has not begun."""
    known: Bought
    again: np.ndarray
    fresh: fresh.Fresh


def learn(db: duckdb.DuckDBPyConnection, as_of: datetime) -> Model:
    """From an `open_facts(as_of)` cursor, and the year before."""
    until = clock.day_of(as_of - timedelta(microseconds=1), settings.SIYU.zone) + timedelta(days=1)
    prepare(db, until)
    learnt = again.learn(bought(db, until - timedelta(days=again.HORIZON)))
    known = bought(db, until)
    if not len(known):
        raise NothingBought("Nobody has bought anything in the year before.")
    return Model(until, known, learnt, fresh.learn(known))


def lists(model: Model, most: int) -> Iterator[pa.Table]:
    """For everybody, then for every buyer by number: at most `most` products of each kind."""
    yield popular(model.fresh, most)
    people = np.unique(model.known.person)
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        span = slice(*np.searchsorted(model.known.person, [some[0], some[-1] + 1]))
        table = pa.concat_tables([again_rows(model, span, most), new_rows(model, some, most)])
        yield table.sort_by([("person", "ascending"), ("score", "descending"), ("product", "ascending")])


def again_rows(model: Model, span: slice, most: int) -> pa.Table:
    known = model.known.part(span)
    person, product, chance = known.person, known.product, again.chances(known, model.again)
    order = np.lexsort((product, -chance, person))
    rank = np.arange(len(order)) - np.searchsorted(person, person)  # both are sorted by person
    best = order[rank < most]
    times, last, first = known.times[best], known.last[best], known.first[best]
    return rows(
        person=person[best],
        kind="again",
        product=product[best],
        score=chance[best],
        times=times,
        every=np.where(times > 1, (first - last) / np.maximum(times - 1, 1), np.nan),
        last=np.datetime64(model.until) - last.astype("timedelta64[D]"),
    )


def new_rows(model: Model, people: np.ndarray, most: int) -> pa.Table:
    found = fresh.offer(model.fresh, fresh.owned(model.known, people, model.fresh.products), people, most)
    return rows(
        person=found.person,
        kind="new",
        product=found.product,
        score=found.score,
        because=found.because,
        lift=found.lift,
        share=found.share,
    )


def popular(model: fresh.Fresh, most: int) -> pa.Table:
    share = model.share
    best = np.argsort(-share, kind="stable")[:most]
    return rows(
        person=np.full(len(best), EVERYBODY),
        kind="popular",
        product=model.products[best],
        score=share[best] * fresh.SOON,
        share=share[best],
    )


def rows(*, kind: str, **columns: np.ndarray) -> pa.Table:
    length = len(columns["person"])
    filled = {
        field.name: pa.array(columns[field.name], field.type, from_pandas=True)
        if field.name in columns
        else pa.nulls(length, field.type)
        for field in ROW
        if field.name != "kind"
    }
    filled["kind"] = pa.repeat(pa.scalar(kind), length)
    return pa.table([filled[name] for name in ROW.names], schema=ROW)
