"""From a file to the report: what the lake says is what the tables say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Count, Q, Sum

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.models import Entry
from siyu.core.insight.report import report
from siyu.features.commerce import imports
from siyu.features.commerce.models import Line, Order, Refund

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ROWS = """order_id,customer_id,order_date,sku,quantity,unit_price,status
1,alice,2026-01-01,tea,2,12.50,paid
1,alice,2026-01-01,ribbon,1,0,paid
1,alice,2026-01-01,pin,1,0.001,paid
2,bob,2026-01-02,tea,1,12.50,paid
3,alice,2026-02-02,cup,1,8.00,paid
4,alice,2026-02-03,cup,3,8.00,cancelled
5,carol,2026-02-04,cup,1,8.00,refunded
6,,2026-02-05,cup,1,9.00,paid
7,dan,2026-02-06,card,1,0,paid
C8,alice,2026-02-10,tea,-1,12.50,paid
"""


@pytest.fixture
def told(tmp_path: Path) -> dict:
    file = tmp_path / "orders.csv"
    file.write_text(ROWS)
    carry(imports.orders, file, options=Options(), at=NOW)
    drain_all()
    return report(datetime(2026, 3, 1, tzinfo=UTC))


def test_it_works(told):
    sold = Order.objects.filter(gift=False, cancelled_at=None)
    known = sold.exclude(identity=None).aggregate(
        n=Count("pk"), gmv=Sum("amount"), buyers=Count("identity", distinct=True)
    )
    back = Refund.objects.filter(~Q(identity=None)).aggregate(amount=Sum("amount"))["amount"]
    assert (told["orders"], told["gmv"], told["buyers"]) == (known["n"], known["gmv"], known["buyers"])
    assert (told["refunds"], told["net"]) == (back, known["gmv"] - back)
    assert told["unidentified"]["gmv"] == sold.filter(identity=None).aggregate(gmv=Sum("amount"))["gmv"]
    assert (told["gmv"], told["refunds"]) == (2500 + 1250 + 800 + 800, 800 + 1250)


def test_what_had_no_price_was_given(told):
    """A ribbon in the parcel, and a card that was all of one; a pin too cheap for a cent was sold nevertheless."""
    assert Line.objects.filter(order__number="1").count() == 3
    assert told["lines"] == 2 + 1 + 1 + 1
    assert Entry.objects.filter(name="gift.sent").count() == 2
    assert told["people"] == told["buyers"] + 1 == 4
