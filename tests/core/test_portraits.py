"""A portrait is one row a person, drawn from the lake alone. Figures here are worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.core.insight import asof, portraits
from siyu.core.insight.facts import open_facts
from tests.selling import listed, order, refund, row, sell

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALICE, BOB, CAROL, DAN, NOBODY = 1, 2, 3, 4, None
TEA, CAKE, SOAP, ODD = 1, 2, 3, 4
GOODS = [listed(TEA, "tea", "FOOD"), listed(CAKE, "cake", "FOOD"), listed(SOAP, None, "HOME"), listed(ODD)]
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


def appeared(person: int, day: date) -> dict:
    return row("person.appeared", day, person)


def a_shop() -> None:
    """Alice buys three times, Bob once, Carol gives all of it back, Dan only looks around."""
    sell(
        *GOODS,
        *(appeared(who, date(2026, 1, 1)) for who in (ALICE, BOB, CAROL, DAN)),
        order(1, ALICE, date(2026, 3, 1), (TEA, 1000), (CAKE, 500)),
        order(2, ALICE, date(2026, 5, 30), (TEA, 2000)),
        order(3, ALICE, date(2026, 6, 29), (SOAP, 700), (ODD, 300), (CAKE, 500)),
        order(4, BOB, date(2025, 12, 1), (CAKE, 999)),
        order(5, CAROL, date(2026, 6, 1), (SOAP, 4000)),
        refund(1, 5, CAROL, date(2026, 6, 3), (SOAP, 4000)),
        order(6, NOBODY, date(2026, 6, 2), (TEA, 800)),
    )


def drawn(*columns: str, as_of: datetime = AS_OF) -> dict[int, tuple]:
    with open_facts(as_of) as db:
        portraits.compute(db, as_of)
        return {p: rest for p, *rest in db.execute(f"SELECT person, {', '.join(columns)} FROM portraits").fetchall()}


def test_it_works():
    a_shop()
    assert drawn("orders", "gmv", "net", "refunded", "average_basket", "recency_days") == {
        ALICE: [3, 5000, 5000, 0, 1667, 2],
        BOB: [1, 999, 999, 0, 999, 212],
        CAROL: [1, 4000, 0, 4000, 4000, 30],
        DAN: [0, 0, 0, 0, None, None],
    }


def test_windows_are_rolling_days_before_the_moment():
    a_shop()
    windows = drawn("orders_30d", "gmv_30d", "orders_90d", "gmv_90d", "orders_365d", "gmv_365d")
    assert windows[ALICE] == [1, 1500, 2, 3500, 3, 5000]
    assert windows[BOB] == [0, 0, 0, 0, 1, 999]
    # her order was at noon: 29 and a half days before the first moment of July, and 30 and a half before its second day
    assert windows[CAROL][0] == 1
    assert drawn("orders_30d", as_of=AS_OF + timedelta(days=1))[CAROL] == [0]


def test_favourites_are_what_most_was_spent_on():
    a_shop()
    liked = drawn("favourite_categories", "round(favourite_share, 4)", "categories")
    assert liked[ALICE] == [["tea", "cake", "HOME"], round(3000 / 4700, 4), 3]
    assert liked[CAROL] == [["HOME"], 1.0, 1]
    assert liked[DAN] == [None, None, 0]


def test_equal_favourites_go_by_name():
    sell(*GOODS, order(1, ALICE, date(2026, 6, 1), (TEA, 5), (SOAP, 5), (CAKE, 5)))
    assert drawn("favourite_categories")[ALICE] == [["HOME", "cake", "tea"]]


def test_rhythm_and_days():
    a_shop()
    sell(row("Product Viewed", date(2026, 6, 29), ALICE), *(row("Product Viewed", date(2026, 6, 5), ALICE),) * 2)
    assert drawn("repurchase_interval_days", "active_days")[ALICE] == [60.0, 4]
    assert drawn("repurchase_interval_days", "active_days")[BOB] == [None, 1]


def test_who_was_first_seen_by_an_order_is_known_since_then():
    sell(appeared(ALICE, date(2026, 6, 20)), order(1, ALICE, date(2026, 6, 1), (TEA, 5)))
    assert drawn("since")[ALICE] == [datetime(2026, 6, 1, 12)]


def test_two_identities_are_one_person():
    a_shop()
    sell(row("identity.linked", date(2026, 6, 30), BOB, ALICE))
    assert drawn("orders", "gmv")[ALICE] == [4, 5999]
    assert BOB not in drawn("orders")


def test_an_empty_lake_has_no_portraits():
    assert drawn("orders") == {}


def test_nothing_is_kept_before_the_first_refresh():
    with pytest.raises(portraits.NotYet):
        portraits.scan()


def test_kept_portraits_are_fresh_until_something_happens_or_the_day_is_over():
    a_shop()
    assert not portraits.fresh(AS_OF)
    assert portraits.refresh(AS_OF) == 4
    assert portraits.fresh(AS_OF + timedelta(hours=23))
    assert not portraits.fresh(AS_OF + timedelta(hours=24))
    sell(order(9, BOB, date(2026, 6, 30), (TEA, 1)))
    assert not portraits.fresh(AS_OF)
    assert portraits.refresh(AS_OF) == 4
    with open_facts() as db:
        kept = db.execute(f"SELECT orders, as_of FROM {portraits.scan()} WHERE person = {BOB}").fetchall()
    assert kept == [(2, datetime(2026, 7, 1))]


def test_history_is_judged_as_of_its_end():
    a_shop()
    sell(row("person.tagged", date(2026, 11, 20), ALICE), row("product.listed", date(2026, 11, 20), subject=1))
    sell(row("member.signed_in", date(2026, 11, 20), ALICE), row("order.opened", date(2026, 11, 20), ALICE, subject=9))
    now = datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert asof.resolve(None, now) == datetime(2026, 6, 30, tzinfo=UTC)
    sell(row("Product Viewed", date(2026, 11, 1), ALICE))
    assert asof.resolve(None, now) == now
    assert asof.resolve(AS_OF, now) == AS_OF
