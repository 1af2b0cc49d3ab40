"""By which names a file calls what it says of orders and products: small letters, no blanks, no signs."""

from siyu.core.eventlog.imports import Field

SKU = """stockcode sku skuid productid productcode itemid itemcode goodsid skucode lineitemsku
    商品编码 商家编码 商品编号 商品id 货号 sku编码 规格编码 外部系统编号"""
TITLE = """description title productname producttitle itemname goodsname lineitemname product item
    商品名称 商品标题 宝贝标题 宝贝名称 品名 标题 商品"""
DESCRIBING = (
    Field("category", "category productcategory 商品类目 类目 品类 分类 商品分类 二级类目"),
    Field("department", "department 部门 一级类目 大类"),
    Field("brand", "brand 品牌 品牌名称"),
)

ORDERS = (
    Field(
        "order",
        """orderid orderno ordernumber ordersn order invoiceno invoice invoicenumber invoiceid basketid transactionid
        tid tradeno 订单号 订单编号 主订单编号 订单id 交易单号 交易编号 单号""",
        required=True,
    ),
    Field(
        "buyer",
        """customerid buyerid householdid userid memberid clientid accountid personid customer buyer buyernick member
        person user 买家id 买家 买家昵称 买家会员名 会员id 会员号 会员名 会员编号 客户id 客户编号 客户 用户id""",
    ),
    Field(
        "at",
        """invoicedate orderdate ordertime orderedat placedat transactiontimestamp transactiondate transactiontime
        purchasedate purchasedat createdat createtime created paidat paytime paymenttime timestamp datetime date time at
        下单时间 订单创建时间 创建时间 下单日期 付款时间 支付时间 订单付款时间 买家付款时间 成交时间 交易时间 订单日期
        日期 时间""",
        required=True,
    ),
    Field("sku", SKU),
    Field("title", TITLE),
    Field("quantity", "quantity qty units numberofcds lineitemquantity 数量 购买数量 商品数量 件数 宝贝总数量"),
    Field("price", "unitprice price itemprice lineitemprice 单价 商品单价 商品价格 价格"),
    Field(
        "amount",
        """salesvalue amount linetotal lineamount paidamount amountpaid paid netamount total totalprice totalamount
        revenue sales dollarvalue payment 实付 实付金额 实付款 实付款金额 买家实际支付金额 买家实付 买家应付货款 实收
        实收金额 支付金额 订单金额 成交金额 金额 总价""",
        required=True,
        instead=("price",),
    ),
    Field(
        "discount",
        """discount discountamount totaldiscount retaildisc+coupondisc+couponmatchdisc
        优惠 优惠金额 折扣 折扣金额""",
    ),
    Field("shipping", ""),
    Field("refunded", ""),
    Field("refund_status", ""),
    Field("paid_at", "paidat paytime paymenttime 付款时间 支付时间 订单付款时间 买家付款时间 支付完成时间"),
    Field("currency", "currency currencycode 币种 货币"),
    Field("status", "status orderstatus financialstatus 订单状态 交易状态 状态"),
    Field("state_at", "updatedat modifiedat lastmodified updatetime updated 更新时间 修改时间 最后更新时间"),
    Field("coupon", "coupon couponcode discountcode couponupc 优惠券 优惠码 优惠券码 优惠券编码"),
    Field(
        "phone",
        "phone mobile phonenumber telephone tel 手机 手机号 手机号码 联系手机 收货人手机 电话 联系电话",
    ),
    Field("email", "email mail emailaddress 邮箱 电子邮箱 电子邮件"),
    *DESCRIBING,
)

PRODUCTS = (
    Field("sku", SKU, required=True),
    Field("title", f"{TITLE} producttype name 名称"),
    *DESCRIBING,
    Field("at", "updatedat listedat createdat 更新时间 上架时间 创建时间"),
)

STATUSES = {
    "unpaid": """unpaid pending pendingpayment awaitingpayment 待付款 待支付 未付款 未支付 等待买家付款
        没有创建支付宝交易""",
    "cancelled": "cancelled canceled cancel void voided closed 已取消 取消 交易取消 交易关闭 已关闭 订单取消 关闭",
    "refunded": "refunded fullyrefunded returned 已退款 全额退款 退款成功 已退货",
    "sold": """paid completed complete success finished fulfilled shipped delivered processing open ok active placed
        partiallyrefunded 已付款 已支付 已完成 交易成功 已发货 已签收 已收货 待发货 完成 成功 部分退款
        买家已付款等待卖家发货 卖家已发货等待买家确认""",
}
REFUNDED = """退款成功 退款完成 已退款 全额退款 全部退款 已全额退款 售后成功 售后完成 退货退款成功 同意退款退款成功
    refunded"""
"""Of a column that speaks of the refund alone."""
CURRENCIES = {
    "RMB": "CNY",
    "CNH": "CNY",
    "人民币": "CNY",
    "¥": "CNY",
    "￥": "CNY",
    "元": "CNY",
    "$": "USD",
    "美元": "USD",
    "£": "GBP",
    "英镑": "GBP",
    "€": "EUR",
    "欧元": "EUR",
    "港币": "HKD",
}
