"""Douyin shops (抖店), 订单 > 订单管理 > 导出, as of 2021 to 2025; CSV with a tab around long numbers, or XLSX.

A row is a sub-order (商品单). Douyin tells no number of the buyer, and masks phones: such orders are nobody's until
another source names the phone. 订单应付金额 holds the postage, which is taken off.
"""

from siyu.core.eventlog.imports import Preset

ORDERS = Preset(
    "douyin",
    "主订单编号 子订单编号 选购商品",
    {
        "order": "主订单编号",
        "at": "订单提交时间",
        "paid_at": "支付完成时间",
        "sku": "商家编码 货号 商品ID",
        "title": "选购商品",
        "quantity": "商品数量",
        "price": "商品单价 商品金额",
        "amount": "订单应付金额",
        "shipping": "运费",
        "discount": "优惠总金额 商家优惠+平台优惠+达人优惠",
        "status": "订单状态",
        "refund_status": "售后状态",
        "phone": "收件人手机号",
    },
    {"sold": "备货中 部分发货 待确认收货 已支付", "unpaid": "待确认", "cancelled": "已关闭"},
)
