"""Orders, row by row: what each says, what is wrong with it, and which documents the rows make up.

How a row is read:
- what was paid is the amount given, else quantity × price − discount; rounded once, halves away from zero;
- a negative quantity is a return, and so is an order number of C and digits where other numbers go without the C;
- a line whose unit price is given as zero is a gift; an order of nothing but gifts is a gift and no order;
- no buyer: the order is taken, and belongs to nobody.
An order is whole or absent: one bad line refuses all of its lines.
"""

from datetime import date
from decimal import Decimal

from django.conf import settings

from siyu.core.eventlog.imports import Desk, faults
from siyu.core.eventlog.imports.columns import plain
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.macros import day_first, define_moments
from siyu.core.ledger import rates as books
from siyu.core.people import namespaces
from siyu.features.commerce import queries
from siyu.features.commerce.imports.fields import CURRENCIES, REFUNDED, STATUSES
from siyu.kit import money
from siyu.kit.tables import literal

UNNAMED = "unnamed"
"""The product of lines that name none."""
PAIRS = 5_000
"""Buyers and products asked for at a time."""


def judge_orders(desk: Desk) -> None:
    """Tables: lines (a row each, as read), faults, documents (an order or a refund each), sold (their lines), goods."""
    read_cells(desk)
    settle_moments(desk)
    settle_buyers(desk)
    settle_rates(desk)
    settle_statuses(desk)
    make_lines(desk)
    faults.find(desk, CHECKS, "lines")
    refuse_whole_orders(desk)
    make_documents(desk)
    mend_returns(desk)


def read_cells(desk: Desk) -> None:
    """View `said`: what the cells say, amounts as numbers, the rest as text."""
    quantity = desk.amount("quantity") if desk.has("quantity") else "1::DECIMAL(22, 9)"
    desk.db.execute(f"""
        CREATE OR REPLACE VIEW said AS
        SELECT _row AS row, _broken AS broken, as_id({desk.text("order")}) AS number, {desk.raw("at")} AS at_said,
            as_id({desk.text("buyer")}) AS buyer, {desk.text("phone")} AS phone, {desk.text("email")} AS email,
            as_id({desk.text("sku")}) AS sku, {desk.text("title")} AS title, {desk.text("category")} AS category,
            {desk.text("department")} AS department, {desk.text("brand")} AS brand, {desk.text("coupon")} AS coupon,
            {desk.raw("quantity")} AS quantity_said, {quantity} AS quantity,
            {desk.raw("price")} AS price_said, {desk.amount("price")} AS price,
            {desk.raw("amount")} AS paid_said, {desk.amount("amount")} AS paid,
            {desk.raw("discount")} AS discount_said, abs({desk.amount("discount")}) AS off,
            {desk.text("currency")} AS currency_said, {desk.text("status")} AS status_said,
            {desk.text("state_at")} AS state_said, {desk.text("paid_at")} AS paid_at_said,
            {desk.raw("shipping")} AS shipping_said, {desk.amount("shipping")} AS shipping,
            {desk.raw("refunded")} AS refunded_said, abs({desk.amount("refunded")}) AS refunded,
            {desk.text("refund_status")} AS back_said
        FROM raw""")
    if desk.preset and desk.preset.once:
        once_an_order(desk)


def once_an_order(desk: Desk) -> None:
    """View `said`: an amount that each row repeats counts in the first one."""
    first = "row_number() OVER (PARTITION BY number ORDER BY row) = 1"
    cells = ", ".join(f"CASE WHEN {first} OR {cell} IS NULL THEN {cell} ELSE 0 END AS {cell}" for cell in ONCE)
    desk.db.execute(f"CREATE OR REPLACE TABLE each_once AS SELECT * REPLACE ({cells}) FROM said")
    desk.db.execute("CREATE OR REPLACE VIEW said AS SELECT * FROM each_once")


ONCE = ("paid", "off", "shipping", "refunded")


def settle_moments(desk: Desk) -> None:
    """Table `moments`: each time that is written somewhere, read once."""
    define_moments(desk.db, zone=desk.zone, day_first=day_first(desk.db, "said", "at_said"))
    desk.db.execute("""
        CREATE TABLE moments AS SELECT cell, moment(said(cell)) AS moment FROM (
            SELECT DISTINCT at_said AS cell FROM said UNION SELECT DISTINCT state_said FROM said)
        WHERE cell IS NOT NULL""")


def settle_buyers(desk: Desk) -> None:
    """Table `buyers`: the one identity that an order hangs on: the source's buyer, else the phone, else the address.

    Table `ties`: what else the row names the buyer by, which is evidence of who that is.
    """
    namespace = desk.options.namespace or desk.options.source
    found = desk.db.execute("SELECT DISTINCT buyer, phone, email FROM said").fetchall()
    rows, ties = [], []
    for tied, (buyer, phone, email) in enumerate(found):
        claims = [(namespace, buyer), ("phone", phone), ("email", email)]
        usable = [(name, value) for name, text in claims if text and (value := namespaces.normal(name, text))]
        first = usable[0] if usable else (None, None)
        also = [(tied, *claim) for claim in usable[1:]]
        rows.append((buyer, phone, email, *first, bool(buyer) and first[0] != namespace, tied if also else None))
        ties += also
    desk.fill(
        "buyers",
        "buyer VARCHAR, phone VARCHAR, email VARCHAR, namespace VARCHAR, claim VARCHAR, unusable BOOLEAN, tied INTEGER",
        rows,
    )
    desk.fill("ties", "tied INTEGER, also_namespace VARCHAR, also_claim VARCHAR", ties)


def settle_rates(desk: Desk) -> None:
    """Table `rates`: what every currency was worth on each of its days, as far as anybody knows."""
    base = settings.SIYU.currency
    found = desk.db.execute("""
        SELECT DISTINCT currency_said, moment::DATE FROM said LEFT JOIN moments ON cell = at_said""").fetchall()
    known = books.known()
    rows = []
    for said, day in found:
        currency = CURRENCIES.get(said.upper(), said.upper()) if said else desk.options.currency or base
        rows.append((said, day, currency, worth(currency, day, desk, known)))
    desk.fill("rates", "said VARCHAR, day DATE, currency VARCHAR, rate DECIMAL(20,10)", rows)


def worth(currency: str, day: date | None, desk: Desk, known: books.Known) -> Decimal | None:
    """What the operator said, else the last rate until that day."""
    if currency in desk.options.rates and currency != settings.SIYU.currency:
        return desk.options.rates[currency]
    return books.worth(currency, day, known)


def settle_statuses(desk: Desk) -> None:
    """Table `statuses`: what each status that somebody wrote means; none: nobody knows."""
    said = [*STATUSES.items(), *(desk.preset.words.items() if desk.preset else ())]
    meaning = {plain(word): status for status, words in said for word in words.split()}
    found = desk.db.execute("SELECT DISTINCT status_said FROM said WHERE status_said IS NOT NULL").fetchall()
    rows = [(word, meaning.get(plain(word))) for (word,) in found]
    desk.fill("statuses", "said VARCHAR, status VARCHAR", rows)
    found = desk.db.execute("SELECT DISTINCT back_said FROM said WHERE back_said IS NOT NULL").fetchall()
    desk.fill("backs", "said VARCHAR, back BOOLEAN", [(said, plain(said) in REFUNDED.split()) for (said,) in found])


def make_lines(desk: Desk) -> None:
    """Table `lines`: a row each, with its time, buyer, status and money in minor units of the base currency.

    What a cell says in words is kept only where it could not be read.
    """
    exponent = money.exponent(settings.SIYU.currency)
    c_numbers = desk.count("said WHERE number IS NOT NULL AND NOT regexp_full_match(number, '[Cc]\\d+') LIMIT 1") > 0
    paid_for = "paid_at_said IS NOT NULL" if desk.has("paid_at") else "true"
    is_c = "regexp_full_match(number, '[Cc]\\d+')" if c_numbers else "false"
    desk.db.execute(f"""
        CREATE TABLE lines AS
        WITH joined AS (
            SELECT said.* EXCLUDE (buyer, phone, email, at_said, state_said, quantity_said, price_said, paid_said,
                    discount_said, paid_at_said, shipping_said, back_said),
                CASE WHEN m.moment IS NULL THEN at_said END AS at_said,
                CASE WHEN quantity IS NULL THEN quantity_said END AS quantity_said,
                CASE WHEN price IS NULL THEN price_said END AS price_said,
                CASE WHEN paid IS NULL THEN paid_said END AS paid_said,
                CASE WHEN off IS NULL THEN discount_said END AS discount_said,
                {paid_for} AS paid_for, coalesce(back, false) AS back,
                CASE WHEN shipping IS NULL THEN shipping_said END AS shipping_said,
                m.moment AS happened, u.moment AS state_at, namespace, claim, unusable, tied,
                currency, rate, status,
                coalesce(quantity < 0, false) OR coalesce(paid < 0, false) OR coalesce({is_c}, false) AS returned,
                TRY_CAST(abs(quantity) AS DECIMAL(13, 3)) AS pieces
            FROM said
            LEFT JOIN moments m ON m.cell = at_said
            LEFT JOIN moments u ON u.cell = state_said
            LEFT JOIN buyers b ON b.buyer IS NOT DISTINCT FROM said.buyer
                AND b.phone IS NOT DISTINCT FROM said.phone AND b.email IS NOT DISTINCT FROM said.email
            LEFT JOIN rates r ON r.said IS NOT DISTINCT FROM currency_said AND r.day IS NOT DISTINCT FROM m.moment::DATE
            LEFT JOIN statuses s ON s.said = status_said
            LEFT JOIN backs k ON k.said = back_said),
        priced AS (
            SELECT *, CASE WHEN paid IS NOT NULL THEN e9(greatest(abs(paid) - coalesce(shipping, 0), 0)) * 1000
                WHEN price >= 0 THEN (pieces * 1000)::HUGEINT * e9(price) - e9(coalesce(off, 0)) * 1000 END AS e12,
                (rate * 10000000000)::HUGEINT AS rate_e10
            FROM joined)
        SELECT * EXCLUDE (e12, rate_e10, pieces),
            in_minor(greatest(e12, 0), rate_e10, {exponent}) AS amount, e12 < 0 AS overdrawn,
            in_minor(e9(coalesce(off, 0)) * 1000, rate_e10, {exponent}) AS discount,
            in_minor(e9(coalesce(refunded, 0)) * 1000, rate_e10, {exponent}) AS refund,
            ceil(pieces)::BIGINT AS pieces, pieces <> ceil(pieces) AS split,
            NOT returned AND coalesce(price = 0, false) AND coalesce(paid, 0) = 0 AS gift
        FROM priced""")


NOT_READ = "{0} IS NULL AND {0}_said IS NOT NULL"
CHECKS = (
    *faults.BROKEN,
    Check("order_missing", "number IS NULL", "'the row names no order'"),
    Check("order_too_long", "length(number) > 100", "'an order number has at most 100 characters'"),
    Check("date_missing", "happened IS NULL AND said(at_said) IS NULL", "'the row has no date'"),
    Check("date_unreadable", "happened IS NULL", "format('“{}” is not a date', at_said)"),
    Check("date_out_of_range", "happened NOT BETWEEN '1970-01-02' AND (now() + INTERVAL 2 DAY)::TIMESTAMP",
          "format('{} is in the future, or before 1970', happened)"),
    Check("quantity_missing", "quantity IS NULL AND said(quantity_said) IS NULL", "'the row has no quantity'"),
    Check("quantity_unreadable", "quantity IS NULL", "format('“{}” is not a quantity', quantity_said)"),
    Check("quantity_too_large", "pieces IS NULL", "format('a quantity of {} is too large', quantity)"),
    Check("amount_unreadable", "paid IS NULL AND said(paid_said) IS NOT NULL",
          "format('“{}” is not an amount', paid_said)"),
    Check("price_unreadable", "paid IS NULL AND price IS NULL AND said(price_said) IS NOT NULL",
          "format('“{}” is not a price', price_said)"),
    Check("amount_missing", "paid IS NULL AND price IS NULL", "'the row has neither an amount nor a price'"),
    Check("price_negative", "price < 0", "format('the price {} is negative', price)"),
    Check("discount_unreadable", "off IS NULL AND said(discount_said) IS NOT NULL",
          "format('“{}” is not an amount', discount_said)"),
    Check("shipping_unreadable", "shipping IS NULL AND said(shipping_said) IS NOT NULL",
          "format('“{}” is not an amount', shipping_said)"),
    Check("refund_unreadable", "refunded IS NULL AND said(refunded_said) IS NOT NULL",
          "format('“{}” is not an amount', refunded_said)"),
    Check("currency_unknown", "NOT regexp_full_match(currency, '[A-Z]{3}')",
          "format('“{}” is no currency', currency_said)"),
    Check("currency_without_rate", "rate IS NULL",
          "format('there is no rate for {} on {}; say --rate', currency, strftime(happened, '%Y-%m-%d'))"),
    Check("amount_too_large", "amount IS NULL OR discount IS NULL", "'the amount is too large'"),
    Check("product_too_long", "length(sku) > 100", "'a product code has at most 100 characters'"),
    Check("not_paid", "status = 'unpaid'", "format('the order is not paid yet: {}', status_said)"),
    Check("never_paid", "status = 'cancelled' AND NOT paid_for", "'the order was closed without ever being paid'"),
    Check("buyer_unusable", "unusable",
          "'the buyer''s number identifies nobody; the order belongs to its phone or to no one'", refused=False),
    Check("status_unknown", "status IS NULL AND status_said IS NOT NULL",
          "format('“{}” is no known status; taken as paid', status_said)", refused=False),
    Check("quantity_rounded", "split", "format('a quantity of {} became {}', quantity, pieces)", refused=False),
    Check("discount_too_large", "overdrawn", "'the discount is more than the price; taken as free'", refused=False),
)  # fmt: skip


def refuse_whole_orders(desk: Desk) -> None:
    """An order with a refused line, two buyers or two currencies goes with all of its lines."""
    desk.db.execute(f"""
        CREATE TABLE refused_orders AS
        SELECT number, CASE
                WHEN skipped THEN 'not_paid'
                WHEN bad IS NOT NULL THEN 'order_incomplete'
                WHEN two_buyers THEN 'two_buyers' ELSE 'two_currencies' END AS code,
            CASE WHEN skipped THEN 'a part of the order is not paid'
                WHEN bad IS NOT NULL THEN format('row {{}} of the same order is refused', bad)
                WHEN two_buyers THEN format('order {{}} names two buyers', number)
                ELSE format('order {{}} is in two currencies', number) END AS sentence
        FROM (
            SELECT number, min(f.row) AS bad,
                bool_and(f.code IN {faults.SKIPPED}) FILTER (f.row IS NOT NULL) AS skipped,
                min((namespace, claim)) <> max((namespace, claim)) AS two_buyers,
                min(currency) <> max(currency) AS two_currencies
            FROM lines l LEFT JOIN (SELECT row, code FROM faults WHERE refused) f USING (row)
            WHERE number IS NOT NULL GROUP BY number)
        WHERE bad IS NOT NULL OR two_buyers OR two_currencies;

        DELETE FROM faults WHERE NOT refused AND row IN (SELECT row FROM lines JOIN refused_orders USING (number));

        INSERT INTO faults
        SELECT row, code, sentence, true FROM lines JOIN refused_orders USING (number)
        WHERE row NOT IN (SELECT row FROM faults)""")


def make_documents(desk: Desk) -> None:
    """Tables: documents, numbered in the order in which they are written; sold, their lines; goods, the products."""
    said_at = literal(f"{desk.options.said_at:%Y-%m-%d %H:%M:%S}") if desk.options.said_at else "NULL"
    desk.db.execute(f"""
        CREATE OR REPLACE VIEW taken AS
        SELECT * EXCLUDE (sku), coalesce(sku, left(title, 100), '{UNNAMED}') AS sku
        FROM lines WHERE number IS NOT NULL AND number NOT IN (SELECT number FROM refused_orders);

        CREATE TABLE documents AS
        SELECT row_number() OVER (ORDER BY returned, happened, number) - 1 AS n, *
        FROM (SELECT number, returned, min(happened) AS happened, coalesce(max(state_at), {said_at}) AS state_at,
                max(namespace) AS namespace, max(claim) AS claim,
                any_value(currency) AS currency, any_value(rate) AS rate, bool_and(gift) AS gift,
                bool_and(coalesce(status = 'cancelled', false)) AS cancelled,
                coalesce(list_sort(list(DISTINCT left(coupon, 100)) FILTER (coupon IS NOT NULL)), []) AS coupons
            FROM taken GROUP BY number, returned);

        CREATE TABLE sold AS
        SELECT n, row, sku, pieces, amount, discount, taken.gift,
            CASE WHEN status IN ('cancelled', 'refunded') THEN amount
                WHEN refund > 0 THEN least(refund, amount) WHEN back THEN amount END AS gone
        FROM taken JOIN documents USING (number, returned) ORDER BY n, row;

        CREATE TABLE goods AS
        SELECT sku, min(happened) AS since, left(arg_max(title, happened), 300) AS title,
            left(arg_max(category, happened), 200) AS category,
            left(arg_max(department, happened), 200) AS department, left(arg_max(brand, happened), 200) AS brand
        FROM taken GROUP BY sku ORDER BY sku""")


def mend_returns(desk: Desk) -> None:
    """A return without an earlier sale is taken, and counts as mended."""
    desk.db.execute("""
        CREATE TABLE first_sales AS
        SELECT namespace, claim, sku, min(d.happened) AS happened FROM sold JOIN documents d USING (n)
        WHERE NOT returned AND NOT cancelled AND claim IS NOT NULL GROUP BY ALL;

        CREATE TABLE unmatched AS
        SELECT row, d.namespace, d.claim, s.sku, d.happened, amount = 0 AS free FROM sold s JOIN documents d USING (n)
        LEFT JOIN first_sales f
            ON f.namespace = d.namespace AND f.claim = d.claim AND f.sku = s.sku AND f.happened <= d.happened
        WHERE returned AND f.happened IS NULL""")
    known = sales_known(desk)
    desk.fill("known_sales", "namespace VARCHAR, claim VARCHAR, sku VARCHAR, happened TIMESTAMP", known)
    desk.db.execute("""
        INSERT INTO faults
        SELECT row, CASE WHEN claim IS NULL AND free THEN 'write_off' ELSE 'sale_not_found' END,
            CASE WHEN claim IS NULL AND free THEN 'goods left the stock without buyer and price'
                ELSE 'no earlier sale of this product to this buyer is known' END, false
        FROM unmatched u LEFT JOIN known_sales k USING (namespace, claim, sku)
        WHERE (k.happened IS NULL OR k.happened > u.happened) AND row NOT IN (SELECT row FROM faults)""")


def sales_known(desk: Desk) -> list[tuple]:
    """The first sale of these products to these buyers, as the tables have them from before."""
    wanted = desk.db.execute("""
        SELECT DISTINCT namespace, claim, sku FROM unmatched WHERE claim IS NOT NULL ORDER BY ALL""")
    known: list[tuple] = []
    while batch := wanted.fetchmany(PAIRS):
        known += queries.first_sales(desk.options.source, batch)
    return known
