"""What changed in four weeks, and where it came from: shared out exactly, and each share opens down to its orders."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.core.insight import changes, metrics, portraits, refresh
from siyu.core.insight.facts import open_facts
from tests.selling import listed, order, sell

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.once]
ALICE, BOB, CAROL, NOBODY = 1, 2, 3, None
TEA, CAKE, CUP = 1, 2, 3
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
LATE, EARLY, BEFORE = date(2026, 3, 10), date(2026, 2, 10), date(2026, 1, 20)


def changed(as_of: datetime = AS_OF) -> dict:
    with open_facts(as_of) as db:
        return changes.changes(db, as_of)


def a_shop() -> None:
    """Alice buys less tea than she did, Bob comes, Carol goes."""
    sell(
        listed(TEA, "tea", "drinks"),
        listed(CAKE, "cake", "food"),
        listed(CUP),
        order(1, ALICE, BEFORE, (TEA, 100_000)),
        order(2, ALICE, EARLY, (TEA, 4000)),
        order(3, CAROL, EARLY, (CAKE, 2000), (CUP, 50)),
        order(4, ALICE, LATE, (TEA, 1000)),
        order(5, BOB, LATE, (CAKE, 2500)),
        order(6, BOB, LATE, (CAKE, 500)),
        order(7, NOBODY, LATE, (CAKE, 99_999)),
        order(8, ALICE, date(2026, 4, 1), (TEA, 77_777)),
    )


def test_it_works():
    a_shop()
    said = changed(datetime(2026, 4, 1, 9, tzinfo=UTC))  # of today only the morning is known: it is in neither
    assert (said["before_from"], said["from"], said["until"]) == ("2026-02-04", "2026-03-04", "2026-04-01")
    assert said["before"] == {"buyers": 2, "newcomers": 1, "orders": 2, "gmv": 6050}
    assert said["now"] == {"buyers": 2, "newcomers": 1, "orders": 3, "gmv": 4000}
    assert said["gmv"] == -2050
    assert said["groups"]["department"] == [
        {"name": "drinks", "before": 4000, "now": 1000, "change": -3000},
        {"name": "food", "before": 2000, "now": 3000, "change": 1000},
        {"name": "", "before": None, "now": None, "change": -50},
    ]
    assert [(one["name"], one["change"]) for one in said["groups"]["buyer"]] == [("new", 950), ("returning", -3000)]
    assert [(one["name"], one["before"], one["now"]) for one in said["factors"]] == [
        ("buyers", 2, 2), ("orders_per_buyer", 1.0, 1.5), ("aov", 3025.0, pytest.approx(1333.33, abs=0.01)),
    ]  # fmt: skip
    assert [one["change"] for one in said["factors"]] == [0, 2009, -4059]


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_to_the_change(seed):
    some = random.Random(seed)
    goods = [listed(n, some.choice(["", "a", "b", "c", "d", "e", "f", "g"]), some.choice(["x", "y"])) for n in range(9)]
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(90)]
    for n in range(150):
        lines = [(some.randrange(11), some.randrange(1, 9999)) for _ in "ab"]
        goods.append(order(n, some.randrange(1, 20), some.choice(days), *lines))
    sell(*goods)
    said = changed()
    assert said["gmv"] == said["now"]["gmv"] - said["before"]["gmv"]
    assert sum(one["change"] for one in said["factors"]) == said["gmv"]
    for name, groups in said["groups"].items():
        assert sum(one["change"] for one in groups) == said["gmv"], name


def test_a_first_month_has_no_factors():
    sell(order(1, ALICE, LATE, (TEA, 1000)))
    said = changed()
    assert (said["gmv"], said["factors"], said["before"]["orders"]) == (1000, [], 0)
    assert said["groups"]["buyer"] == [{"name": "new", "before": 0, "now": 1000, "change": 1000}]


def test_every_share_opens_down_to_its_orders():
    a_shop()
    refresh.draw(AS_OF, portraits.lake.table("events").version())
    span = {"from": "2026-03-04", "until": "2026-04-01"}

    def orders(**more: str) -> list[int]:
        return [one["order"] for one in metrics.behind("gmv", span | more)]

    assert orders() == [6, 5, 4]
    assert orders(department="drinks") == [4]
    assert orders(buyer="new") == [6, 5]
    assert orders(buyer="returning") == [4]
    assert orders(category="cake") == [6, 5]
    assert metrics.behind("gmv", {"from": "yesterday"}) == []
    with pytest.raises(metrics.NoSuchFilter):
        metrics.behind("gmv", {"buyer": "new"})
