"""A catalogue from a file: the newest word on each product."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from siyu.core.eventlog.imports import Desk, Tally, faults
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.runs import Step
from siyu.core.eventlog.models import ImportRun
from siyu.features.commerce import history
from siyu.features.commerce.history import Description

CHUNK = 2_000
"""Products a transaction."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A catalogue without times has always held."""


def judge_products(desk: Desk) -> None:
    """Tables: lines (a row each, as read), faults, goods (the newest word on each product)."""
    desk.db.execute(f"""
        CREATE TABLE lines AS
        SELECT _row AS row, _broken AS broken, as_id({desk.text("sku")}) AS sku, {desk.text("title")} AS title,
            {desk.text("category")} AS category, {desk.text("department")} AS department, {desk.text("brand")} AS brand,
            {desk.raw("at")} AS at_said, moment({desk.text("at")}) AS happened
        FROM raw""")
    faults.find(desk, PRODUCT_CHECKS, "lines")
    since = f"'{(desk.options.said_at or EVER).astimezone(UTC):%Y-%m-%d %H:%M:%S}'::TIMESTAMP"
    desk.db.execute(f"""
        CREATE TABLE goods AS
        SELECT row_number() OVER (ORDER BY sku) - 1 AS n, * FROM (
            SELECT sku, coalesce(max(happened), {since}) AS since, count(*) AS rows,
                left(arg_max(title, age), 300) AS title, left(arg_max(category, age), 200) AS category,
                left(arg_max(department, age), 200) AS department, left(arg_max(brand, age), 200) AS brand
            FROM (SELECT *, (happened, row) AS age FROM lines)
            WHERE row NOT IN (SELECT row FROM faults WHERE refused) GROUP BY sku)""")


PRODUCT_CHECKS = (
    *faults.BROKEN,
    Check("product_missing", "sku IS NULL", "'the row names no product'"),
    Check("product_too_long", "length(sku) > 100", "'a product code has at most 100 characters'"),
    Check("date_unreadable", "happened IS NULL AND said(at_said) IS NOT NULL", "format('“{}” is not a date', at_said)"),
)


def product_steps(desk: Desk, done: int) -> Iterator[Step]:
    for start in range(done, product_total(desk), CHUNK):
        found = desk.db.execute(f"""
            SELECT n, sku, since, rows, title, category, department, brand FROM goods
            WHERE n >= {start} AND n < {start + CHUNK} ORDER BY n""").fetchall()
        yield Step(found[-1][0] + 1, partial(write_products, found))


def write_products(found: list[tuple], run: ImportRun) -> Tally:
    said = {sku: described(since, *facets) for _, sku, since, _, *facets in found}
    rows = {sku: count for _, sku, _, count, *_ in found}
    listing = history.list_products(said, source=run.source, imported=True)
    taken = sum(rows[sku] for sku in listing.changed)
    return Tally(taken=taken, unchanged=sum(rows.values()) - taken, counts=Counter(products=len(listing.changed)))


def foresee_products(desk: Desk) -> Tally:
    rows = desk.count("lines WHERE row NOT IN (SELECT row FROM faults)")
    return Tally(taken=rows, counts=Counter(products=desk.count("goods")))


def described(since: datetime, *facets: str | None) -> Description:
    title, category, department, brand = (facet or "" for facet in facets)
    return Description(at=since.replace(tzinfo=UTC), title=title, category=category, department=department, brand=brand)


def product_total(desk: Desk) -> int:
    return desk.count("goods")
