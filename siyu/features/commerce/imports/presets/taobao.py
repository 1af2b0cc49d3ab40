"""Taobao and Tmall (淘宝、天猫), 千牛 > 已卖出的宝贝 > 批量导出, as of 2019 to 2025; gb18030 CSV, later XLSX.

An export is two files. 宝贝报表 has a row for each sub-order, with products and their refunds; 订单报表 has one for
each order, with the buyer and the postage and no product codes. Import one kind of them, the items where you can: both
speak of the same orders. Buyers' names and phones are masked since 2021, and a masked one names nobody.

What sub-orders cost is 买家应付货款: the 实付 of an order with a single sub-order holds its postage too.
"""

from siyu.core.eventlog.imports import Preset

WORDS = {
    "sold": "买家已付款,等待卖家发货 卖家已发货,等待买家确认 卖家部分发货 等待卖家发货 交易成功",
    "unpaid": "等待买家付款 没有创建支付宝交易",
}
ITEMS = Preset(
    "taobao-items",
    "主订单编号|订单编号 子订单编号|外部系统编号 购买数量 标题|商品标题|宝贝标题",
    {
        "order": "主订单编号 订单编号",
        "at": "订单创建时间 订单付款时间",
        "paid_at": "订单付款时间",
        "sku": "商家编码 外部系统编号 商品ID",
        "title": "商品标题 标题 宝贝标题",
        "quantity": "购买数量",
        "amount": "买家应付货款 买家实付金额 买家实际支付金额",
        "price": "商品价格 价格",
        "status": "订单状态",
        "refund_status": "退款状态",
        "refunded": "退款金额",
    },
    WORDS,
)
ORDERS = Preset(
    "taobao-orders",
    "订单编号 买家应付邮费 订单创建时间",
    {
        "order": "订单编号",
        "buyer": "买家会员名",
        "at": "订单创建时间",
        "paid_at": "订单付款时间",
        "title": "宝贝标题 商品标题",
        "quantity": "宝贝总数量 商品总数量",
        "amount": "买家实际支付金额 买家实付金额",
        "shipping": "买家应付邮费",
        "status": "订单状态",
        "refunded": "退款金额",
        "phone": "联系手机",
    },
    WORDS,
    once=True,
)
