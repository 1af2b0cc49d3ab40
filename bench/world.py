"""A synthetic brand straight in the lake: seeded, so that two runs ask the same questions of the same rows.

Made up, all of it: orders per person are heavy-tailed, lines a basket one to four, two years of days.
"""

from datetime import date

from siyu.core.eventlog import lake
from siyu.core.eventlog.lake import SCHEMAS

FIRST_MONTH = date(2024, 1, 1)
MONTHS = 24
PRODUCTS = 5_000
CATEGORIES = 60
LINES_A_BASKET = 2.5

ORDERS = """
    WITH drawn AS (
        SELECT i, hash(i * 4) AS a, hash(i * 4 + 1) AS b, hash(i * 4 + 2) AS c
        FROM range($first, $last) AS t(i)),
    baskets AS (
        SELECT i, 1 + floor(pow((a % 1000003) / 1000003.0, 1.7) * $people)::BIGINT AS identity,
            $month::TIMESTAMP + to_seconds((b % (28 * 86400))::BIGINT) AS happened_at,
            list_transform(range((1 + c % 4)::BIGINT), lambda j: {
                'product': (hash(i * 31 + j) % $products)::BIGINT,
                'quantity': (1 + hash(i * 31 + j + 7) % 3)::BIGINT,
                'amount': (100 + hash(i * 31 + j + 13) % 9900)::BIGINT,
                'discount': (hash(i * 31 + j + 17) % 5 * 50)::BIGINT}) AS items
        FROM drawn)
    SELECT i + $offset AS position, 'order.placed' AS name, happened_at::TIMESTAMPTZ AS happened_at,
        happened_at::TIMESTAMPTZ AS recorded_at, happened_at::DATE AS day, identity, 'bench' AS source,
        NULL::BIGINT AS message, true AS imported, i AS subject,
        list_sum(list_transform(items, lambda x: x.amount))::BIGINT AS amount,
        list_sum(list_transform(items, lambda x: x.discount))::BIGINT AS discount,
        items, '{"currency":"CNY","source":"bench"}' AS properties, NULL::VARCHAR AS context,
        strftime($month::DATE, '%Y-%m') AS month
    FROM baskets"""

PEOPLE = """
    SELECT i AS position, 'person.appeared' AS name, $month::TIMESTAMPTZ AS happened_at,
        $month::TIMESTAMPTZ AS recorded_at, $month::DATE AS day, i AS identity, 'bench' AS source,
        NULL::BIGINT AS message, true AS imported, NULL::BIGINT AS subject, NULL::BIGINT AS amount,
        NULL::BIGINT AS discount, NULL::STRUCT(a BIGINT)[] AS items,
        '{"namespace":"bench","source":"bench"}' AS properties, NULL::VARCHAR AS context,
        strftime($month::DATE, '%Y-%m') AS month
    FROM range(1, $people + 1) AS t(i)"""

CATALOGUE = """
    SELECT $people + 1 + i AS position, 'product.listed' AS name, $month::TIMESTAMPTZ AS happened_at,
        $month::TIMESTAMPTZ AS recorded_at, $month::DATE AS day, NULL::BIGINT AS identity, 'bench' AS source,
        NULL::BIGINT AS message, true AS imported, i AS subject, NULL::BIGINT AS amount, NULL::BIGINT AS discount,
        NULL::STRUCT(a BIGINT)[] AS items,
        format('{{"title":"p{}","category":"category {}","department":"d{}","brand":"b{}"}}',
            i, i % $categories, i % 12, i % 200) AS properties, NULL::VARCHAR AS context,
        strftime($month::DATE, '%Y-%m') AS month
    FROM range($products) AS t(i)"""


def build(people: int, lines: int) -> None:
    """Fill the lake of the data folder, month by month."""
    orders = int(lines / LINES_A_BASKET)
    month = FIRST_MONTH.isoformat()
    put(PEOPLE, 1, people=people, month=month)
    put(CATALOGUE, 2, people=people, month=month, products=PRODUCTS, categories=CATEGORIES)
    for n in range(MONTHS):
        month = date(FIRST_MONTH.year + n // 12, n % 12 + 1, 1).isoformat()
        first, last = orders * n // MONTHS, orders * (n + 1) // MONTHS
        offset = people + PRODUCTS + 1
        put(ORDERS, 3 + n, first=first, last=last, people=people, products=PRODUCTS, month=month, offset=offset)


def put(query: str, version: int, **values: object) -> None:
    with lake.connect() as db:
        table = db.sql(query, params=values).to_arrow_table().select(SCHEMAS["events"].names)
    lake.append("events", table.cast(SCHEMAS["events"]), app="bench", version=version)
