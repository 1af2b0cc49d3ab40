# ruff: noqa: E501  rows stand as they come
"""Exports of Chinese platforms as they come: their columns, their words, their encodings, their guards and masks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from siyu.core.eventlog.imports import Options, carry
from siyu.core.people.models import Identity
from siyu.features.commerce.imports import orders
from siyu.features.commerce.models import Order, Refund, RefundLine
from siyu.kit.refusals import Refused

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 5, 9, tzinfo=UTC)

TAOBAO = """子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,订单状态,商家编码,支付单号,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间
="3001001",="3001","绿茶 明前",129.00,2,,颜色:绿,"卖家已发货,等待买家确认",GT-01,,"1,258.00",1268.00,没有申请退款,0.00,2026-05-01 10:00:00,2026-05-01 10:01:00
'3001002,'3001,茶杯,30.00,1,,,"卖家已发货,等待买家确认",CUP,,30.00,30.00,退款成功,10.00,2026-05-01 10:00:00,2026-05-01 10:01:00
\t3002\t,\t3002\t,绿茶 明前,129.00,1,,,等待买家付款,GT-01,,129.00,0.00,没有申请退款,,2026-05-01 11:00:00,
3003,3003,绿茶 明前,129.00,1,,,交易关闭,GT-01,,129.00,0.00,没有申请退款,,2026-05-01 12:00:00,
3004,3004,绿茶 明前,129.00,1,,,交易关闭,GT-01,,129.00,129.00,退款成功,129.00,2026-05-01 13:00:00,2026-05-01 13:01:00
"""
DOUYIN = """主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,收件人手机号,订单提交时间,支付完成时间,订单状态,售后状态
69201\t,69201A\t,绿茶,大,2\t,3711\t,GT-01,¥60.00,¥116.00,¥6.00,¥10.00,138****0001,2026-05-01 10:00:00\t,2026-05-01 10:00:05\t,已发货,-
69201\t,69201B\t,茶杯,小,1\t,3712\t,CUP,¥30.00,¥30.00,0,0,138****0001,2026-05-01 10:00:00\t,2026-05-01 10:00:05\t,已发货,退款成功
69202\t,69202\t,绿茶,大,1\t,3711\t,GT-01,¥60.00,¥60.00,0,0,139****0002,2026-05-01 11:00:00\t,-,已关闭,-
69203\t,69203\t,绿茶,大,1\t,3711\t,GT-01,¥60.00,¥60.00,0,0,139****0002,2026-05-01 12:00:00\t,,待支付,-
"""
XIAOHONGSHU = [
    ["订单号", "订单状态", "售后状态", "订单创建时间", "支付时间", "商品名称", "商家编码", "SKU规格", "SKU件数",
     "商品总价(元)", "商家应收金额(元)（支付金额）", "用户应付金额(元)"],
    ["P7001", "已完成", "无售后", "2026-05-01 10:00:00", "2026-05-01 10:02:00", "绿茶", "GT-01", "大", "2", "120.00", "108.00", "98.00"],
    ["P7002", "已取消", "售后完成", "2026-05-01 10:00:00", "2026-05-01 10:02:00", "绿茶", "GT-01", "大", "1", "60", "60", "60"],
    ["P7003", "待付款", "", "2026-05-01 10:00:00", "", "绿茶", "GT-01", "大", "1", "60", "60", "60"],
]  # fmt: skip
YOUZAN = """订单号,买家手机号,买家昵称,订单创建时间,买家付款时间,订单状态,商品名称,规格编码,商品单价,商品数量,店铺优惠（分摊）,商品实际成交金额,商品退款状态,商品已退款金额
E2026050100001,13800000001,茶友,2026-05-01 10:00:00,2026-05-01 10:00:09,交易完成,绿茶,GT-01,60.00,2,20.00,100.00,无退款,0.00
E2026050100001,13800000001,茶友,2026-05-01 10:00:00,2026-05-01 10:00:09,交易完成,茶杯,CUP,30.00,1,0.00,30.00,全额退款,30.00
E2026050100002,139****0002,茶友,2026-05-01 11:00:00,,待付款,绿茶,GT-01,60.00,1,0.00,60.00,,
"""
YOUZAN_ORDERS = """订单号,买家手机号,订单创建时间,买家付款时间,订单状态,商品名称,商品数量,运费,应收订单金额,订单实付金额,订单已退款金额
E1,13800000001,2026-05-01 10:00:00,2026-05-01 10:00:09,商家已发货,绿茶,2,10.00,140.00,140.00,13.00
E1,13800000001,2026-05-01 10:00:00,2026-05-01 10:00:09,商家已发货,茶杯,1,10.00,140.00,140.00,13.00
"""
TAOBAO_ORDERS = """订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝总数量,退款金额
="4001",t**茶,100.00,8.00,108.00,108.00,交易成功,'13800000001,2026-05-01 10:00:00,2026-05-01 10:00:09,绿茶，茶杯,3,20.00
="4002",林悦,60.00,0.00,60.00,60.00,交易成功,'138****0001,2026-05-01 10:00:00,2026-05-01 10:00:09,绿茶,1,0.00
"""


def sheet(folder: Path, text: str, name: str = "export.csv", encoding: str = "gb18030") -> Path:
    path = folder / name
    path.write_text(text, encoding, newline="\r\n")
    return path


def book(folder: Path, rows: list[list[str]]) -> Path:
    path = folder / "export.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        page = out.add_worksheet()
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
    return path


def take(path: Path, *, preview: bool = False, **said):
    options = Options(zone="Asia/Shanghai", **({"source": "s"} | said))
    return carry(orders, path, options=options, at=NOW, preview=preview)


def sold(number: str) -> list[tuple]:
    lines = Order.objects.get(number=number).lines.order_by("ordinal")
    return list(lines.values_list("product__sku", "quantity", "amount"))


def test_taobao_items(tmp_path):
    report = take(sheet(tmp_path, TAOBAO))
    assert (report.preset, report.rows, report.taken, report.refused) == ("taobao-items", 5, 3, 0)
    assert (report.skipped, report.reasons, report.refused_file) == (2, {"not_paid": 1, "never_paid": 1}, "")
    assert sold("3001") == [("GT-01", 2, 125800), ("CUP", 1, 3000)]
    assert Order.objects.get(number="3001").placed_at == datetime(2026, 5, 1, 2, tzinfo=UTC)
    assert Order.objects.get(number="3004").cancelled_at
    back = RefundLine.objects.get()
    assert (back.amount, back.quantity, back.refund.order.number, back.line.product.sku) == (1000, 0, "3001", "CUP")


def test_the_next_days_export_corrects_what_has_changed(tmp_path):
    first = TAOBAO
    take(sheet(tmp_path, first))
    later = (
        first.replace("卖家已发货,等待买家确认", "交易成功")
        .replace("等待买家付款", "交易成功")
        .replace("11:00:00,\n", "11:00:00,2026-05-01 11:01:00\n")
        .replace("退款成功,10.00", "退款成功,30.00")
    )
    report = take(sheet(tmp_path, later, "next.csv"))
    assert (report.taken, report.unchanged, report.skipped) == (3, 1, 1)
    assert Order.objects.count() == 3 and sold("3002") == [("GT-01", 1, 12900)]
    assert [(line.amount, line.quantity) for line in RefundLine.objects.all()] == [(3000, 1)]
    again = take(sheet(tmp_path, first + "\n", "first-again.csv"))
    assert again.taken == 0 and Refund.objects.get().amount == 3000


def test_a_file_of_yesterday_that_comes_late_changes_nothing(tmp_path):
    """Where the operator says as of when each file speaks."""
    today, yesterday = datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    take(sheet(tmp_path, YOUZAN), said_at=today)
    late = YOUZAN.replace("全额退款,30.00", "无退款,0.00").replace("100.00,无", "90.00,无")
    assert take(sheet(tmp_path, late, "late.csv"), said_at=yesterday).unchanged == 2
    assert sold("E2026050100001")[0] == ("GT-01", 2, 10000)


def test_taobao_orders(tmp_path):
    report = take(sheet(tmp_path, TAOBAO_ORDERS))
    assert (report.preset, report.taken, report.mended) == ("taobao-orders", 1, 1)
    assert Order.objects.get(number="4001").amount == 10000 and Order.objects.get(number="4002").amount == 6000
    assert Refund.objects.get().amount == 2000
    assert {(i.namespace, i.value) for i in Identity.objects.all()} == {("phone", "13800000001"), ("s", "林悦")}


def test_douyin(tmp_path):
    report = take(sheet(tmp_path, DOUYIN, encoding="utf-8-sig"))
    assert (report.preset, report.orders, report.skipped, report.refused) == ("douyin", 1, 2, 0)
    assert sold("69201") == [("GT-01", 2, 11000), ("CUP", 1, 3000)]
    assert Order.objects.get().identity is None and not Identity.objects.exists()
    back = RefundLine.objects.get()
    assert (back.amount, back.quantity, back.refund.order.number) == (3000, 1, "69201")


def test_xiaohongshu(tmp_path):
    report = take(book(tmp_path, XIAOHONGSHU))
    assert (report.preset, report.orders, report.skipped) == ("xiaohongshu", 2, 1)
    assert sold("P7001") == [("GT-01", 2, 10800)] and Order.objects.get(number="P7002").cancelled_at


def test_youzan(tmp_path):
    report = take(sheet(tmp_path, YOUZAN))
    assert (report.preset, report.orders, report.skipped) == ("youzan", 1, 1)
    assert sold("E2026050100001") == [("GT-01", 2, 10000), ("CUP", 1, 3000)]
    assert Order.objects.get().identity.value == "13800000001"
    assert Refund.objects.get().amount == 3000


def test_an_amount_of_the_order_counts_once(tmp_path):
    report = take(sheet(tmp_path, YOUZAN_ORDERS))
    assert report.preset == "youzan-orders"
    assert [amount for _, _, amount in sold("E1")] == [13000, 0]
    assert Refund.objects.get().amount == 1300


def test_several_files_of_a_day_are_one_history(tmp_path):
    lines = YOUZAN.splitlines(keepends=True)
    take(sheet(tmp_path, "".join(lines[:3]), "1.csv"))
    assert take(sheet(tmp_path, YOUZAN, "2.csv")).unchanged == 2
    assert Order.objects.count() == 1


def test_a_renamed_column_is_mapped_by_hand(tmp_path):
    renamed = YOUZAN.replace("商品数量", "件数（新）")
    assert take(sheet(tmp_path, renamed), mapping={"quantity": ("件数（新）",)}).preset == "youzan"
    assert sold("E2026050100001")[0] == ("GT-01", 2, 10000)


def test_a_preset_may_be_said_or_kept_out(tmp_path):
    assert take(sheet(tmp_path, YOUZAN), preset="none", preview=False).preset == ""
    with pytest.raises(Refused) as no:
        take(sheet(tmp_path, YOUZAN + "\n", "b.csv"), preset="ebay")
    assert no.value.code == "preset_unknown"
    with pytest.raises(Refused) as no:
        take(sheet(tmp_path, YOUZAN + "\n", "c.csv"), preset="douyin")
    assert no.value.code == "column_missing"
