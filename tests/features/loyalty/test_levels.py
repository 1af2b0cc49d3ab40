"""Members rise with what they do and fall with the day; every step says its numbers, and history replays."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.models import Entry
from siyu.core.ledger.proving import prove
from siyu.core.people.holdings import Somebody
from siyu.events.commerce import OrderPlaced
from siyu.features.commerce.models import Order, Refund
from siyu.features.loyalty import benefits
from siyu.features.loyalty.checkin import actions as checkin
from siyu.features.loyalty.levels import actions, judging, queries
from siyu.features.loyalty.levels.actions import BadLock, NoScheme, SchemePublished
from siyu.features.loyalty.levels.held import Levels
from siyu.features.loyalty.levels.reading import BadScheme, read
from siyu.features.loyalty.levels.rules import Moment, Standing, replay
from siyu.features.loyalty.models import LevelChange, LevelRound, LevelStanding, MakeUpCard
from siyu.features.loyalty.who import NoSuchMember
from tests.features.loyalty.people import NOON, day, member, settle

pytestmark = pytest.mark.django_db(databases="__all__")
CARD = {"kind": "make_up_card", "terms": {"cards": 1}}
EVER = {"kind": "lifetime"}


def body(**said) -> dict:
    """A point for each yuan of the last thirty days, ten for each check-in ever."""
    spend = {"name": "spend", "metric": "spend", "window": {"kind": "rolling", "days": 30}, "points": 1, "per": 100}
    days = {"name": "check-ins", "metric": "check_ins", "window": EVER, "points": 10, "per": 1}
    levels = [
        {"name": f"V{n}", "enter": 100 * n, "keep": 50 * n, "gives": [CARD] if n == 2 else []} for n in range(1, 4)
    ]
    sound = {"dimensions": [spend, days], "levels": levels, "grace_days": 2, "falling": "one", "losing": "revoke"}
    return sound | said


def publish(raw: dict | None = None, at: datetime = NOON) -> int:
    written = actions.write(body=raw or body(), by="lin", at=at)
    return actions.publish(version=written.version, by="lin", at=at).version


def buy(who: int, yuan: int, at: datetime, *, imported: bool = False) -> Order:
    with transaction.atomic():
        order = Order.objects.create(
            source="s", number=f"{Order.objects.count()}", identity_id=who, placed_at=at, amount=100 * yuan,
            currency="CNY", digest="x",
        )  # fmt: skip
        said = {"order": order.pk, "currency": "CNY", "amount": order.amount, "discount": 0, "items": [], "source": "s"}
        announce(OrderPlaced(at=at, identity=who, **said), imported=imported)
    return order


def level(who: int) -> int:
    return LevelStanding.objects.filter(identity=who).values_list("level", flat=True).first() or 0


def told(name: str) -> list[dict]:
    rows = Entry.objects.filter(name=name).order_by("pk").values_list("body", flat=True)
    return [json.loads(one)["properties"] for one in rows]


def test_it_works():
    publish()
    alice = member("alice")
    buy(alice, 150, day(1))
    settle()
    assert level(alice) == 1
    buy(alice, 60, day(2))
    settle()
    assert level(alice) == 2 and MakeUpCard.objects.filter(revoked_at=None).count() == 1
    assert told("level.reached")[1] == {
        "level": "V2", "rank": 2, "before": 1, "because": "rise",
        "numbers": {"spend": 21000, "check-ins": 0, "score": 210},
    }  # fmt: skip
    for n in (40, 41, 42):
        judging.judge_due(day(n))
    settle()
    assert level(alice) == 1 and not MakeUpCard.objects.filter(revoked_at=None).exists(), "lost, and taken back"
    assert told("level.lost") == [
        {"level": "V1", "rank": 1, "before": 2, "because": "day",
         "numbers": {"spend": 0, "check-ins": 0, "score": 0}}
    ]  # fmt: skip
    for n in range(43, 47):
        judging.judge_due(day(n))
    assert level(alice) == 0 and told("level.lost")[-1]["level"] is None


def test_what_was_given_stays_where_the_scheme_says_so():
    publish(body(losing="leave", grace_days=0, falling="recompute"))
    alice = member("alice")
    buy(alice, 350, day(1))
    settle()
    judging.judge_due(day(40))
    settle()
    assert level(alice) == 0 and MakeUpCard.objects.filter(revoked_at=None).count() == 1


def test_a_refund_and_a_cancelled_order_count_no_more():
    publish(body(grace_days=0, falling="recompute"))
    alice, bob = member("alice"), member("bob")
    first, second = buy(alice, 250, day(1)), buy(bob, 250, day(1))
    settle()
    assert level(alice) == level(bob) == 2
    Refund.objects.create(source="s", number="1", order=first, identity_id=alice, at=day(2), amount=20_000, digest="x")
    Order.objects.filter(pk=second.pk).update(cancelled_at=day(3))
    judging.judge_due(day(2) + timedelta(hours=1))
    assert (level(alice), level(bob)) == (0, 2), "the cancelling is not known yet"
    judging.judge_due(day(4))
    assert (level(alice), level(bob)) == (0, 0)


def test_a_day_is_judged_once_and_again_by_a_new_scheme():
    publish()
    alice = member("alice")
    buy(alice, 150, day(-1), imported=True)
    settle()
    assert level(alice) == 0, "history wakes nobody"
    assert judging.judge_due(day(1)) == 1 and level(alice) == 1, "but the day sees what is in the books"
    assert judging.judge_due(day(1)) == 0
    easy = body()
    easy["levels"] = [{"name": "Gold", "enter": 10, "keep": 5}, {"name": "Jade", "enter": 20, "keep": 5}]
    publish(easy, at=day(1))
    assert judging.judge_due(day(1)) == 1 and level(alice) == 2
    assert list(LevelRound.objects.order_by("pk").values_list("rose", "fell")) == [(1, 0), (1, 0)]


def test_growth_that_is_given_lifts_and_what_is_taken_back_counts_no_more():
    said = body(grace_days=0, falling="recompute")
    said["dimensions"].append(
        {"name": "growth", "metric": "growth", "window": {"kind": "lifetime"}, "points": 1, "per": 1}
    )
    publish(said)
    alice = member("alice")
    gift = {"kind": "growth", "terms": {"amount": 150}, "identity": alice, "key": "task:1", "because": "task:1"}
    benefits.give(**gift, at=day(1))
    benefits.give(**gift, at=day(1))
    settle()
    assert level(alice) == 1 and told("growth.earned") == [{"growth": 150, "because": "task:1"}]
    benefits.revoke(key="task:1", at=day(2))
    benefits.revoke(key="task:1", at=day(2))
    judging.judge_due(day(3))
    assert level(alice) == 0 and len(told("growth.reversed")) == 1
    assert prove(at=day(3)).findings == []


def test_growth_is_a_whole_number():
    for terms in ({}, {"amount": 0}, {"amount": True}, {"amount": 10**7}, {"amount": 5, "days": 3}):
        with pytest.raises(benefits.BadBenefit):
            benefits.KINDS["growth"].check(terms)


def test_nobody_falls_twice_where_a_judging_was_killed():
    publish(body(grace_days=0))
    alice = member("alice")
    buy(alice, 350, day(1))
    settle()
    assert level(alice) == 3
    assert judging.judge_due(day(40)) == 1 and level(alice) == 2, "one down"
    LevelRound.objects.update(finished_at=None)
    assert judging.judge_due(day(40)) == 0 and level(alice) == 2


def test_what_a_shop_and_a_phone_know_counts_for_the_member():
    from siyu.core.eventlog.directory import Match
    from siyu.core.people.graph.observing import observe
    from siyu.core.people.numbers import number

    publish()
    alice, bob = member("alice"), member("bob")
    buyer = number({("shop", "17"): NOON}, source="shop")["shop", "17"]
    observe([Match(alice, buyer, "identify", NOON, "shop")])
    buy(buyer, 150, day(1))
    settle()
    assert (level(alice), level(bob)) == (1, 0)
    judging.judge_due(day(2))
    assert (level(alice), level(bob)) == (1, 0)


def test_a_dry_run_says_who_would_move_and_writes_nothing():
    publish()
    alice, bob, carol = (member(name) for name in ("alice", "bob", "carol"))
    buy(alice, 150, day(1)), buy(bob, 350, day(1))
    settle()
    harder = body()
    harder["levels"] = [{"name": "V1", "enter": 50, "keep": 40}, {"name": "V2", "enter": 140, "keep": 140},
                        {"name": "V3", "enter": 1000, "keep": 900}]  # fmt: skip
    before = list(LevelStanding.objects.order_by("pk").values())
    found = judging.dry_run(read(harder), day(2))
    assert (found.members, found.rise, found.fall) == (3, 1, 1)
    assert dict(found.moves) == {(1, 2): 1, (3, 2): 1}
    assert {(who, *move) for who, *move, _ in found.people} == {(alice, 1, 2), (bob, 3, 2)}
    assert list(LevelStanding.objects.order_by("pk").values()) == before and carol


def test_a_lock_holds_a_level_and_ends_by_itself():
    publish(body(grace_days=0, falling="recompute"))
    alice = member("alice")
    actions.lock(identity=alice, rank=3, until=day(10), reason="founder", by="lin", at=day(1))
    assert level(alice) == 3 and told("level.reached")[0]["because"] == "lock"
    buy(alice, 120, day(2))
    settle()
    for n, wanted in ((5, 3), (11, 1)):
        judging.judge_due(day(n))
        assert level(alice) == wanted
    actions.lock(identity=alice, rank=1, until=day(20), reason="again", by="lin", at=day(12))
    actions.unlock(identity=alice, at=day(13))
    judging.judge_due(day(33))
    assert level(alice) == 0


@pytest.mark.parametrize(
    "said", [{"rank": 9}, {"rank": -1}, {"until": day(0)}, {"until": day(9999)}, {"reason": " "}], ids=str
)
def test_a_lock_that_makes_no_sense_is_refused(said):
    publish()
    alice = member("alice")
    with pytest.raises(BadLock):
        actions.lock(
            **({"identity": alice, "rank": 1, "until": day(3), "reason": "r", "by": "lin", "at": day(1)} | said)
        )


def test_wrong_input_is_refused():
    alice = member("alice")
    with pytest.raises(NoScheme):
        actions.rise(identity=alice, at=NOON)
    with pytest.raises(NoScheme):
        actions.lock(identity=alice, rank=1, until=day(3), reason="r", by="lin", at=day(1))
    with pytest.raises(NoScheme):
        actions.publish(version=7, by="lin", at=NOON)
    version = publish()
    with pytest.raises(SchemePublished):
        actions.publish(version=version, by="lin", at=NOON)
    with pytest.raises(BadScheme):
        actions.write(body={}, by="lin", at=NOON)
    with pytest.raises(NoSuchMember):
        actions.lock(identity=10**6, rank=1, until=day(3), reason="r", by="lin", at=day(1))


WINDOWS = [EVER, {"kind": "rolling", "days": 3}, {"kind": "calendar", "unit": "month"}, {"kind": "level"},
           {"kind": "anniversary"}]  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: one["kind"])
def test_windows_count_what_they_say_of_one_and_of_all(window):
    """The same numbers for a member alone and in the set."""
    from siyu.features.loyalty.levels import metrics

    since = NOON - timedelta(days=370)
    alice, bob = sorted([member("alice", since=since), member("bob", since=since)])
    for n in (-368, -40, -4, -2, -1):
        buy(alice, 1, day(n), imported=True)
    raw = body()
    raw["dimensions"] = [{"name": "orders", "metric": "orders", "window": window, "points": 1, "per": 1}]
    scheme = read(raw)
    LevelStanding.objects.create(identity_id=alice, level=1, since=day(-2))
    wanted = {"lifetime": 5, "rolling": 2, "calendar": 0, "level": 2, "anniversary": 3}[window["kind"]]
    at = day(0)
    assert metrics.numbers(scheme, [alice, bob], at=at).tolist() == [[wanted], [0]]
    assert metrics.numbers(scheme, [alice], at=at, few=True).tolist() == [[wanted]]


HISTORY = st.lists(st.tuples(st.integers(0, 60), st.integers(10, 200)), max_size=8)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HISTORY, st.sampled_from(["one", "recompute", "none"]), st.integers(0, 9))
def test_history_replays_to_the_same_state(history, falling, grace):
    """Live: events and days as they come. Replayed: an oracle counts the same facts, and `rules` folds over them."""
    with transaction.atomic():
        raw = body(falling=falling, grace_days=grace)
        publish(raw, at=day(0) - timedelta(days=1))
        alice = member("alice")
        buys = sorted((day(n) + timedelta(minutes=i), yuan) for i, (n, yuan) in enumerate(history))
        rounds = [day(n) + timedelta(hours=9) for n in range(0, 70, 3)]
        for at, yuan in sorted([*buys, *((at, 0) for at in rounds)]):
            if yuan:
                buy(alice, yuan, at)
                actions.rise(identity=alice, at=at)
            else:
                judging.judge_due(at)
        scheme, joined = read(raw), NOON - timedelta(days=100)

        def numbers(at: datetime) -> tuple[int, int]:
            return sum(100 * yuan for when, yuan in buys if at - timedelta(days=30) <= when < at), 0

        tick = actions.TICK
        moments = [Moment(at, numbers(at + tick), False) for at, _ in buys] + [
            Moment(at, numbers(at), True) for at in rounds
        ]
        wanted = replay(scheme, Standing(0, joined), sorted(moments))
        row = LevelStanding.objects.filter(identity=alice).first()
        held = Standing(row.level, row.since, row.low_since, row.locked_until) if row else Standing(0, joined)
        assert held == wanted
        steps = list(LevelChange.objects.order_by("at", "pk").values_list("before", "after"))
        assert [before for before, _ in steps] == [0, *(after for _, after in steps)][:-1] if steps else held.rank == 0
        assert not steps or steps[-1][1] == held.rank
        transaction.set_rollback(True)


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_level_is_a_word_of_the_audience_language():
    from siyu.core.eventlog.drain import drain_all
    from siyu.core.insight.audiences import count

    publish(body(grace_days=0, falling="recompute"))
    alice, bob, _carol = (member(name) for name in ("alice", "bob", "carol"))
    buy(alice, 250, day(1)), buy(bob, 150, day(20))
    settle()

    def counted(**test) -> int:
        drain_all()
        return count({"version": 1, "where": {"level": test}})

    assert alice and bob
    assert (counted(op="=", value="V2"), counted(op="=", value="V1"), counted(op="unknown")) == (1, 1, 1)
    judging.judge_due(day(40))
    assert (counted(op="=", value="V2"), counted(op="=", value="V1"), counted(op="unknown")) == (0, 1, 2)


def test_the_page_shows_the_way_to_the_next_level(django_assert_max_num_queries):
    publish()
    alice = member("alice")
    checkin.check_in(identity=alice, at=day(1))
    buy(alice, 110, day(1))
    settle()
    with django_assert_max_num_queries(8):
        shown = queries.of_member(alice, at=day(2))
    assert shown and (shown.level, shown.score, shown.next, shown.missing) == ("V1", 120, "V2", 80)
    assert [(one.name, one.number, one.points) for one in shown.dimensions] == [
        ("spend", 11000, 110),
        ("check-ins", 1, 10),
    ]


def test_what_is_held_can_be_shown_and_forgotten():
    publish()
    alice, bob = member("alice"), member("bob")
    buy(alice, 150, day(1)), buy(bob, 150, day(1))
    settle()
    who = Somebody((alice,))
    assert Levels().export(who)["levels"][0]["level"] == 1
    assert Levels().erase(who).erased == {"level_changes": 1, "levels": 1}
    assert Levels().erase(who).erased == {"level_changes": 0, "levels": 0}
    assert LevelStanding.objects.get().identity_id == bob
