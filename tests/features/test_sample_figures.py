"""The sample's figures are what plain SQL says of the file that its orders came from: a part of it, for speed."""

from pathlib import Path

import duckdb
import pytest
from django.conf import settings

from siyu import sample
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry
from siyu.core.insight.report import report
from siyu.features.commerce.imports import orders
from siyu.features.traffic import figures, returns
from siyu.features.traffic.models import Spend
from siyu.kit import clock
from siyu.sample import BEGAN, SOURCE
from siyu.sample.behaviour import land_behaviour
from siyu.sample.traffic import arrivals, lead_people_here

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALL = Path(sample.__file__).parent / "orders.parquet"
HOUSEHOLDS = 40
BASKETS = """
    CREATE VIEW baskets AS
    SELECT basket_id, household_id, count(*) AS lines, (100 * sum(sales_value))::BIGINT AS paid,
        min(transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE '{zone}') AS bought_at
    FROM '{file}' GROUP BY ALL"""
WHOLE = "SELECT count(*), sum(paid)::BIGINT, count(DISTINCT household_id), sum(lines)::BIGINT FROM baskets"
AGAIN = "SELECT avg((n > 1)::INT) FROM (SELECT count(*) AS n FROM baskets GROUP BY household_id)"
MONTHS = """
    SELECT strftime(bought_at, '%Y-%m'), sum(paid)::BIGINT, count(*), count(DISTINCT household_id),
        count(DISTINCT household_id) FILTER (strftime(bought_at, '%Y-%m') = strftime(first_at, '%Y-%m'))
    FROM baskets JOIN (SELECT household_id, min(bought_at) AS first_at FROM baskets GROUP BY ALL) USING (household_id)
    GROUP BY 1 ORDER BY 1"""
CHANNELS = """
    SELECT coalesce(way, 'unknown'), count(DISTINCT household_id), count(*), sum(paid)::BIGINT
    FROM baskets LEFT JOIN came USING (household_id) GROUP BY 1"""


@pytest.fixture
def db(tmp_path):
    file = tmp_path / "orders.parquet"
    with duckdb.connect() as plain:
        plain.execute(f"""
            COPY (FROM '{ALL}' SEMI JOIN
                (SELECT DISTINCT household_id FROM '{ALL}' ORDER BY ALL LIMIT {HOUSEHOLDS}) USING (household_id))
            TO '{file}'""")
        plain.execute(BASKETS.format(file=file, zone=settings.SIYU.zone))
        plain.execute("CREATE TABLE came (household_id BIGINT, way VARCHAR)")
        plain.executemany("INSERT INTO came VALUES (?, ?)", [(who, way.code) for way, who, *_ in arrivals()])
        options = Options(source=SOURCE, currency=settings.SIYU.currency, said_at=BEGAN)
        carry(orders, file, options=options, at=clock.now())
        land_behaviour(SOURCE, clock.now())
        lead_people_here(clock.now())
        drain_all()
        yield plain


def test_the_report_and_what_buyers_cost_are_plain_sums_over_the_file(db):
    told = report()
    [whole] = db.execute(WHOLE).fetchall()
    assert (told["orders"], told["gmv"], told["buyers"], told["lines"]) == whole
    assert told["repurchase_rate"] == db.execute(AGAIN).fetchone()[0]
    assert told["aov"] == round(whole[1] / whole[0]) and told["arpu"] == round(whole[1] / whole[2])
    names = ("month", "gmv", "orders", "buyers", "new")
    assert [tuple(month[name] for name in names) for month in told["months"]] == db.execute(MONTHS).fetchall()
    returns.refresh(clock.now())
    rows = figures.answer("channel").rows
    assert {(row.key, row.people, row.orders, row.gmv) for row in rows if row.people} == set(
        db.execute(CHANNELS).fetchall()
    )
    for row in rows:
        assert row.spend == sum(Spend.objects.filter(channel__code=row.key).values_list("cost", flat=True))
        assert not row.cac or abs(row.cac - row.spend / row.people) <= 0.5
