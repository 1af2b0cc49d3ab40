"""Where each person stands, by their own rhythm. Today is the 30th of June."""

from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.core.insight import lifecycle, portraits
from siyu.core.insight.facts import open_facts
from tests.selling import order, row, sell

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TODAY = date(2026, 6, 30)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


def bought(person: int, *days_ago: int) -> list[dict]:
    """Orders so many days before the first of July."""
    days = (AS_OF.date() - timedelta(days=n) for n in days_ago)
    return [order(person * 1000 + n, person, day, (1, 100)) for n, day in enumerate(days)]


def stages(as_of: datetime = AS_OF) -> dict[int, str]:
    with open_facts(as_of) as db:
        portraits.compute(db, as_of)
        return dict(db.execute("SELECT person, stage FROM portraits").fetchall())


def test_it_works():
    sell(
        row("person.appeared", TODAY, 1),
        *bought(2, 30),
        *bought(3, 200, 190, 180, 1),
        *bought(4, 50, 40, 30, 20, 10),
        *bought(5, 71, 61, 51, 41, 31),
        *bought(6, 110, 100, 90, 80, 70, 61),
        *bought(7, 60, 21),
    )
    # usual gaps: 3: 66 days, of its whole life; 4 and 5: 10; 6: 9.8; 7 has no rhythm yet, the median of all is 10
    assert stages() == {
        1: "prospect",
        2: "new",
        3: "won_back",
        4: "loyal",
        5: "at_risk",
        6: "lapsed",
        7: "active",
    }


@pytest.mark.parametrize(("quiet", "stage"), [(30, "loyal"), (31, "at_risk"), (60, "at_risk"), (61, "lapsed")])
def test_the_edges_of_the_rule(quiet, stage):
    """Every ten days; three gaps of silence are still usual, six are still a risk."""
    sell(*bought(1, *(quiet + 10 * n for n in range(5))))
    assert stages()[1] == stage


@pytest.mark.parametrize(("ago", "stage"), [(30, "new"), (31, "at_risk")])
def test_a_month_after_the_first_order_nobody_is_new(ago, stage):
    sell(*bought(1, ago), *bought(2, 28, 21, 14, 7))
    assert stages()[1] == stage


def test_a_quick_rhythm_counts_as_a_week():
    """She buys daily: a fortnight of silence is no alarm, since nobody is measured by less than a week."""
    sell(*bought(1, *range(40, 60)), *bought(2, *range(14, 60)))
    assert stages() == {1: "at_risk", 2: "loyal"}


def test_won_back_lasts_a_month():
    sell(*bought(1, 300, 290, 280, 10), *bought(2, 300, 290, 31))
    assert stages() == {1: "won_back", 2: "active"}


def test_the_month_of_an_order_is_not_a_return_of_a_usual_customer():
    sell(*bought(1, 120, 90, 60, 30, 1))
    assert stages()[1] == "loyal"


def test_transitions_go_from_month_to_month():
    sell(
        *bought(1, 150, 140, 130, 120, 110, 35),
        *bought(2, 20),
        *bought(3, 60, 45, 32, 31),
        row("person.appeared", date(2026, 4, 1), 4),
    )
    with open_facts(AS_OF) as db:
        moves = lifecycle.transitions(db, AS_OF, months=2)
    may = {(move["from"], move["to"]): move["people"] for move in moves if move["month"] == "2026-05"}
    june = {(move["from"], move["to"]): move["people"] for move in moves if move["month"] == "2026-06"}
    assert may == {("at_risk", "won_back"): 1, (None, "new"): 1, ("prospect", "prospect"): 1}
    assert sum(june.values()) == 4
    assert june[None, "new"] == june["won_back", "active"] == june["prospect", "prospect"] == 1
    assert june["new", "at_risk"] == 1


def test_the_stage_of_a_month_is_that_of_a_report_of_then():
    sell(*bought(1, 150, 140, 130, 35), *bought(2, 20), *bought(3, 60, 45, 32), *bought(4, 90, 70, 50))
    end = datetime(2026, 6, 1, tzinfo=UTC)
    with open_facts(AS_OF) as db:
        lifecycle.stages(db, end, "stages_then")
        assert dict(db.execute("SELECT person, stage FROM stages_then").fetchall()) == stages(end)


def test_whom_to_call_first():
    sell(*bought(1, *(31 + 10 * n for n in range(5))), *bought(2, *(31 + 10 * n for n in range(7))))
    with open_facts(AS_OF) as db:
        portraits.compute(db, AS_OF)
        assert [one["person"] for one in lifecycle.at_risk(db)] == [2, 1]


def test_the_rule_says_its_own_numbers():
    assert "3 usual gaps" in lifecycle.sentence(12.4)
    assert "12 days" in lifecycle.sentence(12.4)
