"""Youzan (有赞微商城), 订单 > 订单查询 > 导出: 商品维度 and 订单维度, 2019 to 2025; gb18030 or utf-8 CSV, or XLSX.

Of products a row is a line of an order, with what was paid for it after its share of all discounts. Of orders a row is
an order, or repeats it for each of its products: its amount counts once, without postage. The buyer is the phone, where
the shop may see it; a nickname names nobody.
"""

from siyu.core.eventlog.imports import Preset

WORDS = {
    "unpaid": "待付款 等待买家付款 待付定金",
    "sold": """待接单 待成团 待发货 等待商家发货 待使用 部分发货 已发货 商家已发货 等待买家收货 待收货 已完成 交易完成
        交易成功""",
    "cancelled": "交易关闭 已关闭",
}
WHO = {
    "phone": "买家手机号 客户手机号 手机号",
    "at": "订单创建时间 下单时间 创建时间 买家付款时间",
    "paid_at": "买家付款时间",
}
ITEMS = Preset(
    "youzan",
    "订单号 商品实际成交金额|商品实付金额|商品实际成交金额（元）",
    {
        **WHO,
        "order": "订单号",
        "sku": "规格编码 商品编码 商品条码",
        "title": "商品名称",
        "quantity": "商品数量",
        "price": "商品单价",
        "amount": "商品实际成交金额 商品实付金额 商品实际成交金额（元）",
        "discount": "店铺优惠（分摊）",
        "status": "订单状态 订单商品状态",
        "refund_status": "商品退款状态",
        "refunded": "商品已退款金额",
    },
    WORDS,
)
ORDERS = Preset(
    "youzan-orders",
    "订单号 订单实付金额 买家付款时间",
    {
        **WHO,
        "order": "订单号",
        "title": "商品名称 全部商品名称",
        "sku": "规格编码 商品编码",
        "quantity": "商品数量 商品总数 商品种类数",
        "amount": "订单实付金额",
        "shipping": "运费 实收运费",
        "discount": "店铺优惠合计 优惠金额",
        "status": "订单状态",
        "refund_status": "订单退款状态",
        "refunded": "订单已退款金额 商品已退款金额",
    },
    WORDS,
    once=True,
)
