"""People by the month of their first order, and the months themselves."""

from datetime import UTC, date, datetime

import pytest

from siyu.core.insight import cohorts
from siyu.core.insight.facts import open_facts
from tests.selling import order, sell

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALICE, BOB, CAROL = 1, 2, 3
AS_OF = datetime(2026, 5, 1, tzinfo=UTC)


def a_shop() -> None:
    sell(
        order(1, ALICE, date(2025, 12, 31), (1, 100)),
        order(2, ALICE, date(2026, 1, 1), (1, 200)),
        order(3, ALICE, date(2026, 4, 2), (1, 300)),
        order(4, ALICE, date(2026, 4, 3), (1, 400)),
        order(5, BOB, date(2025, 12, 1), (1, 50)),
        order(6, CAROL, date(2026, 2, 1), (1, 60)),
        order(7, None, date(2026, 2, 1), (1, 9999)),
    )


def cells() -> list:
    with open_facts(AS_OF) as db:
        return cohorts.cells(db)


def test_it_works():
    a_shop()
    assert cohorts.cohorts(cells(), AS_OF) == [
        {"month": "2025-12", "size": 2, "retained": [2, 1, 0, 0, 1], "gmv": [150, 200, 0, 0, 700]},
        {"month": "2026-02", "size": 1, "retained": [1, 0, 0], "gmv": [60, 0, 0]},
    ]


def test_months_tell_the_same_story():
    a_shop()
    assert cohorts.months(cells(), AS_OF) == [
        {"month": "2025-12", "gmv": 150, "orders": 2, "buyers": 2, "new": 2},
        {"month": "2026-01", "gmv": 200, "orders": 1, "buyers": 1, "new": 0},
        {"month": "2026-02", "gmv": 60, "orders": 1, "buyers": 1, "new": 1},
        {"month": "2026-03", "gmv": 0, "orders": 0, "buyers": 0, "new": 0},
        {"month": "2026-04", "gmv": 700, "orders": 2, "buyers": 1, "new": 0},
    ]


def test_nothing_sold_is_no_month():
    assert cohorts.cohorts(cells(), AS_OF) == cohorts.months(cells(), AS_OF) == []
