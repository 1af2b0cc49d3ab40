"""The importer's hard case: a gift shop's year, with returns, nobody's purchases, gifts and write-offs."""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from django.conf import settings

from siyu.core.eventlog.imports import Options, carry
from siyu.features.commerce.imports import orders
from siyu.features.commerce.models import Order, Refund

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[2] / ".." / "shared"))
FILE = SHARED / "data" / "online_retail" / "online_retail.parquet"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.skipif(not FILE.exists(), reason=f"the data of Online Retail is not at {FILE}"),
]


def take(path: Path, preview: bool = False):
    options = Options(source="retail", zone="Europe/London", currency=settings.SIYU.currency)
    return carry(orders, path, options=options, at=NOW, preview=preview)


def test_every_row_of_the_year_is_judged():
    """All 541,909 rows are judged; writing them is the bench's and the demo's work."""
    report = take(FILE, preview=True)
    assert report.rows == 541_909 == report.taken + report.mended + report.refused
    with_buyer, without = 1_306, 383
    assert report.reasons == {"price_negative": 2, "sale_not_found": with_buyer + without, "write_off": 1_336}
    assert (report.refunds, report.people, report.products) == (5_172, 4_372, 4_070)


def test_what_is_written_is_what_was_foreseen(tmp_path):
    """The first fortnight, into the tables."""
    path = tmp_path / "fortnight.parquet"
    rows = f"FROM '{FILE}' WHERE InvoiceDate < '2010-12-15'"
    duckdb.sql(f"COPY (SELECT * {rows}) TO '{path}' (FORMAT parquet)")
    foreseen, report = take(path, preview=True), take(path)
    what = ("rows", "taken", "mended", "refused", "reasons", "orders", "refunds", "people", "products")
    assert {name: getattr(report, name) for name in what} == {name: getattr(foreseen, name) for name in what}
    sold, buyers, invoices = duckdb.sql(f"""
        SELECT sum(round(Quantity * UnitPrice::DECIMAL(18, 4), 2) * 100)::BIGINT, count(DISTINCT CustomerID),
            count(DISTINCT InvoiceNo)
        {rows} AND CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0""").fetchall()[0]
    known = Order.objects.filter(gift=False).exclude(identity=None)
    assert sum(known.values_list("amount", flat=True)) == sold
    assert known.values("identity").distinct().count() == buyers
    assert known.count() == invoices
    returned = duckdb.sql(f"SELECT count(DISTINCT InvoiceNo) {rows} AND Quantity < 0").fetchall()[0][0]
    assert Refund.objects.count() == returned
