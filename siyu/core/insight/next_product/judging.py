"""Does the list hold what people then buy? Against popularity, and against each person's own habit.

Who counts: everybody who had bought before `train_until` and bought something between the two days. What counts: the
different products of those purchases, whether the model knew the product or not.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from siyu.core.insight.facts import open_facts
from siyu.core.insight.next_product import fresh
from siyu.core.insight.next_product.model import CHUNK, Model, learn, lists
from siyu.kit.refusals import Refused


class NothingToJudge(Refused):
    code = "nothing_to_judge"


def evaluate(
    *, train_until: datetime, test_until: datetime, k: int = 10, resamples: int = 1_000, seed: int = 1
) -> dict[str, Any]:
    """Recall, precision and hit rate of the first `k`, each [value, low, high] by a seeded bootstrap over people.

    `all`: any product; against popularity and against "habit", what the person bought on most days. `new`: products
    that the person had not bought before; against the most popular of those.
    """
    with open_facts(test_until) as db:
        future(db, train_until)
        with open_facts(train_until) as then:
            model = learn(then, train_until)
        db.register("known", pa.table({"person": model.known.person, "product": model.known.product}))
        offered = {
            "all": {"ours": ours(model, k), "popularity": popularity(model, k), "habit": habit(model, k)},
            "new": {"ours": ours(model, k, "new"), "popularity": popularity(model, k, new=True)},
        }
        judged = {}
        for which, tables in offered.items():
            ask(db, new=which == "new")
            seen = {name: hits(db, table, k) for name, table in tables.items()}
            judged[which] = verdict(seen, np.random.default_rng(seed), resamples)
    if not judged["all"]["people"]:
        raise NothingToJudge("nobody who was known has bought anything between the two days")
    return {"train_until": train_until, "test_until": test_until, "k": k} | judged


def future(db: duckdb.DuckDBPyConnection, since: datetime) -> None:
    db.execute(
        """CREATE TEMP TABLE future AS SELECT DISTINCT person, product FROM sales
        WHERE person IS NOT NULL AND product IS NOT NULL AND happened_at >= $since::TIMESTAMPTZ::TIMESTAMP""",
        {"since": since},
    )


def ours(model: Model, k: int, kind: str | None = None) -> pa.Table:
    found = pa.concat_tables(lists(model, k))
    with duckdb.connect() as db:
        db.register("found", found)
        return db.sql(
            """SELECT person, product FROM found WHERE $kind IS NULL OR kind = $kind
            QUALIFY row_number() OVER (PARTITION BY person ORDER BY score DESC, product) <= $k""",
            params={"kind": kind, "k": k},
        ).to_arrow_table()


def habit(model: Model, k: int) -> pa.Table:
    """What the person bought on most days; among equals what most people buy."""
    known = model.known
    order = np.lexsort((known.product, -known.every_buyer, -known.times, known.person))
    rank = np.arange(len(order)) - np.searchsorted(known.person, known.person)
    best = order[rank < k]
    return pa.table({"person": known.person[best], "product": known.product[best]})


def popularity(model: Model, k: int, *, new: bool = False) -> pa.Table:
    return pa.concat_tables(
        pa.table({"person": people, "product": products}) for people, products in popular(model, k, new)
    )


def popular(model: Model, k: int, new: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    ranked = np.argsort(-model.fresh.buyers, kind="stable")
    everybody = np.unique(model.known.person)
    for start in range(0, len(everybody), CHUNK):
        people = everybody[start : start + CHUNK]
        free = np.ones((len(people), len(ranked)), bool)
        if new:
            free = ~fresh.owned(model.known, people, model.fresh.products)[:, ranked].toarray().astype(bool)
        rows, columns = np.nonzero(free & (np.cumsum(free, axis=1) <= k))
        yield people[rows], model.fresh.products[ranked[columns]]


def ask(db: duckdb.DuckDBPyConnection, *, new: bool) -> None:
    """Make the table `wanted`: what those who were known then bought."""
    leave_out = "EXCEPT SELECT person, product FROM known" if new else ""
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT person, product FROM future WHERE person IN (SELECT person FROM known) {leave_out}""")


def hits(db: duckdb.DuckDBPyConnection, offered: pa.Table, k: int) -> np.ndarray:
    """Of everybody who wanted something, by person: recall, precision, whether there was a hit, how much was wanted."""
    db.register("offered", offered)
    found = db.execute(
        """SELECT count(*) AS bought, count(o.person) AS hits FROM wanted
        LEFT JOIN offered o USING (person, product) GROUP BY person ORDER BY person"""
    ).fetchnumpy()
    bought, hit = found["bought"], found["hits"]
    return np.stack([hit / bought, hit / k, hit > 0, bought], axis=1)


def verdict(seen: dict[str, np.ndarray], chance: np.random.Generator, resamples: int) -> dict[str, Any]:
    ours = seen["ours"]
    counts = {"people": len(ours), "bought": int(ours[:, 3].sum())}
    if not len(ours):
        return counts | {"by": {}, "times_popularity": {}}
    draws = [chance.integers(0, len(ours), len(ours)) for _ in range(resamples)]
    drawn = {name: resampled(values[:, :3], draws) for name, values in seen.items()}
    return counts | {
        "by": {name: named(figures) for name, figures in drawn.items()},
        "times_popularity": named(drawn["ours"] / np.maximum(drawn["popularity"], 1e-9)),
    }


def resampled(values: np.ndarray, draws: list[np.ndarray]) -> np.ndarray:
    """Means over people; the first row is what was seen."""
    return np.stack([values.mean(axis=0), *(values[draw].mean(axis=0) for draw in draws)])


def named(drawn: np.ndarray) -> dict[str, list[float]]:
    low, high = np.quantile(drawn[1:], [0.025, 0.975], axis=0)
    spans = zip(drawn[0], low, high, strict=True)
    return dict(zip(("recall", "precision", "hit_rate"), ([round(float(v), 4) for v in s] for s in spans), strict=True))
