"""What a trial did, through the tables and the lake: nothing where nothing was done, what was planted where it was."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pyroaring import BitMap
from scipy import stats

from siyu.cli import main
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.insight import trials
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Rotation, Trial
from siyu.core.insight.trials import everything, findings, held
from siyu.core.insight.trials.effect import Arm
from siyu.core.insight.trials.measuring import Effect, course, effect_of, gather, reckon
from siyu.core.people.holdings import Somebody
from siyu.events import Item
from siyu.events.benefits import CouponRedeemed, CouponReversed
from siyu.events.commerce import OrderCancelled, OrderCosted, OrderPlaced, OrderRefunded
from siyu.events.people import IdentityLinked, PersonAppeared
from siyu.events.points import PointsEarned, PointsSpent, PointsValued
from siyu.features.traffic import wasted

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
END = NOON + timedelta(days=30)


def day(n: float) -> datetime:
    return NOON + timedelta(days=float(n))


def order(person: int, number: int, at: datetime, amount: int = 1000) -> OrderPlaced:
    item = Item(product=1, quantity=1, amount=amount)
    return OrderPlaced(at=at, identity=person, order=number, currency="CNY", amount=amount, discount=0, items=[item],
        source="shop")  # fmt: skip


def happen(events: Iterable) -> None:
    with transaction.atomic():
        announce(*events)
    drain_all()


def trial_of(people: Iterable[int], key: str = "t", at: datetime = NOON, units=None, **said) -> Trial:
    said = {"arms": {"mail": 5000}, "window": 30, "marketing": False, "salt": key} | said
    trial = trials.open_trial(key=key, by="ann", at=at, **said)
    trials.enter(trial, np.array(list(people)), at=at, units=units)
    return trial


def arms(trial: Trial, people: Iterable[int]) -> dict[int, int]:
    people = list(people)
    return dict(zip(people, trials.arms_of(trial, np.array(people)).tolist(), strict=True))


def mail(effect: Effect, outcome: str = "orders"):
    return effect.outcomes[outcome][1].arm


def shopping(lot, people: int, rate: float = 0.05, days: tuple[float, float] = (-90, 30)) -> list[OrderPlaced]:
    """People with habits of their own, who order all the time."""
    habit = lot.gamma(1, rate, people)
    many = lot.poisson(habit * (days[1] - days[0]))
    whose = np.repeat(np.arange(1, people + 1), many)
    when = lot.uniform(*days, len(whose))
    worth = lot.integers(500, 5000, len(whose))
    return [order(int(p), n, day(t), int(w)) for n, (p, t, w) in enumerate(zip(whose, when, worth, strict=True), 1)]


def test_it_works():
    people = range(1, 401)
    trial = trial_of(people)
    treated = [person for person, arm in arms(trial, people).items() if arm]
    happen(order(person, person, day(3)) for person in treated[::2])
    found = effect_of(trial, at=END)
    assert (
        found.final
        and found.verdict == "works"
        and found.people == {"control": 400 - len(treated), "mail": len(treated)}
    )
    assert mail(found).lift == pytest.approx(0.5, abs=0.01)
    assert found.treated("gmv").gained == pytest.approx(1000 * len(treated[::2]))
    assert {arm.arm.arm: arm.arm.people for arm in found.outcomes["orders"]} == found.people
    assert "contribution" not in found.outcomes and found.known == 0


def test_figures_equal_a_query_written_by_hand():
    lot = np.random.default_rng(3)
    events = shopping(lot, 300)
    trial = trial_of(range(1, 301), arms={"mail": 4000, "sms": 3000})
    refunds = [
        OrderRefunded(at=day(29), identity=one.identity, refund=n, order=one.order, amount=one.amount // 2, items=[])
        for n, one in enumerate(events[::7], 1)
    ]
    costs = [OrderCosted(at=one.at, identity=one.identity, order=one.order, costed=one.amount, cost=one.amount // 3)
             for one in events]  # fmt: skip
    happen([*events, *refunds, *costs])
    found = effect_of(trial, at=END)
    arm_of = arms(trial, range(1, 301))
    back = {one.order: one.amount for one in refunds}
    by_hand: dict[int, list[list[float]]] = {0: [], 1: [], 2: []}
    for person, arm in arm_of.items():
        after = [one for one in events if one.identity == person and NOON <= one.at < END]
        gmv, back_of = sum(one.amount for one in after), sum(back.get(one.order, 0) for one in after)
        known = sum(one.amount - one.amount // 3 for one in after)
        before = sum(1 for one in events if one.identity == person and one.at < NOON)
        by_hand[arm].append([len(after), bool(after), gmv, gmv - back_of, known, before])
    y = {arm: np.array(rows) for arm, rows in by_hand.items()}
    for place, name in enumerate(("orders", "buyers", "gmv", "net")):
        control, *sides = found.outcomes[name]
        for arm, side in zip((1, 2), sides[:2], strict=True):
            assert side.arm.people == len(y[arm]) and control.arm.people == len(y[0])
            # CUPED moves a lift by no more than chance; without history it is the plain difference.
            assert abs(side.arm.lift - (y[arm][:, place].mean() - y[0][:, place].mean())) < 3 * side.arm.error
    theta_x = y[0][:, 5]
    assert len(theta_x) and found.outcomes["orders"][-1].arm.arm == "treated"
    assert found.outcomes["orders"][-1].arm.people == len(y[1]) + len(y[2])


def test_without_a_past_it_is_the_plain_difference_and_welchs_test():
    lot = np.random.default_rng(4)
    events = shopping(lot, 700, days=(0, 30))
    trial = trial_of(range(1, 701))
    happen(events)
    found = mail(effect_of(trial, at=END), "gmv")
    spent = {person: sum(one.amount for one in events if one.identity == person) for person in range(1, 701)}
    sides = [[spent[person] for person, arm in arms(trial, range(1, 701)).items() if arm == side] for side in (1, 0)]
    welch = stats.ttest_ind(*sides, equal_var=False)
    assert found.lift == pytest.approx(np.mean(sides[0]) - np.mean(sides[1]))
    assert (found.p, found.ci) == (pytest.approx(welch.pvalue), pytest.approx(tuple(welch.confidence_interval())))


# -- chance


def test_whoever_looks_every_day_is_not_fooled_by_trials_in_which_nothing_was_done():
    happen(shopping(np.random.default_rng(7), 1000))
    said, naive = [], []
    with open_facts(END) as db:
        for n in range(80):
            trial = trial_of(range(1, 1001), key=f"nothing {n}")
            gather(db, trial, END)
            found = [one.sides[1].arm for one in course(db, trial, [day(look) for look in range(1, 31)])]
            said.append(any(claimed(one) for one in found))
            naive.append(any(abs(one.lift) > 1.96 * one.error for one in found))
    assert np.mean(said) <= 0.10, "5 % and chance"
    assert np.mean(naive) > np.mean(said), "a fixed test at every look is fooled more often"


def claimed(one: Arm) -> bool:
    """A difference, of either sign."""
    return one.ci[0] > 0 or one.ci[1] < 0


def test_groups_with_moods_of_their_own_fool_nobody():
    lot = np.random.default_rng(8)
    people = np.arange(1, 1201)
    groups = people % 60
    mood = lot.gamma(1, 1, 60)
    many = lot.poisson(mood[groups])
    happen(order(int(p), n, day(lot.uniform(0, 30))) for n, p in enumerate(np.repeat(people, many), 1))
    wrong, as_people = [], []
    with open_facts(END) as db:
        for n in range(80):
            trial = trial_of(people, key=f"groups {n}", unit="group", units=groups)
            gather(db, trial, END)
            wrong.append(claimed(mail(reckon(db, trial, END))))
            drawn = trials.arms_of(trial, people, groups)
            as_people.append(stats.ttest_ind(many[drawn == 1], many[drawn == 0], equal_var=False).pvalue < 0.05)
    assert np.mean(wrong) <= 0.12 and np.mean(as_people) > 0.25


def test_a_planted_lift_is_found_as_often_as_promised():
    """Sixty trials with people of their own; everybody orders with a chance of 30 %, after the mail with 42.5 %: 250 in
    each arm find that with a chance of 82 %."""
    lot = np.random.default_rng(9)
    events, made = [], []
    for n in range(60):
        people = range(1 + 500 * n, 501 + 500 * n)
        trial = trial_of(people, key=f"planted {n}", goal="buyers")
        chance = {0: 0.3, 1: 0.425}
        events += [order(person, person, day(lot.uniform(0, 30)))
                   for person, arm in arms(trial, people).items() if lot.random() < chance[arm]]  # fmt: skip
        made.append(trial)
    happen(events)
    found = []
    with open_facts(END) as db:
        for trial in made:
            gather(db, trial, END)
            found.append(reckon(db, trial, END))
    assert 0.68 < np.mean([one.verdict == "works" for one in found]) < 0.95
    assert np.mean([mail(one, "buyers").lift for one in found]) == pytest.approx(0.125, abs=0.02)


def test_a_split_that_no_lot_made_gets_no_verdict():
    people = range(1, 1001)
    trial = trial_of(people)
    happen(order(person, person, day(2)) for person, arm in arms(trial, people).items() if arm)
    assert effect_of(trial, at=END).verdict == "works"
    row = trial.entries.get(arm=0)
    left = BitMap(list(BitMap.deserialize(bytes(row.people)))[:300])  # half of the control never came in
    trial.entries.filter(pk=row.pk).update(people=left.serialize(), count=len(left))
    found = effect_of(trial, at=END)
    assert found.verdict == "split is broken" and found.split < 0.001


# -- what changes later


def test_late_orders_count_and_later_ones_do_not():
    people = range(1, 201)
    trial = trial_of(people, window=10, horizon=day(20))
    assert effect_of(trial, at=day(21)).verdict == "not known yet"
    treated = [person for person, arm in arms(trial, people).items() if arm]
    happen(order(person, person, day(10.01)) for person in treated)
    assert mail(effect_of(trial, at=day(21))).lift == 0, "after the window"
    happen(order(person, 1000 + person, day(9.99)) for person in treated)
    assert mail(effect_of(trial, at=day(21))).lift == 1, "told late, done in time"
    assert mail(effect_of(trial, at=day(9))).lift == 0, "what nobody could know then"


def test_refunds_take_back_and_cancelled_orders_never_were():
    people = range(1, 201)
    trial = trial_of(people)
    treated = [person for person, arm in arms(trial, people).items() if arm]
    happen(order(person, person, day(1)) for person in treated)
    later = day(60)
    happen(OrderRefunded(at=day(45), identity=one, refund=one, order=one, amount=400, items=[]) for one in treated)
    found = effect_of(trial, at=later)
    assert (mail(found, "gmv").lift, mail(found, "net").lift) == (1000, 600)
    happen(OrderCancelled(at=day(50), identity=one, order=one) for one in treated)
    found = effect_of(trial, at=later)
    assert mail(found, "gmv").lift == mail(found, "net").lift == mail(found).lift == 0


def test_contribution_is_what_is_left_and_says_how_much_of_it_is_known():
    people = range(1, 201)
    trial = trial_of(people, goal="contribution")
    treated = [person for person, arm in arms(trial, people).items() if arm]
    happen(order(person, person, day(1)) for person in treated)
    happen(OrderCosted(at=day(1), identity=one, order=one, costed=1000, cost=700) for one in treated[::2])
    found = effect_of(trial, at=END)
    assert found.known == pytest.approx(0.5, abs=0.01)
    assert mail(found, "contribution").lift == pytest.approx(150, abs=2)
    assert mail(effect_of(trial, at=END, margin=1000), "contribution").lift == pytest.approx(200, abs=2)


def test_who_was_joined_counts_once_with_the_earliest_entry():
    people = range(1, 201)
    trial = trial_of(people)
    arm_of = arms(trial, people)
    mailed, kept = (next(person for person, arm in arm_of.items() if arm == side) for side in (1, 0))
    late = next(person for person, arm in arms(trial, range(201, 300)).items() if arm == 0)
    trials.enter(trial, np.array([late]), at=day(2))
    with transaction.atomic():
        announce(IdentityLinked(at=day(5), identity=late, person=mailed, rule="phone"))
    drain_all()
    found = effect_of(trial, at=END)
    assert found.contaminated == 1 and found.people["mail"] == sum(arm_of.values())
    assert found.people["control"] == 200 - sum(arm_of.values())
    assert kept


def test_global_control_and_what_it_cost():
    people = range(1, 2001)
    trial = trial_of(people, marketing=True, arms={"mail": 9000})
    drawn = arms(trial, people)
    happen(order(person, person, day(1)) for person, arm in drawn.items() if arm == 1 and person % 2)
    trials.spend(trial, kind="messages", amount=5000, key="sms", by="ann", at=day(1))
    trials.spend(trial, kind="coupons", amount=3000, key="ten-off", by="ann", at=day(1))
    trials.spend(trial, kind="messages", amount=6000, key="sms", by="ann", at=day(2))
    found = effect_of(trial, at=END)
    assert found.globally_out == sum(arm == -1 for arm in drawn.values()) > 0
    assert sum(found.people.values()) + found.globally_out == 2000
    assert found.cost == 9000 and effect_of(trial, at=day(1.5)).cost <= 9000
    assert found.cost_per_order == pytest.approx(9000 / found.treated().gained)


# -- kept, pooled, foreseen


def promoted(n: int, lift: float, lot, events: list, **said) -> Trial:
    """A trial of 400 people of its own, of whom a third order; of those with the mail so many more."""
    people = range(1 + 400 * n, 401 + 400 * n)
    trial = trial_of(people, key=f"round {n}", action="ten off", **said)
    for person, arm in arms(trial, people).items():
        if lot.random() < 0.33 + lift * arm:
            events.append(order(person, person, day(lot.uniform(0, 30))))
    return trial


def test_what_one_round_cannot_tell_several_do_together():
    lot, events = np.random.default_rng(11), []
    made = [promoted(n, 0.09, lot, events) for n in range(8)]
    happen(events)
    for trial in made:
        trials.spend(trial, kind="coupons", amount=1000, by="ann", at=NOON)
    assert sum(iter(lambda: findings.keep_fresh(END), 0)) == 8, "in as many turns as it takes"
    said = [trial.finding.body["effect"] for trial in Trial.objects.select_related("finding").order_by("pk")]
    assert sum(one["verdict"] == "works" for one in said) < 5, "each alone is too small"
    [line] = findings.lines()
    assert line.verdict == "works" and line.final and len(line.trials) == 8 and line.cost == 8000
    assert line.people == sum(one["reached"] for one in said)
    arms_ = [one["outcomes"]["orders"][-1] for one in said]
    weights = np.array([1 / one["error"] ** 2 for one in arms_])
    lift = float((weights * [one["lift"] for one in arms_]).sum() / weights.sum())
    assert line.orders["lift"] == pytest.approx(lift)
    assert line.orders["high"] - lift == pytest.approx(1.959964 / np.sqrt(weights.sum()))
    assert line.cost_per_order == pytest.approx(8000 / (lift * line.people))


def test_a_finding_is_drawn_anew_with_news_and_at_its_horizon():
    people = range(1, 101)
    trial = trial_of(people)
    happen([order(1, 1, day(1))])
    assert findings.keep_fresh(day(5)) == 1 and findings.keep_fresh(day(6)) == 0
    kept = Trial.objects.get(pk=trial.pk).finding.body
    assert kept["effect"]["final"] is False and kept["effect"]["days"] == 25
    assert [one["verdict"] for one in kept["course"]] and len(kept["course"]) == 5
    happen([order(2, 2, day(2))])
    assert findings.keep_fresh(day(7)) == 1
    assert findings.keep_fresh(END) == 1, "the horizon has come"
    happen([order(3, 3, day(3))])
    assert findings.keep_fresh(END + findings.SETTLES + timedelta(days=1)) == 1
    happen([order(4, 4, day(3))])
    assert findings.keep_fresh(END + 2 * findings.SETTLES) == 0, "settled; `measure` still counts it when asked"
    assert findings.measure(trial, at=END + 2 * findings.SETTLES).body["effect"]["people"] == kept["effect"]["people"]


def test_segments_are_who_had_bought_before_and_who_had_not():
    people = range(1, 401)
    trial = trial_of(people)
    drawn = arms(trial, people)
    before = [order(person, person, day(-5)) for person in people if person % 2]
    after = [order(person, 1000 + person, day(2)) for person, arm in drawn.items() if arm and person % 2]
    happen([*before, *after])
    found = findings.measure(trial, at=END).body["segments"]
    assert found["bought_before"]["outcomes"]["orders"][1]["lift"] == pytest.approx(1)
    assert found["not_before"]["outcomes"]["orders"][1]["lift"] == 0
    assert sum(found["not_before"]["people"].values()) == 200


def test_a_holdout_too_small_to_see_anything_says_so_before_it_is_sent():
    lot = np.random.default_rng(12)
    events = shopping(lot, 2000, days=(-30, 0))
    happen(events)
    small = trials.foreseen(np.arange(1, 2001), holdout=500, window=30, at=NOON)["orders"]
    large = trials.foreseen(np.arange(1, 2001), holdout=5000, window=30, at=NOON)["orders"]
    many = np.bincount([one.identity for one in events], minlength=2001)[1:]
    assert small.mean == pytest.approx(many.mean()) and small.relative > 2 * large.relative
    assert large.lift == pytest.approx(2.8016 * np.sqrt(many.var(ddof=1) * (1 / 1000 + 1 / 1000)), rel=1e-3)
    assert trials.visible(100, holdout=0, mean=1, variance=1).lift is None


def test_who_wishes_to_be_forgotten_leaves_the_blocks():
    trial = trial_of(range(1, 101))
    trial_of(range(1, 101), key="groups", unit="group", units=np.arange(100) // 10)
    who = Somebody((7, 150_000))
    assert held.Trials().count(who) == {"trials": 2}
    assert {row["trial"] for row in held.Trials().export(who)["trials"]} == {"t", "groups"}
    assert held.Trials().erase(who).erased == {"entries": 2}
    assert held.Trials().count(who) == {"trials": 0} and held.Trials().erase(who).erased == {"entries": 0}
    assert sum(effect_of(trial, at=END).people.values()) == 99


def appeared(people: Iterable[int]) -> list[PersonAppeared]:
    return [PersonAppeared(at=day(-30), identity=person, namespace="phone", source="test") for person in people]


def test_all_marketing_together_is_seen_against_the_global_control_group():
    trials.controls.change(share=500, days=30, by="ann", at=day(-1))
    rotation = trials.controls.current(NOON)
    people = np.arange(1, 4001)
    out = people[trials.controls.within(rotation, people)]
    told = people[~trials.controls.within(rotation, people)]
    late = [PersonAppeared(at=day(1), identity=9000, namespace="phone", source="test"), order(9000, 9000, day(2))]
    bought = [order(int(one), int(one), day(3)) for one in (*told[::2], *out[::5])]
    happen([*appeared(people.tolist()), *bought, *late])
    assert everything.keep_fresh(END) == 1 and everything.keep_fresh(END) == 0
    [(kept, line)] = everything.lines()
    assert kept.brief["kept_out"] == len(out) and line.people == len(told), "who came later was not drawn"
    lift = len(told[::2]) / len(told) - len(out[::5]) / len(out)
    assert line.orders["lift"] == pytest.approx(lift) and line.orders["gained"] == pytest.approx(lift * len(told))
    assert (line.verdict, line.final) == ("works", True)
    assert wasted.ranked().as_dict()["together"][0]["kept_out"] == len(out)
    said = CliRunner().invoke(main, ["wasted"], catch_exceptions=False).output
    assert "all marketing, 20 May 2026 – 19 Jun 2026: works" in said


def test_some_45_who_were_kept_out_of_all_marketing_fool_nobody():
    happen([*appeared(range(1, 2251)), *shopping(np.random.default_rng(14), 2250, rate=0.02)])
    said = []
    with open_facts(END) as db:
        for n in range(60):
            lot = Rotation(salt=f"lot {n}", start=0, share=200, begins_at=NOON, ends_at=END)
            low, high = everything.reckoned(db, lot, END, None)["sides"]["orders"]["ci"]
            said.append(low > 0 or high < 0)
    assert np.mean(said) <= 0.05


def test_a_list_of_trials_reads_no_whole_finding():
    for n in range(3):
        trial_of(range(1 + 10 * n, 11 + 10 * n), key=f"t{n}")
    happen([order(1, 1, day(1))])
    while findings.keep_fresh(day(5)):
        pass
    with CaptureQueriesContext(connection) as asked:
        assert len(findings.lines()) == 3
    assert len(asked) == 2 and not any('"body"' in one["sql"] for one in asked)


def redeemed(person: int, at: datetime, amount: int, code: int) -> CouponRedeemed:
    return CouponRedeemed(at=at, identity=person, code=code, template=1, order=code, amount=amount)


def test_coupons_and_points_are_counted_against_whoever_was_kept_out():
    people = range(1, 401)
    trial = trial_of(people)
    drawn = arms(trial, people)
    told, out = ([one for one in people if bool(drawn[one]) == arm] for arm in (True, False))
    events = [redeemed(one, day(2), 300, one) for one in (*told[:60], *out[:10])]
    back = [CouponReversed(at=day(4), identity=told[0], code=told[0], template=1, order=told[0], again=False)]
    early = [redeemed(told[70], day(-1), 5000, 900), redeemed(told[71], day(31), 5000, 901)]
    points = [PointsEarned(at=day(3), identity=one, earning=one, points=200, rule=None, because="order", pending=False)
              for one in (*told[:40], *out[:5])]  # fmt: skip
    spent = [PointsSpent(at=day(5), identity=one, points=100, because=f"order:{one}") for one in told[:20]]
    mall = [PointsSpent(at=day(5), identity=told[30], points=100, because="redemption:1")]
    happen([PointsValued(at=day(-9), worth=50), PointsValued(at=day(-8), worth=100), *events, *back, *early, *points,
            *spent, *mall])  # fmt: skip
    found = findings.measure(trial, at=END)
    scale = len(told) / len(out)
    coupons = 59 * 300 + 20 * 100 - scale * 10 * 300
    owed = 40 * 200 - 20 * 100 - scale * 5 * 200
    [_, one] = found.body["given"]["coupons"]
    assert (one["arm"], one["total"]) == ("mail", 59 * 300 + 20 * 100) and one["gained"] == pytest.approx(coupons)
    assert one["low"] < one["gained"] < one["high"]
    assert found.body["given"]["points"][1]["gained"] == pytest.approx(owed)
    costs = dict(trial.costs.values_list("key", "amount"))
    assert costs == {"reckoned:coupons": round(coupons), "reckoned:points": round(owed)}
    [line] = findings.lines()
    assert line.cost == round(coupons) + round(owed) and line.discounts == round(coupons)
    said = Entry.objects.filter(name="trial.charged").count()
    findings.measure(trial, at=END)
    assert Entry.objects.filter(name="trial.charged").count() == said == 2, "what is known already is no news"
    trial.costs.filter(key="reckoned:points").update(amount=1)
    findings.measure(trial, at=END)
    assert trial.costs.get(key="reckoned:points").amount == round(owed)


def test_discounts_are_not_taken_from_what_sales_brought_twice():
    people = range(1, 401)
    trial = trial_of(people)
    told = [one for one, arm in arms(trial, people).items() if arm]
    sold = [order(one, one, day(2), 700) for one in told]
    costed = [OrderCosted(at=day(2), identity=one, order=one, costed=700, cost=400) for one in told]
    happen([*sold, *costed, *[redeemed(one, day(2), 300, one) for one in told]])
    trials.spend(trial, kind="messages", amount=1000, by="ann", at=NOON)
    findings.measure(trial, at=END)
    [line] = findings.lines()
    assert line.cost == 1000 + 300 * len(told)
    assert line.earned == pytest.approx(300 * len(told) - 1000)
    assert line.cost_per_order == pytest.approx(line.cost / len(told))
