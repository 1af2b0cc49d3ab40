"""Xiaohongshu shops (小红书千帆), 订单 > 订单查询 > 导出, as of 2023 to 2025; XLSX or CSV.

A row is a product of an order. 商家应收金额 is what the merchant receives for it, after the shop's own discounts and
with what the platform pays of them; where a postage column stands beside it, that is the buyer's and not part of it.
"""

from siyu.core.eventlog.imports import Preset

ORDERS = Preset(
    "xiaohongshu",
    "订单号 SKU件数 商家应收金额(元)（支付金额）|商家应收金额(元)|商家应收金额|用户应付金额(元)",
    {
        "order": "订单号",
        "at": "订单创建时间",
        "paid_at": "支付时间 订单支付时间",
        "sku": "商家编码 小红书编码 规格ID 商品ID",
        "title": "商品名称 SKU名称",
        "quantity": "SKU件数",
        "price": "商品单价(元)",
        "amount": "商家应收金额(元)（支付金额） 商家应收金额(元) 商家应收金额 用户应付金额(元)",
        "status": "订单状态",
        "refund_status": "售后状态",
        "refunded": "退款金额(元) 已退款金额(元)",
        "phone": "收件人手机号 收件人电话",
        "state_at": "订单更新时间",
    },
    {"sold": "待配货 待发货 部分发货 待收货 已支付 换货申请中", "cancelled": "已取消 已关闭"},
)
