"""The shelves of our own shop from a file: a row is a variant, rows of one title are one listing.

What the file does not name stays as it is: no variant is withdrawn by its absence. New listings are drafts unless a row
says that they are shown. A known SKU keeps its listing; a row that puts it into another one is refused.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.conf import settings

from siyu.core.eventlog.imports import Desk, Field, Tally, faults
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.runs import Step
from siyu.core.eventlog.models import ImportRun
from siyu.features.commerce import catalogue, stock
from siyu.features.commerce.catalogue import Offer, Page
from siyu.features.commerce.categories import tree, way
from siyu.features.commerce.imports.fields import SKU
from siyu.features.commerce.models import Listing, Stock, Store, Variant
from siyu.features.commerce.rules import SHOP
from siyu.kit import money

CHUNK = 10
"""Listings a transaction."""
LISTINGS = (
    Field("sku", SKU, required=True),
    Field("title", "title name listing producttitle productname 商品名称 商品标题 标题 名称 商品", required=True),
    Field("price", "price listprice saleprice unitprice 价格 售价 单价 销售价", required=True),
    Field("label", "variant label option spec options 规格 款式 规格名称 型号"),
    Field("member_price", "memberprice vipprice 会员价 会员价格"),
    Field("cost", "cost unitcost costprice purchaseprice 成本 成本价 进价 采购价"),
    Field("stock", "stock onhand inventory quantity qty 库存 库存数量 现货"),
    Field("store", "store warehouse location 门店 仓库 店铺"),
    Field("category", "category categorypath shelf 类目 分类 品类 商品分类"),
    Field("brand", "brand 品牌 品牌名称"),
    Field("kind", "kind type 类型 商品类型"),
    Field("text", "text description details 描述 详情 商品描述"),
    Field("shown", "shown published onsale visible 上架 是否上架 展示"),
)
WORDS = {
    "goods": "goods product physical 实物 商品 实物商品",
    "digital": "digital virtual download 数字 虚拟 虚拟商品",
    "course": "course lesson 课程",
    "service": "service 服务",
}
YES = "yes y true 1 on shown published 是 上架 已上架"
MOST = 10**10
"""Of the base currency, a piece."""


def judge_listings(desk: Desk) -> None:
    """Tables: lines (a row each, judged), faults, pages (a listing each)."""
    known = Variant.objects.filter(product__source=SHOP).values_list("product__sku", "listing__title")
    desk.fill("known", "sku VARCHAR, listed VARCHAR", list(known))
    desk.fill("stores", "place VARCHAR, number BIGINT", list(open_stores().items()))
    first = next(iter(open_stores().values()), None)
    kinds = " ".join(f"WHEN list_contains({words.split()}, lower(kind)) THEN '{kind}'" for kind, words in WORDS.items())
    desk.db.execute(f"""
        CREATE TABLE lines AS
        SELECT *, CASE WHEN kind IS NULL THEN 'goods' {kinds} END AS sort,
            CASE WHEN place IS NULL THEN {first or "NULL"} ELSE number END AS where_to,
            row_number() OVER (PARTITION BY sku ORDER BY row) > 1 AS again
        FROM (
            SELECT _row AS row, _broken AS broken, as_id({desk.text("sku")}) AS sku, {desk.text("title")} AS title,
                coalesce({desk.text("label")}, '') AS label, coalesce({desk.text("category")}, '') AS category,
                coalesce({desk.text("brand")}, '') AS brand, coalesce({desk.text("text")}, '') AS text,
                {desk.text("kind")} AS kind, {desk.text("store")} AS place,
                coalesce(list_contains({YES.split()}, lower({desk.text("shown")})), false) AS shown,
                {", ".join(f"{desk.raw(name)} AS {name}_said, {desk.amount(name)} AS {name}" for name in AMOUNTS)}
            FROM raw)
        LEFT JOIN known USING (sku) LEFT JOIN stores USING (place)""")
    faults.find(desk, CHECKS, "lines")
    desk.db.execute("""
        CREATE TABLE pages AS
        SELECT row_number() OVER (ORDER BY min(row)) - 1 AS n, title, arg_min(sort, row) AS sort,
            arg_min(text, row) AS text, arg_min(category, row) AS category, arg_min(brand, row) AS brand,
            bool_or(shown) AS shown
        FROM lines WHERE row NOT IN (SELECT row FROM faults) GROUP BY title""")


AMOUNTS = ("price", "member_price", "cost", "stock")
MONEY = ("price", "member_price", "cost")


def unreadable(name: str, what: str) -> Check:
    said = f"format('“{{}}” is no {what}', {name}_said)"
    return Check(f"{name}_unreadable", f"{name} IS NULL AND said({name}_said) IS NOT NULL", said)


CHECKS = (
    *faults.BROKEN,
    Check("product_missing", "sku IS NULL", "'the row names no SKU'"),
    Check("product_too_long", "length(sku) > 100", "'a SKU has at most 100 characters'"),
    Check("title_missing", "title IS NULL OR length(title) > 200", "'a listing has a title of at most 200 characters'"),
    Check("sku_again", "again", "format('{} stands in an earlier row', sku)"),
    Check("sku_elsewhere", "listed <> title", "format('{} stands in the listing “{}”', sku, listed)"),
    unreadable("price", "price"),
    Check("price_missing", "price IS NULL", "'the row has no price'"),
    unreadable("member_price", "price for members"),
    unreadable("cost", "cost"),
    unreadable("stock", "number of pieces"),
    Check("price_negative", f"least(price, member_price, cost) < 0 OR greatest(price, cost) >= {MOST}",
          "'a price lies between nothing and ten thousand million'"),
    Check("member_price_higher", "member_price > price", "'members pay no more than others'"),
    Check("stock_unreadable", f"stock < 0 OR stock > {stock.MOST} OR stock <> floor(stock)",
          "format('“{}” is no number of pieces', stock_said)"),
    Check("kind_unknown", "sort IS NULL", "format('“{}” is no kind: goods, digital, course, service', kind)"),
    Check("store_unknown", "where_to IS NULL AND (stock IS NOT NULL OR place IS NOT NULL)",
          "'there is no open store of that name'"),
)  # fmt: skip


def open_stores() -> dict[str, int]:
    """{name: number}, those that ship first."""
    return dict(Store.objects.filter(closed_at=None).order_by("-ships", "pk").values_list("name", "pk"))


def listing_steps(desk: Desk, done: int) -> Iterator[Step]:
    exponent = money.exponent(settings.SIYU.currency)
    amounts = ", ".join(f"CAST(round({name} * {10**exponent}) AS BIGINT)" for name in MONEY)
    for start in range(done, listing_total(desk), CHUNK):
        span = f"n >= {start} AND n < {start + CHUNK}"
        pages = desk.db.execute(f"SELECT * FROM pages WHERE {span} ORDER BY n").fetchall()
        rows = desk.db.execute(f"""
            SELECT n, sku, label, {amounts}, CAST(stock AS BIGINT), where_to
            FROM lines JOIN pages USING (title) WHERE {span} AND row NOT IN (SELECT row FROM faults)
            ORDER BY n, row""").fetchall()
        yield Step(pages[-1][0] + 1, partial(write_pages, pages, rows))


def write_pages(pages: Sequence[tuple], rows: Sequence[tuple], run: ImportRun) -> Tally:
    told = Tally()
    for n, *page in pages:
        mine = [row[1:] for row in rows if row[0] == n]
        changed = write_page(page, mine, run)
        told.taken += len(mine) if changed else 0
        told.unchanged += 0 if changed else len(mine)
        told.counts += Counter(listings=int(changed))
    return told


def write_page(said: Sequence[Any], rows: Sequence[tuple], run: ImportRun) -> bool:
    """Whether that was news."""
    title, kind, text, category, brand, shown = said
    known = Listing.objects.filter(title=title).order_by("pk").first()
    before = as_it_is(known) if known else Page(title, [])
    offers = {offer.sku: offer for offer in before.offers}
    for row in rows:
        offers[row[0]] = offer(row, offers.get(row[0]), kind)
    path = [name.strip() for name in category.replace(">", "/").split("/") if name.strip()][:4]
    page = Page(
        title, list(offers.values()), before.kind if known else kind, text[:20_000] or before.text,
        path or before.category, brand[:100] or before.brand, before.content,
    )  # fmt: skip
    changed = known is None or page != before
    made = catalogue.write(page=page, at=run.started_at, listing=known.pk if known else None) if changed else known
    assert made
    if shown and made.published_at is None:
        catalogue.publish(listing=made.pk, at=run.started_at)
        changed = True
    counted = [count(sku, place, pieces, run) for sku, *_, pieces, place in rows if pieces is not None]
    return changed or any(counted)


def offer(row: tuple, old: Offer | None, kind: str) -> Offer:
    """What the row says; where it says nothing, what was known."""
    sku, label, price, member, cost, *_ = row
    if old is None:
        return Offer(sku, price, label[:100], member, cost, kind == "goods")
    reduced = old.member_price if member is None else member
    reduced = None if reduced is None or reduced > price else reduced
    return Offer(sku, price, label[:100] or old.label, reduced, old.cost if cost is None else cost, old.tracked)


def as_it_is(known: Listing) -> Page:
    offers = [
        Offer(v.product.sku, v.price, v.label, v.member_price, v.cost, v.tracked)
        for v in known.variants.filter(withdrawn_at=None).select_related("product").order_by("position", "pk")
    ]
    path = [shelf.name for shelf in way(tree(), known.category_id)]
    return Page(known.title, offers, known.kind, known.text, path, known.brand, known.content)


def count(sku: str, place: int, pieces: int, run: ImportRun) -> bool:
    """What is on the shelf; what is promised of it stays promised."""
    variant = Variant.objects.select_related("product").get(product__source=SHOP, product__sku=sku)
    store = Store.objects.get(pk=place)
    there = Stock.objects.filter(product=variant.product, store=store).values_list("on_hand", "reserved").first()
    on_hand, reserved = there or (0, 0)
    if on_hand != pieces:
        found = max(pieces, reserved)
        stock.count(product=variant.product, store=store, found=found, by=run.by or "import", at=run.started_at)
    return on_hand != pieces


def foresee_listings(desk: Desk) -> Tally:
    rows = desk.count("lines WHERE row NOT IN (SELECT row FROM faults)")
    return Tally(taken=rows, counts=Counter(listings=listing_total(desk)))


def listing_total(desk: Desk) -> int:
    return desk.count("pages")
