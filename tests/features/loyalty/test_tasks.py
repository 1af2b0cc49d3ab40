"""Tasks are counted from what happens, and completed exactly once in their period."""

from datetime import timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.people.holdings import Somebody
from siyu.events.commerce import OrderPlaced, OrderReceived
from siyu.features.loyalty.checkin import actions as checkin
from siyu.features.loyalty.giving import BadGift
from siyu.features.loyalty.models import MakeUpCard, Task, TaskMark, TaskRun
from siyu.features.loyalty.tasks import actions, queries
from siyu.features.loyalty.tasks.actions import NoSuchTask, TaskNotOpen
from siyu.features.loyalty.tasks.conditions import BadTask, holds, sound_step
from siyu.features.loyalty.tasks.held import TaskRuns
from tests.features.loyalty.people import NOON, day, member, settle

pytestmark = pytest.mark.django_db(databases="__all__")
CARD = {"kind": "make_up_card", "terms": {"cards": 1}}


def task(*steps: dict, kind: str = "once", at=NOON, **said) -> Task:
    written = actions.write(title="T", kind=kind, steps=list(steps), gives=[CARD], by="lin", at=at, **said)
    return actions.publish(task=written.pk, at=at)


def buy(who: int, amount: int, n: int, *, imported: bool = False) -> None:
    with transaction.atomic():
        announce(
            OrderPlaced(
                at=day(n), identity=who, order=n, currency="CNY", amount=amount, discount=0, items=[], source="s"
            ),
            imported=imported,
        )


def receive(who: int, n: int) -> None:
    with transaction.atomic():
        announce(OrderReceived(at=day(n), identity=who, order=n))


def completed() -> list[tuple[int, str]]:
    done = TaskRun.objects.exclude(completed_at=None).order_by("pk")
    return list(done.values_list("identity", "period"))


BIG = {"event": "order.placed", "where": [{"field": "amount", "op": ">=", "value": 1000}], "count": 2}


def test_it_works():
    """Every reaction hears everything twice; an event counts once, and the reward comes once."""
    alice = member("alice")
    task(BIG)
    buy(alice, 1000, 1), buy(alice, 999, 2)
    settle()
    shown = queries.of_member(alice, at=day(2))[0]
    assert (shown.steps[0].done, shown.steps[0].needed, shown.completed_at, shown.share) == (1, 2, None, 0.5)
    buy(alice, 5000, 3), buy(alice, 5000, 4)
    settle(), settle()
    assert completed() == [(alice, "")] and MakeUpCard.objects.count() == 1 and TaskMark.objects.count() == 2
    assert queries.of_member(alice, at=day(5))[0].share == 1


def test_a_daily_task_is_completed_once_each_brand_day():
    alice = member("alice")
    task({"event": "order.placed"}, kind="daily")
    for n in (1, 1, 2):
        buy(alice, 100, n)
    settle()
    assert completed() == [(alice, "2026-06-02"), (alice, "2026-06-03")] and MakeUpCard.objects.count() == 2
    assert queries.of_member(alice, at=day(3))[0].completed_at is None, "another day"


def test_a_series_counts_its_steps_in_their_order():
    alice = member("alice")
    task({"event": "member.checked_in", "count": 2}, {"event": "order.placed"}, kind="series")
    buy(alice, 100, 0)
    for n in (1, 2):
        checkin.check_in(identity=alice, at=day(n))
    settle()
    steps = queries.of_member(alice, at=day(2))[0].steps
    assert completed() == [] and [(one.done, one.needed) for one in steps] == [(2, 2), (0, 1)]
    buy(alice, 100, 3)
    settle()
    assert completed() == [(alice, "")]


def test_what_a_shop_says_of_a_buyer_counts_for_the_member():
    from siyu.core.eventlog.directory import Match
    from siyu.core.people.graph.observing import observe
    from siyu.core.people.numbers import number

    alice = member("alice")
    buyer = number({("shop", "17"): NOON}, source="shop")["shop", "17"]
    observe([Match(alice, buyer, "identify", NOON, "shop")])
    task({"event": "order.placed"})
    buy(buyer, 100, 1), buy(number({("shop", "18"): NOON}, source="shop")["shop", "18"], 100, 2)
    settle()
    assert completed() == [(alice, "")], "and a stranger's counts for nobody"


def test_only_an_open_task_counts():
    alice = member("alice")
    draft = actions.write(title="D", kind="once", steps=[{"event": "order.placed"}], by="lin", at=NOON)
    closed = task({"event": "order.placed"})
    actions.close(task=closed.pk, at=day(1))
    task({"event": "order.placed"}, at=day(3))
    task({"event": "order.placed"}, begins_at=day(3), ends_at=day(4))
    task({"event": "order.placed"}, ends_at=day(2))
    buy(alice, 100, 2)
    settle()
    assert not TaskRun.objects.exists()
    assert [row.state for row in queries.overview(day(2))] == ["closed", "planned", "open", "closed", "draft"]
    assert draft.published_at is None


def test_imported_history_counts_nothing_unless_asked():
    alice = member("alice")
    first = task({"event": "order.placed", "count": 2}, at=day(10))
    for n in (1, 2):
        buy(alice, 100, n, imported=True)
    settle()
    assert not TaskRun.objects.exists()
    assert actions.history(task=first.pk, since=day(0), until=day(10)) == 2
    for wanted in (1, 0):
        assert actions.count_history(task=first.pk, since=day(0), until=day(10), at=day(11)) == wanted
    settle()
    assert completed() == [(alice, "")] and MakeUpCard.objects.count() == 1


def test_a_task_is_published_once_and_closed_once():
    one = task({"event": "order.placed"})
    with pytest.raises(TaskNotOpen):
        actions.publish(task=one.pk, at=day(1))
    actions.close(task=one.pk, at=day(1))
    for verb in (actions.publish, actions.close):
        with pytest.raises(TaskNotOpen):
            verb(task=one.pk, at=day(1))
        with pytest.raises(NoSuchTask):
            verb(task=10**6, at=day(1))
    with pytest.raises(TaskNotOpen):
        actions.count_history(task=one.pk, since=day(0), until=day(1), at=day(2))


GOOD = {"event": "order.placed"}


@pytest.mark.parametrize(
    "said",
    [
        {"title": " "}, {"title": "x" * 101}, {"text": "x" * 501}, {"kind": "weekly"}, {"steps": []}, {"steps": "x"},
        {"steps": [GOOD, GOOD]}, {"kind": "series"}, {"kind": "series", "steps": [GOOD] * 11},
        {"steps": [{"event": "person.appeared"}]}, {"steps": [{"event": "no.such"}]}, {"steps": [{"event": ["x"]}]},
        {"steps": [GOOD | {"count": 0}]}, {"steps": [GOOD | {"count": True}]}, {"steps": [GOOD | {"count": "2"}]},
        {"steps": [GOOD | {"where": [{"field": "amount", "op": "~", "value": 1}]}]},
        {"steps": [GOOD | {"where": [{"field": "", "op": "=", "value": 1}]}]},
        {"steps": [GOOD | {"where": [{"field": "amount", "op": "in", "value": 1}]}]},
        {"steps": [GOOD | {"where": [{"field": "amount", "op": "=", "value": {}}]}]},
        {"steps": [GOOD | {"more": 1}]}, {"begins_at": day(2), "ends_at": day(1)},
    ],
)  # fmt: skip
def test_a_task_that_makes_no_sense_is_refused(said):
    with pytest.raises(BadTask):
        actions.write(**({"title": "T", "kind": "once", "steps": [GOOD], "by": "lin", "at": NOON} | said))
    assert not Task.objects.exists()


def test_a_gift_that_cannot_be_given_is_refused():
    with pytest.raises(BadGift):
        actions.write(title="T", kind="once", steps=[GOOD], gives=[{"kind": "gold", "terms": {}}], by="lin", at=NOON)


@pytest.mark.parametrize(
    ("op", "value", "found", "wanted"),
    [("=", "a", "a", True), ("!=", "a", "b", True), (">=", 5, 5, True), ("<", 5, 5, False), (">", 5, "many", False),
     ("<=", 5, True, False), ("in", [1, 2], 2, True), ("in", ["x"], None, False)],
)  # fmt: skip
def test_conditions(op, value, found, wanted):
    step = sound_step(GOOD | {"where": [{"field": "f", "op": op, "value": value}]})
    assert holds(step, "order.placed", {"properties": {"f": found}}) is wanted
    assert not holds(step, "order.placed", {}) and not holds(step, "order.received", {"properties": {"f": found}})


def test_what_is_held_can_be_shown_and_forgotten():
    alice, bob = member("alice"), member("bob")
    task({"event": "order.received", "count": 2})
    receive(alice, 1), receive(bob, 1)
    settle()
    who = Somebody((alice,))
    assert TaskRuns().export(who)["tasks"][0]["task__title"] == "T" and TaskRuns().count(who) == {"runs": 1}
    assert TaskRuns().erase(who).erased == {"runs": 1} and TaskRuns().erase(who).erased == {"runs": 0}
    assert TaskRun.objects.get().identity_id == bob


def test_the_page_asks_as_often_for_many_tasks(django_assert_num_queries):
    alice = member("alice")
    for _ in range(12):
        task(GOOD)
    buy(alice, 100, 1)
    settle()
    with django_assert_num_queries(2):
        assert len(queries.of_member(alice, at=day(1) + timedelta(hours=1))) == 12
