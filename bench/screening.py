"""Screening and next product against what came after, on the sample brand; prints one JSON document.

    SIYU_HOME=/tmp/bench python bench/screening.py [--tune]

Loads `completejourney_h1` straight into a lake of its own where there is none, so that it needs no import.
"""

import json
import os
import sys
from pathlib import Path

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[1] / ".." / "shared"))
DATA = SHARED / "data" / "completejourney_h1"


def load() -> None:
    """The sample as events in the lake: products by rank of their id, people by rank of their household."""
    from siyu.core.eventlog import lake

    if lake.table("events").transaction_version("bench"):
        return
    with lake.connect() as db:
        rows = db.sql(EVENTS.format(data=DATA)).to_arrow_table().cast(lake.SCHEMAS["events"])
    lake.append("events", rows, app="bench", version=1)


EVENTS = """
    WITH lines AS (
        SELECT *, transaction_timestamp::TIMESTAMP::TIMESTAMPTZ AS happened_at, row_number() OVER () AS n
        FROM '{data}/transactions.parquet'),
    said AS (
        SELECT 'product.listed' AS name, TIMESTAMPTZ '2017-01-01' AS happened_at, NULL AS identity,
            product_id AS subject, NULL AS amount, NULL AS discount, NULL AS items,
            json_object('title', coalesce(product_type, 'product'), 'category', product_category,
                'department', department, 'brand', brand)::VARCHAR AS properties
        FROM '{data}/products.parquet'
        UNION ALL
        SELECT 'person.appeared', min(happened_at), household_id, NULL, NULL, NULL, NULL, '{{}}'
        FROM lines GROUP BY household_id
        UNION ALL
        SELECT 'order.placed', min(happened_at), household_id, basket_id, sum(round(sales_value * 100)::BIGINT), 0,
            list({{'product': product_id, 'quantity': quantity, 'amount': round(sales_value * 100)::BIGINT,
                'discount': 0::BIGINT}} ORDER BY n), '{{}}'
        FROM lines GROUP BY household_id, basket_id)
    SELECT row_number() OVER (ORDER BY happened_at, name, subject, identity) AS position, name, happened_at,
        happened_at AS recorded_at, happened_at::DATE AS day, identity, 'bench' AS source, NULL AS message,
        true AS imported, subject, amount, discount, items, properties, strftime(happened_at, '%Y-%m') AS month
    FROM said ORDER BY month, name, position"""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    os.environ.setdefault("SIYU_ZONE", "UTC")
    os.environ.setdefault("SIYU_CURRENCY", "USD")
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import django

    django.setup()
    load()
    from siyu.core.insight.screening import candidates

    print(json.dumps(candidates(limit=3), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
