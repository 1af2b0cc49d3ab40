"""Orders come in from files, whole or not at all, and say what became of every row."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.models import Entry
from siyu.core.insight.facts import open_facts
from siyu.core.people.models import Edge, Identity
from siyu.features.commerce import imports
from siyu.features.commerce.models import Line, Order, OrderVersion, Refund, RefundLine
from siyu.kit.refusals import Refused

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
HEAD = "order_id,customer_id,order_date,sku,quantity,unit_price"
GOOD = [
    "1,alice,2026-01-01 10:00,tea,2,12.50",
    "1,alice,2026-01-01 10:00,cup,1,8.005",
    "2,bob,2026-01-02 11:00,tea,1,12.50",
]


def take(path: Path, kind=imports.orders, preview=False, **said):
    return carry(kind, path, options=Options(**said), at=NOW, preview=preview)


def sheet(folder: Path, *rows: str, head: str = HEAD, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return path


def refused_rows(report) -> list[dict]:
    with open(report.refused_file, newline="") as file:
        return list(csv.DictReader(file))


def test_it_works(tmp_path):
    report = take(sheet(tmp_path, *GOOD))
    assert (report.rows, report.taken, report.mended, report.refused) == (3, 3, 0, 0)
    assert (report.orders, report.people, report.products) == (2, 2, 2)
    assert dict(Order.objects.values_list("number", "amount")) == {"1": 2500 + 801, "2": 1250}
    drain_all()
    with open_facts() as db:
        assert db.execute("SELECT count(*), sum(amount)::BIGINT FROM orders").fetchall() == [(2, 4551)]
    assert not Entry.objects.filter(imported=False).exists()


def test_the_same_file_again_changes_nothing(tmp_path):
    path = sheet(tmp_path, *GOOD)
    take(path)
    entries = Entry.objects.count()
    again = take(path)
    assert again.repeated
    assert (again.taken, again.unchanged) == (0, 3)
    copy = take(sheet(tmp_path, *GOOD, "", name="copy.csv"))
    assert (copy.repeated, copy.taken, copy.unchanged, copy.orders) == (False, 0, 3, 0)
    assert Entry.objects.count() == entries


def test_a_newer_state_corrects_and_an_older_one_does_not_come_back(tmp_path):
    take(sheet(tmp_path, *GOOD))
    newer = sheet(tmp_path, "1,alice,2026-01-01 10:00,tea,1,12.50", name="newer.csv")
    assert take(newer).orders == 1
    assert Order.objects.get(number="1").amount == 1250
    assert Line.objects.filter(order__number="1").count() == 1
    assert take(sheet(tmp_path, *GOOD, "", name="older.csv")).unchanged == 3
    assert Order.objects.get(number="1").amount == 1250
    assert OrderVersion.objects.count() == 1
    assert Entry.objects.filter(name="order.corrected").count() == 1


def test_the_time_of_a_state_decides_where_it_is_given(tmp_path):
    head = HEAD + ",updated_at,status"
    row = "1,alice,2026-01-01,tea,{},10,2026-02-0{},{}"
    take(sheet(tmp_path, row.format(2, 2, "paid"), head=head))
    assert take(sheet(tmp_path, row.format(5, 1, "paid"), head=head, name="older.csv")).unchanged == 1
    assert take(sheet(tmp_path, row.format(3, 3, "已取消"), head=head, name="newer.csv")).orders == 1
    assert Order.objects.get().cancelled_at == datetime(2026, 2, 3, tzinfo=UTC)
    assert Entry.objects.filter(name="order.cancelled").count() == 1
    assert take(sheet(tmp_path, row.format(3, 4, "已取消"), head=head, name="touched.csv")).unchanged == 1
    assert Order.objects.get().state_at == datetime(2026, 2, 4, tzinfo=UTC)


def test_an_order_is_whole_or_absent(tmp_path):
    report = take(
        sheet(
            tmp_path, *GOOD, "1,alice,2026-01-01 10:00,pot,one,30", ",carol,2026-01-01,tea,1,1", "3,dave,soon,tea,1,1"
        )
    )
    assert (report.rows, report.taken, report.refused) == (6, 1, 5)
    assert report.reasons == {"order_incomplete": 2, "quantity_unreadable": 1, "order_missing": 1, "date_unreadable": 1}
    assert list(Order.objects.values_list("number", flat=True)) == ["2"]
    rows = refused_rows(report)
    assert [(row["row"], row["reason_code"]) for row in rows] == [
        ("2", "order_incomplete"),
        ("3", "order_incomplete"),
        ("5", "quantity_unreadable"),
        ("6", "order_missing"),
        ("7", "date_unreadable"),
    ]
    assert rows[0]["reason"] == "row 5 of the same order is refused"
    assert rows[0]["sku"] == "tea"


def test_returns_find_their_sale(tmp_path):
    report = take(
        sheet(
            tmp_path,
            *GOOD,
            "C9,alice,2026-01-05,tea,-1,12.50",
            "C8,bob,2026-01-01,tea,-1,12.50",
            "C7,,2026-01-06,tea,-3,0",
        )
    )
    assert (report.taken, report.mended, report.orders, report.refunds) == (4, 2, 2, 3)
    assert report.reasons == {"sale_not_found": 1, "write_off": 1}
    back = Refund.objects.get(number="C9")
    assert (back.amount, back.order.number) == (1250, "1")
    assert RefundLine.objects.get(refund=back).line == Line.objects.get(order__number="1", ordinal=0)
    assert Refund.objects.get(number="C8").order is None


def test_other_currencies_need_a_rate(tmp_path):
    path = sheet(tmp_path, *[row + ",EUR" for row in GOOD], head=HEAD + ",currency")
    assert take(path, preview=True).reasons == {"currency_without_rate": 3}
    report = take(path, rates={"EUR": Decimal("7.8")})
    assert report.refused == 0
    order = Order.objects.get(number="2")
    assert (order.amount, order.currency, order.rate) == (9750, "EUR", Decimal("7.8"))


def test_an_order_of_two_buyers_is_refused(tmp_path):
    report = take(sheet(tmp_path, *GOOD, "2,carol,2026-01-02 11:00,cup,1,8"))
    assert report.reasons == {"two_buyers": 2}
    assert list(Order.objects.values_list("number", flat=True)) == ["1"]


def test_orders_of_nobody_and_gifts_are_kept_apart(tmp_path):
    report = take(sheet(tmp_path, "1,,2026-01-01,tea,1,5", "2,alice,2026-01-01,card,1,0", "3,0,2026-01-01,tea,1,5"))
    assert (report.taken, report.mended, report.reasons) == (2, 1, {"buyer_unusable": 1})
    assert list(Order.objects.order_by("number").values_list("number", "identity__value", "gift")) == [
        ("1", None, False),
        ("2", "alice", True),
        ("3", None, False),
    ]
    assert sorted(Entry.objects.filter(name__in=["order.placed", "gift.sent"]).values_list("name", flat=True)) == [
        "gift.sent",
        "order.placed",
        "order.placed",
    ]


def gifts() -> list[list[int]]:
    """Quantities of each time that gifts were told."""
    bodies = Entry.objects.filter(name="gift.sent").order_by("pk").values_list("body", flat=True)
    return [[item["quantity"] for item in json.loads(body)["items"]] for body in bodies]


def test_a_correction_tells_gifts_only_where_they_are_others(tmp_path):
    order, card = "1,alice,2026-01-01,tea,1,5", "1,alice,2026-01-01,card,1,0"
    take(sheet(tmp_path, order, card))
    assert gifts() == [[1]]
    take(sheet(tmp_path, order.replace("1,5", "2,5"), card, name="more tea.csv"))
    assert gifts() == [[1]]
    take(sheet(tmp_path, order, card.replace("1,0", "3,0"), name="more cards.csv"))
    assert gifts() == [[1], [3]]
    take(sheet(tmp_path, order.replace("1,5", "4,5"), name="no card.csv"))
    assert gifts() == [[1], [3], []]


def test_a_return_that_changes_is_said_again_and_counts_once(tmp_path):
    take(sheet(tmp_path, *GOOD, "C9,alice,2026-01-05,tea,-1,12.50"))
    take(sheet(tmp_path, "C9,alice,2026-01-05,tea,-2,12.50", "9,alice,2026-01-05,tea,1,1", name="more.csv"))
    drain_all()
    with open_facts() as db:
        assert db.execute("SELECT amount FROM refunds").fetchall() == [(2500,)]
    assert Refund.objects.get().lines.count() == 1


def test_what_went_back_by_its_status_is_a_refund(tmp_path):
    head = HEAD + ",status"
    report = take(
        sheet(
            tmp_path,
            "1,alice,2026-01-01,tea,1,5,paid",
            "1,alice,2026-01-01,cup,1,7,已退款",
            "2,bob,2026-01-01,tea,1,5,待付款",
            head=head,
        )
    )
    assert report.reasons == {"not_paid": 1}
    assert Order.objects.get().amount == 1200
    assert list(Refund.objects.values_list("number", "amount", "order__number")) == [("1", 700, "1")]


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ("", {}, "file_empty"),
        (HEAD + "\n", {}, "file_empty"),
        ("order_id,customer_id\n1,2\n", {}, "column_missing"),
        (HEAD + "\n" + GOOD[0], {"mapping": {"sku": ("nowhere",)}}, "column_unknown"),
        (HEAD + "\n" + GOOD[0], {"mapping": {"colour": ("sku",)}}, "field_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_code(tmp_path, text, said, code):
    path = tmp_path / "orders.csv"
    path.write_text(text)
    with pytest.raises(Refused) as refusal:
        take(path, **said)
    assert refusal.value.code == code


def test_a_preview_changes_nothing(tmp_path):
    report = take(sheet(tmp_path, *GOOD, "4,x,never,tea,1,1"), preview=True)
    assert (report.run, report.taken, report.refused, report.orders) == (None, 3, 1, 2)
    assert not Order.objects.exists()
    assert not Entry.objects.exists()


def test_a_buyer_with_a_phone_is_one_person_and_orders_hang_on_the_buyer(tmp_path):
    head = "order_id,customer_id,phone,order_date,sku,quantity,unit_price"
    take(
        sheet(
            tmp_path,
            "1,alice,13800000001,2026-01-01,tea,1,5",
            "2,alice,138****0001,2026-01-02,tea,1,5",
            "3,bob,13800000002,2026-01-02,tea,1,5",
            head=head,
        )
    )
    known = {(i.namespace, i.value): i for i in Identity.objects.all()}
    alice, phone, bob = known["shop", "alice"], known["phone", "13800000001"], known["shop", "bob"]
    assert alice.person_id == phone.person_id != bob.person_id
    assert set(Order.objects.values_list("number", "identity")) == {("1", alice.pk), ("2", alice.pk), ("3", bob.pk)}
    assert set(Edge.objects.values_list("rule", "at")) == {
        ("order", datetime(2026, 1, 1, tzinfo=UTC)),
        ("order", datetime(2026, 1, 2, tzinfo=UTC)),
    }
