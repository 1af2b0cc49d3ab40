"""Orders of the lake shared out to the touches before them."""

from datetime import date

import pytest

from siyu.features.traffic import ruling
from siyu.features.traffic.attribution.lakeside import BadPeriod, Period, behind, period, share_out, told
from siyu.features.traffic.attribution.models import MODELS
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees, touches

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("source", "tree")]
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def march(source, tree) -> None:
    """Alice: note, ad, order; and an order again of her own. Bob: an ad. Carol: an order that nothing came before."""
    ruling.write(channel="red", by="alice", at=NOON, utm_source="red")
    ruling.write(channel="search", by="alice", at=NOON, utm_source="search")
    sees("alice", later(0), **campaign("red"))
    sees("alice", later(7), **campaign("search"))
    buys("alice", 1, later(7.5), 3000)
    buys("alice", 2, later(20), 500)
    sees("bob", later(3), **campaign("search"))
    buys("carol", 3, later(5), 700)
    touches()


def shared(asked: Period = MARCH, **said) -> dict:
    return told(share_out(asked, **said))


def of(said: dict, model: str, what: str = "conversions") -> dict[str, float]:
    return {row["code"]: row[what][model] for row in said["channels"]}


@pytest.mark.usefixtures("march")
def test_it_works():
    said = shared()
    assert (said["conversions"], said["gmv"], said["nulls"], said["unknown_orders"]) == (3, 4200, 1, 0)
    assert of(said, "first") == {"(none)": 2.0, "red": 1.0, "search": 0.0}
    assert of(said, "last") == {"(none)": 2.0, "red": 0.0, "search": 1.0}
    assert of(said, "shapley", "gmv") == {"(none)": 1200.0, "red": 1500.0, "search": 1500.0}
    for model in MODELS:
        assert sum(of(said, model).values()) == 3 and sum(of(said, model, "gmv").values()) == 4200


@pytest.mark.usefixtures("march")
def test_a_rule_of_today_changes_who_had_the_credit():
    ruling.write(channel="red", by="alice", at=NOON, utm_source="search", place=1)
    assert of(shared(), "last") == {"(none)": 2.0, "red": 1.0}


@pytest.mark.usefixtures("march")
def test_a_touch_before_the_window_counts_no_more():
    assert of(shared(window_days=5), "first") == {"(none)": 2.0, "red": 0.0, "search": 1.0}


@pytest.mark.usefixtures("march")
def test_what_was_touched_before_the_period_counts_and_what_ended_before_does_not():
    later_half = Period(date(2026, 3, 8), date(2026, 3, 31))
    said = shared(later_half)
    assert said["conversions"] == 2 and said["nulls"] == 0
    assert of(said, "first") == {"(none)": 1.0, "red": 1.0, "search": 0.0}


@pytest.mark.usefixtures("march")
def test_figures_open_down_to_their_orders():
    rows = behind(MARCH, channel="red")
    assert [(row["order"], row["person"], row["path"], row["amount"]) for row in rows] == [
        (1, number_of("alice"), ["red", "search"], 3000)
    ]
    assert [row["order"] for row in behind(MARCH)] == [2, 1, 3]
    assert behind(MARCH, channel="nowhere") == []


def test_nothing_happened_and_nobody_has_credit():
    assert shared()["channels"] == [] and behind(MARCH) == []


def test_a_period_goes_forward():
    with pytest.raises(BadPeriod):
        period(date(2026, 3, 2), date(2026, 3, 1))
    assert period(None, date(2026, 3, 31), days=31) == MARCH
