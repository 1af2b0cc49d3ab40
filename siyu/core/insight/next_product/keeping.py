"""The lists, kept as Parquet that is replaced by rename: readers see the old ones or the new ones."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.insight.arrival import coming_in
from siyu.core.insight.asof import resolve
from siyu.core.insight.facts import open_facts
from siyu.core.insight.next_product.model import EVERYBODY, ROW, NothingBought, learn, lists
from siyu.core.insight.next_product.words import reason
from siyu.kit import clock
from siyu.kit.refusals import Refused

FILE = "next_product.parquet"
KEPT = 20
"""Of each kind, a person."""


class NotFitted(Refused):
    code = "next_product_not_yet"
    status = 409


@dataclass(frozen=True)
class Fitted:
    as_of: datetime
    people: int
    products: int
    rows: int


def fit(as_of: datetime | None = None) -> Fitted:
    """Learn from all that was bought until then and keep everybody's list; default: now, or history's end."""
    as_of = resolve(as_of)
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    with open_facts(as_of) as db:
        model = learn(db, as_of)
        titles = db.sql("SELECT product, title FROM products").to_arrow_table()
    written = 0
    schema = ROW.with_metadata({"as_of": as_of.isoformat()})
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as file:
        for table in lists(model, KEPT):
            file.write_table(table.replace_schema_metadata(schema.metadata))
            written += table.num_rows
    pq.write_table(titles, unfinished.with_suffix(".titles"))
    unfinished.with_suffix(".titles").replace(titles_path())
    unfinished.replace(place)
    return Fitted(as_of, model.fresh.people, len(model.fresh.products), written)


def keep_fresh(at: datetime) -> int:
    """Fit once a brand day, where there is something to learn from; how many lists there are then. Else no work."""
    if coming_in(at):
        return 0
    as_of = resolve(None, at)
    zone = settings.SIYU.zone
    kept = fitted_as_of()
    if kept and clock.day_of(kept, zone) == clock.day_of(as_of, zone):
        return 0
    try:
        return fit(as_of).people
    except NothingBought:
        return 0


def recommend(person: int, k: int = 10, kind: str | None = None) -> list[dict[str, Any]]:
    """The person's next products, likeliest first, each with its reason; `kind`: only "again" or only "new".

    Of whom nothing is known gets what most people buy.
    """
    found = asked(person, k, kind) or asked(EVERYBODY, k, None)
    today = clock.day_of(fitted_as_of() or clock.now(), settings.SIYU.zone)
    return [said(row, today) for row in found]


def asked(person: int, k: int, kind: str | None) -> list[dict[str, Any]]:
    with lake.connect() as db:
        return (
            db.sql(
                f"""
            SELECT l.*, t.title, b.title AS because_title
            FROM {scan()} l LEFT JOIN read_parquet('{quoted(titles_path())}') t USING (product)
                LEFT JOIN read_parquet('{quoted(titles_path())}') b ON b.product = l.because
            WHERE l.person = $person AND ($kind IS NULL OR l.kind = $kind)
            ORDER BY l.score DESC, l.product LIMIT $k""",
                params={"person": person, "kind": kind, "k": k},
            )
            .to_arrow_table()
            .to_pylist()
        )


def said(row: dict[str, Any], today: date) -> dict[str, Any]:
    facts = ("product", "title", "kind")
    return {name: row[name] for name in facts} | {"score": round(row["score"], 4), "reason": reason(row, today)}


def recommend_all(k: int = 10) -> pa.Table:
    """Everybody's first `k`: person, rank, product, kind, score."""
    with lake.connect() as db:
        return db.sql(
            f"""
            SELECT person, row_number() OVER (PARTITION BY person ORDER BY score DESC, product) AS rank,
                product, kind, score
            FROM {scan()} WHERE person <> {EVERYBODY} QUALIFY rank <= $k ORDER BY person, rank""",
            params={"k": k},
        ).to_arrow_table()


def scan() -> str:
    """SQL for the kept lists, for a FROM clause."""
    if not path().exists():
        raise NotFitted("No next products yet: import orders, then `siyu recommend --fit` learns from them.")
    return f"read_parquet('{quoted(path())}')"


def fitted_as_of() -> datetime | None:
    """The moment that the kept lists are about."""
    if not path().exists():
        return None
    return datetime.fromisoformat(pq.read_metadata(path()).metadata[b"as_of"].decode()).astimezone(UTC)


def path() -> Path:
    return Path(settings.SIYU.home) / "derived" / FILE


def titles_path() -> Path:
    return path().with_name("next_product_titles.parquet")


def quoted(file: Path) -> str:
    return str(file).replace("'", "''")
