"""What the lake says, as relations that a question can be asked of.

`open_facts` gives a DuckDB cursor of its own with these views; all times are UTC without a zone, all days the brand's,
all amounts minor units of the base currency:

    log       position, name, happened_at, day, identity, source, imported, subject, amount, discount, items, properties
    links     identity, person                       only identities that are not a person of their own
    everything  log + person (none: nobody knows who)
    events    the same without the behaviour of excluded visitors
    persons   person, since                       but who was erased, and excluded visitors who never bought anything
    orders    order, person, identity, happened_at, day, amount, discount, items, properties;
              newest state, not cancelled
    sales     order, person, happened_at, day, product, quantity, amount, discount               one row a line
    refunds   refund, order, person, happened_at, day, amount, items;
              newest state, not of cancelled orders, which are out with all their money
    products  product, title, category, department, brand                               newest description
    traits    person, name, value (JSON), happened_at, source                    newest value, but what was unset
    tags      person, tag, group, happened_at
"""

from datetime import UTC, datetime

import duckdb

from siyu.core.eventlog import lake
from siyu.events import BY_NAME

COLUMNS = """
    position, name, e.happened_at::TIMESTAMP AS happened_at, day, identity, source, imported,
    subject, amount, discount, items, properties"""

# Read once a cursor, and small as a rule.
TABLES = {
    "erased": "SELECT DISTINCT identity FROM ever WHERE name = 'person.erased'",
    "links": """
        SELECT identity, arg_max(subject, position) AS person
        FROM ever WHERE name = 'identity.linked' GROUP BY identity""",
    "corrected": """
        SELECT subject AS "order", max(position) AS position
        FROM log WHERE name = 'order.corrected' GROUP BY subject""",
    "cancelled": """
        SELECT "order" FROM (
            SELECT subject AS "order", max(position) AS position
            FROM log WHERE name = 'order.cancelled' GROUP BY subject) x LEFT JOIN corrected c USING ("order")
        WHERE c.position IS NULL OR c.position < x.position""",
    "excluded": """
        SELECT identity FROM ever WHERE name IN ('visitor.excluded', 'visitor.readmitted') AND identity IS NOT NULL
        GROUP BY identity HAVING arg_max(name, position) = 'visitor.excluded'""",
}
STRANGERS = (
    "SELECT identity FROM excluded WHERE identity NOT IN (SELECT identity FROM orders WHERE identity IS NOT NULL)"
)
"""Excluded visitors who are nobody's customers either."""
VIEWS = {
    "persons": """
        SELECT person, min(happened_at) AS since FROM everything
        WHERE name = 'person.appeared' AND identity NOT IN (FROM erased) AND identity NOT IN (FROM strangers)
        GROUP BY person""",
    "sales": """
        SELECT "order", person, happened_at, day, i.product, i.quantity, i.amount, i.discount
        FROM (SELECT "order", person, happened_at, day, unnest(items) AS i FROM orders)""",
    "refunds": """
        SELECT * FROM (
            SELECT subject AS refund, (properties ->> '$.order')::BIGINT AS "order", person, happened_at, day, amount,
                items
            FROM everything WHERE name = 'order.refunded'
            QUALIFY row_number() OVER (PARTITION BY subject ORDER BY position DESC) = 1)
        ANTI JOIN cancelled USING ("order")""",
    "products": """
        SELECT subject AS product, p ->> '$.title' AS title, p ->> '$.category' AS category,
            p ->> '$.department' AS department, p ->> '$.brand' AS brand
        FROM (SELECT subject, arg_max(properties, position)::JSON AS p
              FROM ever WHERE name = 'product.listed' GROUP BY subject)""",
    "traits": """
        SELECT person, name, arg_max(value, (happened_at, position)) AS value, max(happened_at) AS happened_at,
            arg_max(source, (happened_at, position)) AS source
        FROM (SELECT person, happened_at, position, properties ->> '$.source' AS source,
                  unnest(json_keys(properties, '$.traits')) AS name,
                  json_extract(properties, '$.traits."' || unnest(json_keys(properties, '$.traits')) || '"') AS value
              FROM everything WHERE name = 'person.described')
        GROUP BY person, name HAVING json_type(arg_max(value, (happened_at, position))) <> 'NULL'""",
    "tags": """
        WITH called AS (
            SELECT subject, arg_max(properties ->> '$.tag', position) AS tag,
                arg_max(properties ->> '$.group', position) AS "group"
            FROM log
            WHERE name IN ('person.tagged', 'person.untagged', 'tag.renamed') GROUP BY subject)
        SELECT person, tag, "group", max(happened_at) AS happened_at FROM (
            SELECT person, subject, identity, arg_max(name, position) AS last, max(happened_at) AS happened_at
            FROM everything WHERE name IN ('person.tagged', 'person.untagged') GROUP BY ALL)
        JOIN called USING (subject) WHERE last = 'person.tagged' GROUP BY person, subject, "group", tag""",
}


def open_facts(as_of: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """A cursor with the views above over the lake as it is now; use it in a `with`.

    `as_of` leaves out what happened at or after that moment: today's map and catalogue, the facts of then.
    """
    db = open_log(as_of)
    for name, query in TABLES.items():
        db.execute(f"CREATE TEMP TABLE {name} AS {query}")
    filled = {name for name in TABLES if db.execute(f"FROM {name} LIMIT 1").fetchall()}
    for name, query in {"everything": everything(filled), "events": events(filled), "orders": orders(filled)}.items():
        db.execute(f"CREATE TEMP VIEW {name} AS {query}")
    db.execute(f"CREATE TEMP TABLE strangers AS {STRANGERS if 'excluded' in filled else 'FROM excluded'}")
    for name, query in VIEWS.items():
        db.execute(f"CREATE TEMP VIEW {name} AS {query}")
    return db


def open_log(as_of: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """With `log` alone, for which nothing is read beforehand; and `ever`, the same without an end."""
    db = lake.connect()
    scan = lake.scan("events")
    # The cut is on the column as it is stored: behind a cast, no file is skipped and every row is compared.
    before = f" WHERE e.happened_at < '{as_of.astimezone(UTC).isoformat()}'::TIMESTAMPTZ" if as_of else ""
    db.execute(f"CREATE TEMP VIEW ever AS SELECT {COLUMNS} FROM {scan} e")
    db.execute(f"CREATE TEMP VIEW log AS SELECT {COLUMNS} FROM {scan} e{before}")
    return db


# A join with an empty table still reads the columns it joins by, and hides from the scan what it may skip: a third of
# the time of a question over all orders. So only tables with rows are joined.
def everything(filled: set[str]) -> str:
    if "links" not in filled:
        return "SELECT log.*, log.identity AS person FROM log"
    return "SELECT log.*, coalesce(links.person, log.identity) AS person FROM log LEFT JOIN links USING (identity)"


def events(filled: set[str]) -> str:
    """What we say ourselves stands whoever it is about; what apps and pages sent, only of whom it counts of."""
    if "excluded" not in filled:
        return "FROM everything"
    ours = ", ".join(f"'{name}'" for name in sorted(BY_NAME))
    return f"""
        SELECT e.* FROM everything e LEFT JOIN excluded x ON x.identity = e.identity
        WHERE x.identity IS NULL OR e.name IN ({ours})"""


def orders(filled: set[str]) -> str:
    joins, newest = "", "e.name = 'order.placed'"
    if "corrected" in filled:
        joins = """LEFT JOIN corrected c ON c."order" = e.subject"""
        newest = "e.name IN ('order.placed', 'order.corrected') AND (c.position IS NULL OR c.position = e.position)"
    if "cancelled" in filled:
        joins += """ ANTI JOIN cancelled x ON x."order" = e.subject"""
    return f"""
        SELECT e.subject AS "order", e.person, e.identity, e.happened_at, e.day,
            e.amount, e.discount, e.items, e.properties
        FROM everything e {joins} WHERE {newest}"""
