"""Members check in once a day of the brand; days in a row are a streak, and a card heals it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.eventlog.models import Entry
from siyu.core.people.holdings import Somebody
from siyu.features.loyalty.checkin import actions, cards, queries, rules
from siyu.features.loyalty.checkin.actions import AlreadyCheckedIn, BadProgramme, NoCard, NothingToMakeUp
from siyu.features.loyalty.checkin.held import CheckIns
from siyu.features.loyalty.checkin.rules import Step, Streak
from siyu.features.loyalty.giving import BadGift
from siyu.features.loyalty.models import CheckIn, MakeUpCard, StreakStep
from siyu.features.loyalty.who import NoSuchMember
from tests.features.loyalty.people import FIRST, NOON, day, member, settle

pytestmark = pytest.mark.django_db(databases="__all__")
CARD = {"kind": "make_up_card", "terms": {"cards": 1}}


def programme(*steps: dict, reaches_back: int = 5) -> None:
    actions.write_programme(steps=list(steps), reaches_back=reaches_back, by="lin", at=NOON)


def come(who: int, *days: int) -> list[int]:
    return [actions.check_in(identity=who, at=day(n)).days for n in days]


def said(name: str) -> list[dict]:
    import json

    return [json.loads(body) for body in Entry.objects.filter(name=name).order_by("pk").values_list("body", flat=True)]


def test_it_works():
    programme({"days": 3, "repeats": True, "gives": [CARD]})
    alice = member("alice")
    assert come(alice, 0, 1, 2) == [1, 2, 3]
    settle()
    assert MakeUpCard.objects.get().identity_id == alice
    assert [one["properties"]["streak"] for one in said("member.checked_in")] == [1, 2, 3]
    shown = queries.page(alice, month=None, at=day(2))
    assert (shown.done, shown.streak, shown.best, shown.total, shown.cards) == (True, 3, 3, 3, 1)
    assert [(step.days, step.left, step.things) for step in shown.coming[:1]] == [(6, 3, ["1 make-up card"])]


def test_a_day_is_checked_in_once():
    alice = member("alice")
    come(alice, 0)
    with pytest.raises(AlreadyCheckedIn):
        actions.check_in(identity=alice, at=day(0) + timedelta(hours=11))
    assert come(alice, 1) == [2] and CheckIn.objects.count() == 2


def test_a_day_is_the_brands():
    """Half past four in the afternoon in London is half past midnight in Shanghai."""
    alice = member("alice")
    for hour, minute in ((15, 59), (16, 0)):
        actions.check_in(identity=alice, at=datetime(2026, 6, 1, hour, minute, tzinfo=UTC))
    assert sorted(CheckIn.objects.values_list("day", flat=True)) == [date(2026, 6, 1), date(2026, 6, 2)]


def test_a_missed_day_breaks_the_streak_and_a_card_heals_it():
    programme({"days": 5, "gives": [CARD]})
    alice = member("alice")
    come(alice, 0, 1, 3)
    assert come(alice, 4) == [2]
    cards.grant(identity=alice, cards=1, key="gift", because="sorry", at=day(4))
    assert queries.page(alice, month=None, at=day(4)).missed[0] == FIRST + timedelta(days=2)
    healed = actions.make_up(identity=alice, day=FIRST + timedelta(days=2), at=day(4))
    assert healed == Streak(FIRST, FIRST + timedelta(days=4)) and healed.days == 5
    settle()
    assert StreakStep.objects.get().days == 5 and said("day.made_up")[0]["properties"]["streak"] == 5
    assert MakeUpCard.objects.filter(spent_at=None).count() == 1, "the step gave another"


def test_two_streaks_that_heal_into_one_reach_no_step_twice():
    programme({"days": 2, "gives": [CARD]})
    alice = member("alice")
    come(alice, 0, 1, 3, 4)
    settle()
    assert StreakStep.objects.count() == 2
    actions.make_up(identity=alice, day=FIRST + timedelta(days=2), at=day(4))
    settle()
    assert StreakStep.objects.count() == 2 and MakeUpCard.objects.count() == 2


@pytest.mark.parametrize(
    ("n", "refusal"),
    [(4, NothingToMakeUp), (5, NothingToMakeUp), (-2, NothingToMakeUp), (0, NothingToMakeUp), (2, NoCard)],
    ids=["today", "tomorrow", "too long ago", "not missed", "no card"],
)
def test_a_day_that_cannot_be_made_up_is_refused(n, refusal):
    programme()
    alice = member("alice")
    come(alice, 0, 1, 3)
    with pytest.raises(refusal):
        actions.make_up(identity=alice, day=FIRST + timedelta(days=n), at=day(4))
    assert CheckIn.objects.count() == 3


def test_a_day_before_somebody_was_a_member_cannot_be_made_up():
    programme(reaches_back=30)
    alice = member("alice", since=day(-3))
    cards.grant(identity=alice, cards=3, key="gift", because="", at=day(0))
    with pytest.raises(NothingToMakeUp):
        actions.make_up(identity=alice, day=FIRST - timedelta(days=4), at=day(0))
    actions.make_up(identity=alice, day=FIRST - timedelta(days=3), at=day(0))


def test_who_is_no_member_does_not_check_in():
    with pytest.raises(NoSuchMember):
        actions.check_in(identity=10**9, at=NOON)


def test_cards_are_granted_once_for_a_key_and_taken_back_while_unspent():
    alice = member("alice")
    kind = cards.Cards()
    for _ in range(2):
        kind.grant(identity=alice, terms={"cards": 2}, key="k", at=NOON)
    assert MakeUpCard.objects.count() == 2 and len(said("card.granted")) == 1
    MakeUpCard.objects.filter(key="k:0").update(spent_at=NOON)
    for _ in range(2):
        kind.revoke(identity=alice, terms={"cards": 2}, key="k", at=day(1))
    assert MakeUpCard.objects.filter(revoked_at=None).count() == 1
    kind.revoke(identity=alice, terms={"cards": 2}, key="never given", at=day(1))


def test_a_new_programme_leaves_what_was_reached():
    programme({"days": 2, "gives": [CARD]})
    alice = member("alice")
    come(alice, 0, 1)
    programme({"days": 3, "gives": [CARD, CARD]})
    settle()
    assert MakeUpCard.objects.count() == 1, "of the programme under which it was reached"
    come(alice, 2)
    settle()
    assert MakeUpCard.objects.count() == 3


@pytest.mark.parametrize(
    ("steps", "reaches_back", "refusal"),
    [
        ("no list", 5, BadProgramme),
        ([{"days": 0, "gives": []}], 5, BadProgramme),
        ([{"days": True, "gives": []}], 5, BadProgramme),
        ([{"days": 7}], 5, BadProgramme),
        ([{"days": 7, "gives": [], "more": 1}], 5, BadProgramme),
        ([{"days": 7, "gives": [{"kind": "gold", "terms": {}}]}], 5, BadGift),
        ([{"days": 7, "gives": [{"kind": "make_up_card", "terms": {"cards": 0}}]}], 5, cards.BadCards),
        ([{"days": 7, "gives": ["gold"]}], 5, BadGift),
        ([], -1, BadProgramme),
        ([], 1000, BadProgramme),
        ([{"days": 1, "gives": []}] * 21, 5, BadProgramme),
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(steps, reaches_back, refusal):
    with pytest.raises(refusal):
        actions.write_programme(steps=steps, reaches_back=reaches_back, by="lin", at=NOON)


def test_the_page_asks_as_often_after_ten_years_as_on_the_first_day(django_assert_num_queries):
    programme({"days": 7, "repeats": True, "gives": [CARD]})
    alice = member("alice", since=NOON - timedelta(days=4000))
    with django_assert_num_queries(4):
        queries.page(alice, month=None, at=NOON)
    CheckIn.objects.bulk_create(
        CheckIn(identity_id=alice, day=FIRST - timedelta(days=n), at=NOON - timedelta(days=n)) for n in range(3650)
    )
    with django_assert_num_queries(4):
        assert queries.page(alice, month=date(2020, 2, 1), at=NOON).streak == 3650


def test_the_calendar_knows_what_a_day_was():
    programme({"days": 3, "gives": [CARD]}, reaches_back=3)
    alice = member("alice")
    come(alice, 0, 2)
    cards.grant(identity=alice, cards=1, key="k", because="", at=day(3))
    actions.make_up(identity=alice, day=FIRST + timedelta(days=1), at=day(4))
    shown = queries.page(alice, month=None, at=day(4))
    june = {one.day.day: one.state for week in shown.weeks for one in week if not one.outside}
    assert [june[n] for n in range(1, 7)] == ["done", "made_up", "done", "missed", "today", ""]
    assert shown.after is None and shown.before == date(2026, 5, 1)
    assert queries.page(alice, month=date(1999, 1, 1), at=day(4)).month == FIRST, "before anybody was there"


def test_what_is_held_can_be_shown_and_forgotten():
    programme({"days": 2, "gives": [CARD]})
    alice, bob = member("alice"), member("bob")
    come(alice, 0, 1), come(bob, 0)
    settle()
    actions.make_up(identity=alice, day=FIRST - timedelta(days=1), at=day(1))
    who = Somebody((alice,))
    told = CheckIns().export(who)
    assert len(told["check_ins"]) == 3 and told["make_up_cards"][0]["spent_at"]
    assert CheckIns().erase(who).erased == {"check_ins": 3, "streak_steps": 1, "make_up_cards": 1}
    assert CheckIns().erase(who).erased == {"check_ins": 0, "streak_steps": 0, "make_up_cards": 0}
    assert CheckIn.objects.get().identity_id == bob


def test_a_step_whose_member_was_forgotten_gives_nothing():
    programme({"days": 1, "gives": [CARD]})
    alice = member("alice")
    come(alice, 0)
    CheckIns().erase(Somebody((alice,)))
    settle()
    assert not MakeUpCard.objects.exists()


# Days as numbers, and an oracle that looks at each of them.

DAYS = st.sets(st.integers(0, 40), max_size=30)
STEPS = st.lists(st.builds(Step, st.integers(1, 12), st.booleans()), max_size=4)


def date_of(n: int) -> date:
    return FIRST + timedelta(days=n)


@given(DAYS, st.integers(0, 40))
def test_streaks_agree_with_an_oracle(days, n):
    before = after = 0
    while n - before - 1 in days:
        before += 1
    while n + after + 1 in days:
        after += 1
    found = rules.streak_around({date_of(d) for d in days}, date_of(n))
    assert found == (Streak(date_of(n - before), date_of(n + after)) if n in days else None)
    assert rules.longest(date_of(d) for d in days) == max((run(days, d) for d in days), default=0)


def run(days: set[int], n: int) -> int:
    return 1 + run(days, n - 1) if n in days else 0


@given(st.permutations(range(14)), STEPS)
def test_steps_are_reached_once_whatever_the_order_of_days(order, steps):
    """Days come in any order, as make-ups do: no streak has a step twice, and at the end all are reached."""
    days: set[date] = set()
    reached: list[tuple[int, date]] = []
    for n in order:
        days.add(date_of(n))
        streak = rules.streak_around(days, date_of(n))
        assert streak
        new = list(rules.newly_reached(steps, streak, reached))
        within = [length for length, on in reached if streak.first <= on <= streak.last]
        assert not {length for length, _ in new} & set(within)
        assert len({length for length, _ in new}) == len(new)
        assert {*within, *(length for length, _ in new)} >= set(rules.lengths(steps, streak.days))
        reached += new
    assert {length for length, _ in reached} == set(rules.lengths(steps, 14))


@given(STEPS, st.integers(0, 60))
def test_the_next_step_is_the_first_that_comes(steps, length):
    ahead = [n for n in rules.lengths(steps, length + 30) if n > length]
    assert rules.next_step(steps, length) == (ahead[0] if ahead else None)


@given(DAYS, st.integers(0, 40), st.integers(0, 40), st.integers(0, 20))
def test_days_to_make_up_are_those_missed(days, since, today, back):
    found = rules.to_make_up({date_of(d) for d in days}, since=date_of(since), today=date_of(today), reaches_back=back)
    wanted = [n for n in range(41) if n not in days and since <= n < today and n >= today - back]
    assert sorted(found) == [date_of(n) for n in wanted]
