"""Rounds of plan, do, check, act: each step once, and checked against who was kept out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.insight import trials
from siyu.core.insight.models import Cycle, CycleTrial, Finding, Trial
from siyu.core.insight.pdca import queries, verbs
from siyu.core.insight.trials import findings

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
MAY = {"begins_on": date(2026, 5, 1), "ends_on": date(2026, 5, 31)}


def planned(title: str = "Win back", **more) -> Cycle:
    return verbs.plan(**{"title": title, "goal": "orders", "by": "lin", "at": NOON, **MAY, **more})


def tried(key: str) -> Trial:
    horizon = NOON + timedelta(days=30)
    return trials.open_trial(key=key, action="winback", arms={"A": 9000}, window=30, horizon=horizon, by="lin", at=NOON)


def found(trial: Trial, low: float, high: float, *, final: bool = True) -> None:
    """As if the lake had shown it: orders of who was kept out are one each."""
    side = {"arm": "A", "lift": (low + high) / 2, "ci": [low, high], "error": 0.1, "mean": 1 + (low + high) / 2,
            "verdict": "works", "needed": None}  # fmt: skip
    effect = {"reached": 100, "final": final, "verdict": "works", "days": 0, "known": None, "needed": None,
              "outcomes": {"orders": [{"arm": "control", "mean": 1.0}, side]}}  # fmt: skip
    Finding.objects.create(
        trial=trial, at=NOON, lake=0, body={"effect": effect}, brief=findings.brief(effect, "orders")
    )


def test_it_works():
    cycle = planned(target=1000, budget=50_000)
    trial = tried("broadcast:1")
    verbs.begin(cycle=cycle.pk, by="lin", at=NOON)
    verbs.link(cycle=cycle.pk, trial=trial.pk)
    trials.spend(trial, kind="messages", amount=700, by="lin", at=NOON)
    found(trial, 0.2, 0.4)
    said = queries.told(queries.cycle_of(queries.code(cycle.pk)))
    assert (said["spent"], said["reached"], [name for _, name, _ in said["trials"]]) == (700, True, [str(trial)])
    assert queries.everyone()[0]["spent"] == 700
    verbs.decide(cycle=cycle.pk, decision="adopt", note="every month", by="lin", at=NOON)
    assert Cycle.objects.get().state == "decided"
    names = Entry.objects.filter(name__startswith="cycle.").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["cycle.planned", "cycle.begun", "cycle.decided"]


@pytest.mark.parametrize(("ends", "final", "reached"), [
    ((0.2, 0.4), True, True), ((0.05, 0.4), True, None), ((-0.2, 0.05), True, False), ((0.2, 0.4), False, None),
])  # fmt: skip
def test_a_target_is_reached_when_the_whole_interval_is_beyond_it(ends, final, reached):
    cycle, trial = planned(target=1000), tried("broadcast:1")
    verbs.link(cycle=cycle.pk, trial=trial.pk)
    found(trial, *ends, final=final)
    assert queries.told(cycle)["reached"] is reached


def test_each_step_is_taken_once():
    cycle = planned()
    with pytest.raises(verbs.NotNow):
        verbs.decide(cycle=cycle.pk, decision="drop", note="no", by="lin", at=NOON)
    verbs.change(cycle=cycle.pk, title="Win them back")
    verbs.begin(cycle=cycle.pk, by="lin", at=NOON)
    with pytest.raises(verbs.NotNow):
        verbs.begin(cycle=cycle.pk, by="mei", at=NOON)
    with pytest.raises(verbs.NotNow):
        verbs.change(cycle=cycle.pk, title="Something else")
    verbs.decide(cycle=cycle.pk, decision="drop", note="it brought nothing", by="lin", at=NOON)
    with pytest.raises(verbs.NotNow):
        verbs.decide(cycle=cycle.pk, decision="adopt", note="it did", by="mei", at=NOON)
    with pytest.raises(verbs.NotNow):
        verbs.link(cycle=cycle.pk, trial=tried("late").pk)
    assert Cycle.objects.get().decided_by == "lin"


def test_a_trial_belongs_to_one_round():
    first, second, trial = planned(), planned("Other"), tried("broadcast:1")
    verbs.link(cycle=first.pk, trial=trial.pk)
    verbs.link(cycle=first.pk, trial=trial.pk)
    with pytest.raises(verbs.BadCycle):
        verbs.link(cycle=second.pk, trial=trial.pk)
    verbs.unlink(cycle=first.pk, trial=trial.pk)
    verbs.link(cycle=second.pk, trial=trial.pk)
    assert CycleTrial.objects.get().cycle == second


@pytest.mark.parametrize("wrong", [
    {"title": " "}, {"goal": "fame"}, {"budget": -1}, {"target": -1}, {"ends_on": date(2026, 4, 1)}, {"audience": 77},
])  # fmt: skip
def test_nonsense_is_no_plan(wrong):
    with pytest.raises(verbs.BadCycle):
        planned(**wrong)


def test_a_decision_says_why():
    cycle = planned()
    verbs.begin(cycle=cycle.pk, by="lin", at=NOON)
    for said in ({"decision": "adopt", "note": " "}, {"decision": "shrug", "note": "why not"}):
        with pytest.raises(verbs.BadCycle):
            verbs.decide(cycle=cycle.pk, by="lin", at=NOON, **said)


def test_the_same_key_is_the_same_round():
    assert planned(key="screening:1").pk == planned("Another", key="screening:1").pk
