"""A file says the same in whatever format and encoding it comes; what cannot be read is refused with its row."""

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.core.eventlog.imports import Options, carry, macros
from siyu.features.commerce.imports import orders
from siyu.features.commerce.models import Line, Order, Refund
from siyu.kit import tables
from siyu.kit.refusals import Refused

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HEAD = ["订单编号", "买家昵称", "下单时间", "商品编码", "商品名称", "数量", "单价", "优惠金额"]
ROWS = [
    ["1001", "林悦", "2026-01-01 10:00:00", "A1", "茶，“明前”", "2", "12.5", "1.005"],
    ["1001", "林悦", "2026-01-01 10:00:00", "A1", "茶，“明前”", "2", "12.5", "1.005"],
    ["1002", "周然", "2026-01-02 23:30:00", "B2", "杯\n子", "1", "99", ""],
    ["1003", "周然", "没有", "B2", "杯\n子", "1", "99", ""],
    ["C1002", "周然", "2026-01-03 09:00:00", "B2", "杯\n子", "-1", "99", ""],
]
database = pytest.mark.django_db(databases="__all__", transaction=True)


def as_csv(path: Path, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEAD, *ROWS])
    return path


def as_xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, HEAD)
        for place, row in enumerate(ROWS, 1):
            for column, cell in enumerate(row):
                if column == 2 and cell[0] == "2":
                    sheet.write_datetime(place, column, datetime.fromisoformat(cell), moment)
                elif column in (0, 5, 6, 7) and cell and cell[0] != "C":
                    sheet.write_number(place, column, float(cell))
                else:
                    sheet.write_string(place, column, cell)
    return path


def as_ndjson(path: Path) -> Path:
    path.write_text("\n".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in ROWS))
    return path


def as_parquet(path: Path) -> Path:
    cells = ", ".join(f"({', '.join(repr(c).replace(chr(92) + 'n', chr(10)) for c in row)})" for row in ROWS)
    names = ", ".join(f'"{name}"' for name in HEAD)
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {cells}) AS t ({names})) TO '{path}' (FORMAT parquet)")
    return path


FORMATS = {
    "utf-8.csv": as_csv,
    "bom.csv": lambda path: as_csv(path, "utf-8-sig"),
    "gb18030.csv": lambda path: as_csv(path, "gb18030"),
    "utf-16.csv": lambda path: as_csv(path, "utf-16"),
    "orders.xlsx": as_xlsx,
    "orders.ndjson": as_ndjson,
    "orders.parquet": as_parquet,
}


def take(path: Path, **said):
    return carry(orders, path, options=Options(zone="Asia/Shanghai", **said), at=NOW)


@database
def test_every_format_says_the_same(tmp_path):
    for name, write in FORMATS.items():
        report = take(write(tmp_path / name), source=name)
        assert (report.rows, report.taken, report.mended, report.refused) == (5, 4, 0, 1), name
        assert report.reasons == {"date_unreadable": 1}
        assert Path(report.refused_file).suffix == Path(name).suffix
        found = list(
            Order.objects.filter(source=name)
            .order_by("number")
            .values_list("number", "amount", "discount", "placed_at")
        )
        assert found == [
            ("1001", 4800, 202, datetime(2026, 1, 1, 2, tzinfo=UTC)),
            ("1002", 9900, 0, datetime(2026, 1, 2, 15, 30, tzinfo=UTC)),
        ], name
        assert Line.objects.filter(order__source=name, order__number="1001").count() == 2
        assert Refund.objects.get(source=name).order.number == "1002"
        again = take(Path(report.refused_file), source=name)
        assert (again.rows, again.refused, again.reasons) == (1, 1, {"date_unreadable": 1}), name


@database
def test_what_plain_words_name_is_read_and_what_was_not_is_said(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("Order,Person,Date,Product,Price,Shelf\n1,lin,2026-01-01,tea,9.90,B 7\n")

    report = carry(orders, path, options=Options(source="shop"), at=NOW)

    assert (report.taken, report.people, report.products, report.unread) == (1, 1, 1, ["Shelf"])


@database
def test_refused_rows_of_a_chinese_file_are_written_in_its_encoding(tmp_path):
    report = take(as_csv(tmp_path / "orders.csv", "gb18030"))
    assert "周然" in Path(report.refused_file).read_text("gb18030")


@database
def test_a_row_that_is_broken_is_refused_and_the_others_are_not(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(
        b"order_id,customer_id,date,sku,qty,price\n"
        b"1,alice,2026-01-01,tea,1,10\n"
        b"2,bob,2026-01-01,tea,1\n"
        b"3,carol,2026-01-01,tea,1,10,too,many\n"
        b'4,dave,2026-01-01,"tea,1,10\n'
        b"5,\xe6\x9e\x97,2026-01-01,tea,1,10\n"
        b"6,\xff\xfe,2026-01-01,tea,1,10\n"
        b"7,erin,2026-01-01,tea,1,10\n"
    )
    report = take(path)
    assert report.reasons == {"row_malformed": 3, "encoding_wrong": 1}
    assert list(Order.objects.order_by("number").values_list("number", flat=True)) == ["1", "5", "7"]
    with open(report.refused_file, newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["3", "4", "5", "7"]


@database
@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("orders.csv", b"a,b\n\x81\x20,\xff\xff\n", "encoding_unknown"),
        ("orders.pdf", b"%PDF", "format_unknown"),
        ("orders.parquet", b"no parquet", "file_unreadable"),
        ("orders.xlsx", b"no workbook", "file_unreadable"),
        ("orders.ndjson", b"[1]\n", "file_empty"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, name, body, code):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(Refused) as refusal:
        take(tmp_path / name)
    assert refusal.value.code == code


@pytest.fixture(scope="module")
def read():
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    macros.define(db, zone="Asia/Shanghai")
    return lambda macro, text: db.execute(f"SELECT {macro}(?)", [text]).fetchone()[0]


AMOUNTS = st.decimals(min_value=-9_999_999, max_value=9_999_999, places=4)
WAYS = [
    str,
    lambda x: f"{x:,}",
    lambda x: f" ￥{x:,} ",
    lambda x: f"{x}元",
    lambda x: f"({-x})" if x < 0 else f"${x}",
    lambda x: f"{abs(x)}-" if x < 0 else f"+{x}",
    lambda x: str(x).translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－")),
]


@settings(max_examples=60, deadline=None)
@given(amount=AMOUNTS, way=st.sampled_from(WAYS))
def test_an_amount_is_read_however_it_is_written(read, amount, way):
    assert read("amount", way(amount)) == amount


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=12))
def test_what_is_no_amount_is_never_a_guess(read, text):
    if not any(letter.isdigit() for letter in text):
        assert read("amount", text) is None


@settings(max_examples=60, deadline=None)
@given(amount=st.decimals(min_value=0, max_value=10_000, places=6), pieces=st.integers(1, 999))
def test_money_is_rounded_once_and_halves_go_up(read, amount, pieces):
    exact = (amount * pieces * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    said = f"e9({amount}::DECIMAL(22, 9)) * {pieces} * 1000"
    assert read(f"in_minor({said}, 10000000000::HUGEINT, 2) + length", "") == int(exact)


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1)).map(lambda at: at.replace(microsecond=0))
WRITTEN = [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S",
    "%m/%d/%Y %H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.000",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(at=MOMENTS, way=st.sampled_from(WRITTEN))
def test_a_naive_time_is_one_of_the_zone(read, at, way):
    if at.year >= 1992:  # no summer time in Shanghai since
        assert read("moment", at.strftime(way)) == at - timedelta(hours=8)


@settings(max_examples=40, deadline=None)
@given(at=MOMENTS, way=st.sampled_from(["{}Z", "{}+00:00", "{} UTC", "{}+0000", "{}.000Z"]))
def test_a_time_with_a_zone_keeps_it(read, at, way):
    assert read("moment", way.format(at.isoformat(" "))) == at
    assert read("moment", str(int(at.replace(tzinfo=UTC).timestamp()))) in (at, None) or at.timestamp() < 1e9


@database
def test_a_workbook_too_large_to_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_SHEET", 500)
    with pytest.raises(Refused) as refused:
        carry(orders, as_xlsx(tmp_path / "orders.xlsx"), options=Options(), at=NOW)
    assert refused.value.code == "workbook_too_large"


def test_rows_of_a_workbook_are_numbered_as_in_the_sheet(tmp_path):
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("empty")
        sheet = book.add_worksheet("orders")
        sheet.write_row(2, 1, ["order", "amount"])
        sheet.write_row(5, 1, ["1001", 12.5])
    assert list(tables.sheet_rows(tables.File(path, "xlsx"))) == [
        (3, None, ["order", "amount"]),
        (6, None, ["1001", "12.5"]),
    ]
