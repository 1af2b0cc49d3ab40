"""The sample's trials: lots over real orders, messages that never were; they say so, and stand there once."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from siyu.core.insight import trials
from siyu.core.insight.models import Trial, TrialCost
from siyu.sample.trials import BY, ROUNDS, tried, try_nothing
from tests.selling import order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
KEYS = ["sample:placebo-1", "sample:placebo-2", "sample:small-holdout"]


@pytest.fixture(autouse=True)
def buyers() -> None:
    sell(*(order(n, n, date(2017, 3, 1), (1, 100)) for n in range(1, 41)))


def stand() -> list[tuple[str, int]]:
    found = Trial.objects.order_by("key")
    assert all("synthetic" in trial.title and trial.by == BY and trial.closed_at for trial in found)
    return [(trial.key, sum(trial.entries.values_list("count", flat=True))) for trial in found]


def test_it_works_and_a_second_time_changes_nothing():
    for _ in range(2):
        try_nothing()
        assert stand() == [(key, 40) for key in KEYS]
        assert TrialCost.objects.count() == 3


def test_killed_in_between_it_goes_on():
    tried(key=KEYS[0], title="A message never sent, round 1 (synthetic)", action="placebo", share=5000,
        people=np.arange(1, 41), at=ROUNDS[0])  # fmt: skip
    try_nothing()
    assert stand() == [(key, 40) for key in KEYS]


def test_a_house_with_trials_of_its_own_is_left_alone():
    at = datetime(2017, 6, 1, tzinfo=UTC)
    trials.open_trial(key="broadcast:1", arms={"A": 9000}, window=14, by="lin", at=at)
    try_nothing()
    assert Trial.objects.count() == 1
