"""Opening a trial, drawing lots, entering people: fair, the same for ever, once each."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from scipy import stats

from siyu.core.eventlog.models import Entry as Said
from siyu.core.insight import trials
from siyu.core.insight.models import Entry, Rotation, Trial
from siyu.core.insight.trials import controls
from siyu.core.insight.trials.controls import BadControls
from siyu.core.insight.trials.lot import CIRCLE, places
from siyu.core.insight.trials.opening import BadTrial, OtherTrial, TrialIsClosed, UnitsMissing

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
EVERYBODY = np.arange(1, 20_001)


def opened(**said) -> Trial:
    return trials.open_trial(
        **{"key": "broadcast:12", "arms": {"B": 3000, "A": 4000}, "window": 14, "by": "ann", "at": NOON} | said
    )


def kept(trial: Trial) -> dict[int, list[int]]:
    found: dict[int, BitMap] = {}
    for row in trial.entries.order_by("pk"):
        people = BitMap.deserialize(bytes(row.people))
        assert row.count == len(people)
        assert not found.get(row.arm, BitMap()) & people
        found[row.arm] = found.get(row.arm, BitMap()) | people
    return {arm: list(people) for arm, people in found.items()}


def test_it_works():
    trial = opened()
    arms = trials.assign(trial, EVERYBODY, at=NOON)
    assert arms.dtype == np.int8
    shares = {arm: float((arms == arm).mean()) for arm in (-1, 0, 1, 2)}
    assert shares == pytest.approx({-1: 0.02, 0: 0.294, 1: 0.392, 2: 0.294}, abs=0.015)
    assert kept(trial) == {arm: EVERYBODY[arms == arm].tolist() for arm in (-1, 0, 1, 2)}
    assert trial.entries.count() == 4, "blocks, not a row a person"
    said = Said.objects.filter(name__in=("trial.opened", "controls.rotated")).order_by("pk")
    assert [one.name for one in said] == ["controls.rotated", "trial.opened"]


def test_entering_twice_changes_nothing():
    trial = opened()
    assert trials.enter(trial, EVERYBODY[:500], at=NOON) == 500
    before = kept(trial)
    assert trials.enter(trial, EVERYBODY[:500], at=NOON + timedelta(days=3)) == 0
    assert trials.enter(trial, EVERYBODY[[7]], at=NOON) == 0
    assert kept(trial) == before and set(trial.entries.values_list("at", flat=True)) == {NOON}
    assert trials.enter(trial, EVERYBODY[:510], at=NOON + timedelta(days=4)) == 10
    assert sum(map(len, kept(trial).values())) == 510


def test_chunks_of_one_moment_share_their_blocks():
    trial = opened()
    for start in range(0, 20_000, 1_000):
        trials.enter(trial, EVERYBODY[start : start + 1_000], at=NOON)
    assert trial.entries.count() == 4
    arms = trials.arms_of(trial, EVERYBODY)
    assert kept(trial) == {arm: EVERYBODY[arms == arm].tolist() for arm in (-1, 0, 1, 2)}


def test_one_by_one_is_as_in_a_set():
    trial = opened()
    singly = [int(trials.assign(trial, np.array([person]), at=NOON)[0]) for person in (5, 70_000, 2**31, 2**32 - 1)]
    assert singly == trials.arms_of(trial, np.array([5, 70_000, 2**31, 2**32 - 1])).tolist()
    assert sum(map(len, kept(trial).values())) == 4


def test_who_enters_goes_with_the_transaction():
    trial = opened()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        trials.enter(trial, EVERYBODY, at=NOON)
        1 / 0  # noqa: B018
    assert kept(trial) == {}


def test_two_at_once_enter_everybody_once():
    trial = opened()

    def enter(people: np.ndarray) -> int:
        try:
            return sum(trials.enter(trial, people[n : n + 400], at=NOON) for n in range(0, len(people), 400))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(enter, [EVERYBODY[:3000], EVERYBODY[1000:4000]])) == 4000
    assert sorted(itertools.chain(*kept(trial).values())) == EVERYBODY[:4000].tolist()


def test_the_same_key_is_the_same_trial():
    trial = opened()
    assert opened(arms={"A": 4000, "B": 3000}, at=NOON + timedelta(days=1)) == trial
    with pytest.raises(OtherTrial):
        opened(arms={"A": 4000, "B": 3001})
    assert Said.objects.filter(name="trial.opened").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"arms": {}}, {"arms": {"A": 10_001}}, {"arms": {"A": 0}}, {"arms": {"A": -5}}, {"arms": {"control": 500}},
        {"arms": {"": 500}}, {"arms": {"A": 0.5}}, {"window": 0}, {"window": 401}, {"unit": "street"},
        {"goal": "fame"}, {"horizon": NOON},
    ],
)  # fmt: skip
def test_nonsense_is_refused(wrong):
    with pytest.raises(BadTrial):
        opened(**wrong)
    assert not Trial.objects.exists()


def test_nobody_enters_a_closed_trial():
    trial = opened()
    trials.enter(trial, EVERYBODY[:10], at=NOON)
    for _ in range(2):
        trials.close(trial, by="ann", at=NOON)
    with pytest.raises(TrialIsClosed):
        trials.enter(trial, EVERYBODY[:20], at=NOON)
    assert Said.objects.filter(name="trial.closed").count() == 1


def test_a_group_shares_its_fate():
    trial = opened(unit="group", arms={"A": 5000})
    groups = EVERYBODY // 100
    arms = trials.assign(trial, EVERYBODY, at=NOON, units=groups)
    assert set(arms.tolist()) == {0, 1}, "the global control group does not bind groups"
    assert all(len(set(arms[groups == group].tolist())) == 1 for group in range(1, 200))
    assert trial.entries.count() == len(set(groups.tolist()))
    assert trials.enter(trial, EVERYBODY, at=NOON, units=groups) == 0
    assert trials.enter(trial, EVERYBODY[:5], at=NOON, units=np.full(5, 77)) == 5, "in another group too"
    with pytest.raises(UnitsMissing):
        trials.enter(trial, EVERYBODY, at=NOON)


@given(salt=st.text(max_size=20), other=st.text(max_size=20), start=st.integers(0, 2**31))
def test_the_lot_is_fair_stable_and_independent(salt, other, start):
    people = np.arange(start, start + 40_000)
    drawn = places(salt, people)
    assert (drawn == places(salt, people)).all() and (drawn[::-1] == places(salt, people[::-1])).all()
    assert drawn.min() >= 0 and drawn.max() < CIRCLE
    counts = np.bincount(drawn // 500, minlength=20)
    assert stats.chisquare(counts).pvalue > 1e-6
    if salt != other:
        both = np.bincount((drawn // 2500) * 4 + places(other, people) // 2500, minlength=16)
        assert stats.chisquare(both).pvalue > 1e-6, "who is held out of one trial is not so of the next"


def test_a_million_are_drawn_in_no_time():
    people = np.random.default_rng(1).permutation(1_000_000)
    trial = opened()
    took = []
    for _ in range(5):
        began = time.perf_counter()
        trials.arms_of(trial, people)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.25, "50 ms on a quiet machine: bench/trials.py"


def test_a_million_enter_as_blocks():
    trial = opened()
    trials.enter(trial, np.arange(1, 1_000_001), at=NOON)
    assert trial.entries.count() == 16 * 4
    assert sum(Entry.objects.values_list("count", flat=True)) == 1_000_000


# -- the global control group


def test_rotations_follow_each_other_and_nobody_is_out_twice_in_a_row():
    first = controls.current(NOON)
    assert controls.current(NOON + timedelta(days=89)) == first
    assert controls.rotate(NOON + timedelta(days=10)) == 0
    assert controls.rotate(NOON + timedelta(days=90)) == 1
    second = controls.current(NOON + timedelta(days=91))
    assert second != first and second.begins_at >= first.ends_at
    out = [controls.within(one, EVERYBODY) for one in (first, second)]
    assert not (out[0] & out[1]).any()
    assert [float(one.mean()) for one in out] == pytest.approx([0.02, 0.02], abs=0.005)


def test_everybodys_turn_comes_once_in_a_round():
    turns = np.zeros(len(EVERYBODY), dtype=int)
    for n in range(50):
        turns += controls.held_out(EVERYBODY, at=NOON + timedelta(days=90 * n))
    assert (turns == 1).all()


def test_nobody_rotates_where_nobody_tries():
    assert controls.rotate(NOON) == 0
    assert not Rotation.objects.exists()


def test_the_share_changes_with_the_next_rotation():
    first = controls.current(NOON)
    controls.change(share=500, days=30, by="owner", at=NOON + timedelta(days=1))
    assert controls.current(NOON + timedelta(days=2)) == first
    second = controls.current(NOON + timedelta(days=90))
    assert (second.share, second.ends_at) == (500, NOON + timedelta(days=120))
    assert Said.objects.filter(name="controls.changed").count() == 1
    for share, days in ((501, 30), (-1, 30), (100, 0), (100, 401)):
        with pytest.raises(BadControls):
            controls.change(share=share, days=days, by="owner", at=NOON)


def test_who_is_in_the_global_control_group_stays_out_of_this_trial():
    trial = opened(arms={"A": 10_000})
    held = controls.held_out(EVERYBODY, at=NOON)
    assert (trials.arms_of(trial, EVERYBODY) == np.where(held, -1, 1)).all()
    later = NOON + timedelta(days=100)
    controls.current(later)
    assert (trials.arms_of(Trial.objects.get(), EVERYBODY) == np.where(held, -1, 1)).all(), "the same for ever"
    service = opened(key="service", arms={"A": 10_000}, marketing=False)
    assert set(trials.arms_of(service, EVERYBODY).tolist()) == {1}
