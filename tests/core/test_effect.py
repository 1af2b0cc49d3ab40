"""What an action did: the published truth of a randomised trial, and what chance alone is allowed to say."""

import json
import os
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from siyu.cli import main
from siyu.core.insight.trials.effect import BadShares, Plan, Sums, TooFew, compare
from siyu.core.insight.trials.visible import visible

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[2] / ".." / "shared")) / "data"
HILLSTROM = SHARED / "hillstrom" / "hillstrom.parquet"


def sums(y, x=0.0, n=1.0) -> Sums:
    y, x, n = (np.broadcast_to(np.asarray(one, float), np.shape(y)) for one in (y, x, n))
    parts = (n, y, x, n * n, y * y, x * x, n * y, n * x, x * y)
    return Sums(np.size(y), *(float(one.sum()) for one in parts))


def compared(arms, **plan):
    return compare({name: sums(*one) for name, one in arms.items()}, Plan("control", **plan))


@pytest.mark.skipif(not HILLSTROM.exists(), reason=f"{HILLSTROM} is not here")
def test_the_truth_of_hillstrom_is_found():
    asked = ["effect", str(HILLSTROM), "--arm", "segment", "--control", "No E-Mail", "--outcome", "visit", "--json"]
    said = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).output)
    arms = {one["arm"]: one for one in said["arms"]}
    assert round(100 * arms["Mens E-Mail"]["lift"], 2) == 7.66
    assert round(100 * arms["Womens E-Mail"]["lift"], 2) == 4.52
    assert {one["verdict"] for one in arms.values()} == {"control", "works"}
    assert sum(one["people"] for one in arms.values()) == 64_000 and said["split"] > 0.5


def test_without_units_and_history_it_is_welchs_test():
    lot = np.random.default_rng(5)
    a, b = lot.exponential(3, 400), lot.exponential(3.4, 900)
    one = compared({"control": (a,), "mail": (b,)}, shares={"control": 4, "mail": 9}).arms[1]
    welch = stats.ttest_ind(b, a, equal_var=False)
    low, high = welch.confidence_interval()
    assert one.p == pytest.approx(welch.pvalue) and one.ci == pytest.approx((low, high))
    assert one.lift == pytest.approx(b.mean() - a.mean())


@given(st.integers(0, 10**6), st.floats(-1e6, 1e6))
@settings(max_examples=25)
def test_where_the_zero_lies_changes_nothing(seed, zero):
    lot = np.random.default_rng(seed)
    y, x = lot.normal(5, 2, (2, 60)), lot.normal(3, 1, (2, 60))
    near = compared({"control": (y[0], x[0]), "mail": (y[1], x[1])}).arms[1]
    sides = {"control": sums(y[0] - zero, x[0] - zero), "mail": sums(y[1] - zero, x[1] - zero)}
    far = compare(sides, Plan("control", zero=(zero, zero))).arms[1]
    assert far.lift == pytest.approx(near.lift, abs=1e-4) and far.ci == pytest.approx(near.ci, abs=1e-3)


def test_what_was_known_before_narrows_the_interval():
    lot = np.random.default_rng(2)
    x = lot.gamma(2, 50, (2, 4000))
    y = x + lot.normal(0, 10, x.shape)
    y[1] += 2
    plain = compared({"control": (y[0],), "mail": (y[1],)}, worth=1).arms[1]
    better = compared({"control": (y[0], x[0]), "mail": (y[1], x[1])}, worth=1)
    one = better.arms[1]
    assert better.theta == pytest.approx(1, abs=0.01)
    assert plain.verdict == "not known yet" and plain.needed > 0 and one.verdict == "works"
    assert one.ci[0] < 2 < one.ci[1] and (one.ci[1] - one.ci[0]) < (plain.ci[1] - plain.ci[0]) / 5


def false_verdicts(trials: int, judge) -> float:
    return sum(judge(np.random.default_rng(seed)) for seed in range(trials)) / trials


def test_groups_judged_as_groups_keep_the_rate_that_was_promised():
    def draw(lot, clustered: bool) -> bool:
        mood = lot.normal(0, 1, (2, 20))
        people = mood[..., None] + lot.normal(0, 1, (2, 20, 30))
        if clustered:
            arms = {"control": (people[0].sum(1), 0, 30), "mail": (people[1].sum(1), 0, 30)}
        else:
            arms = {"control": (people[0].ravel(),), "mail": (people[1].ravel(),)}
        return compared(arms).arms[1].p < 0.05

    assert false_verdicts(400, lambda lot: draw(lot, True)) < 0.09
    assert false_verdicts(400, lambda lot: draw(lot, False)) > 0.3, "people of one group are no people of their own"


def test_whoever_looks_daily_is_not_fooled_more_often():
    def looks(lot, peeking: bool) -> bool:
        y = lot.normal(0, 1, (2, 20, 100))
        days = ([compared({"control": (y[0, :day].ravel(),), "mail": (y[1, :day].ravel(),)}, peeking=peeking,
                horizon=4000).arms[1].p for day in range(1, 21)])  # fmt: skip
        return min(days) < 0.05

    assert false_verdicts(100, lambda lot: looks(lot, True)) < 0.09
    assert false_verdicts(100, lambda lot: looks(lot, False)) > 0.15


def test_a_lift_that_is_there_is_found_as_often_as_promised():
    def found(lot) -> bool:
        y = lot.normal(10, 2, (2, 630))  # 0.8 of finding a lift of 0.316 with 630 in each arm
        return compared({"control": (y[0],), "mail": (y[1] + 0.316,)}).arms[1].verdict == "works"

    assert 0.72 < false_verdicts(300, found) < 0.88


KEPT_OUT = {"control": 45, "mail": 2205}


def few_kept_out(lot):
    """45 of 2,250 are kept out; seven of ten order, most of them little, some a lot, and did so before."""
    usual = lot.gamma(0.7, 3, 2250) * (lot.random(2250) < 0.7)
    y, x = lot.poisson(usual), lot.poisson(3 * usual)
    return {"control": (y[:45], x[:45]), "mail": (y[45:], x[45:])}


def test_few_who_were_kept_out_fool_nobody():
    def wrong(lot, known: bool) -> bool:
        arms = few_kept_out(lot)
        told = arms if known else {name: (y,) for name, (y, _) in arms.items()}
        low, high = compared(told, shares=KEPT_OUT).arms[1].ci
        return low > 0 or high < 0

    def welch(lot) -> bool:
        held, told = (y for y, _ in few_kept_out(lot).values())
        return stats.ttest_ind(told, held, equal_var=False).pvalue < 0.05

    assert false_verdicts(600, lambda lot: wrong(lot, True)) <= 0.05
    assert false_verdicts(600, lambda lot: wrong(lot, False)) <= 0.05
    assert false_verdicts(600, welch) > 0.05


def test_few_who_were_kept_out_still_show_a_lift_as_often_as_promised():
    everybody = np.concatenate([y for y, _ in few_kept_out(np.random.default_rng(0)).values()])
    seen = visible(2250, holdout=200, mean=everybody.mean(), variance=everybody.var())

    def found(lot) -> bool:
        arms = few_kept_out(lot)
        y, x = arms["mail"]
        return compared(arms | {"mail": (y + seen.lift, x)}, shares=KEPT_OUT).arms[1].verdict == "works"

    assert false_verdicts(300, found) > 0.8


def test_where_nobody_who_was_kept_out_did_anything_nothing_is_certain():
    arms = {"control": (np.zeros(8),), "mail": (np.r_[np.zeros(340), np.ones(60)],)}
    one = compared(arms, shares={"control": 8, "mail": 400}).arms[1]
    assert one.verdict == "not known yet" and one.ci[0] < 0 < one.ci[1]


def test_money_that_does_nothing_is_called_wasted():
    lot = np.random.default_rng(1)
    y = lot.normal(10, 1, (2, 20_000))
    assert compared({"control": (y[0],), "mail": (y[1],)}, worth=0.5).arms[1].verdict == "wasted"
    harm = compared({"control": (y[0],), "mail": (y[1] - 1,)}).arms[1]
    assert harm.verdict == "wasted" and harm.ci[1] < 0


def test_a_split_that_no_lot_made_gets_no_verdict():
    lot = np.random.default_rng(1)
    arms = {"control": (lot.normal(0, 1, 1000),), "mail": (lot.normal(3, 1, 1300),)}
    assert compared(arms).arms[1].verdict == "split is broken"
    assert compared(arms, shares={"control": 10, "mail": 13}).arms[1].verdict == "works"
    with pytest.raises(BadShares):
        compared(arms, shares={"mail": 1})
    with pytest.raises(TooFew):
        compared({"control": ([1.0, 2.0],), "mail": ([1.0],)})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"--outcome": "visits"}, "unknown_column"),
        ({"--outcome": "word"}, "row_refused"),
        ({"--control": "nobody"}, "no_control"),
        ({"--arm": "hole"}, "row_refused"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_its_row(tmp_path, changed, code):
    arms = ["control", "mail"] * 4
    rows = {"arm": arms, "spend": [1.5, 2, 3, 4, 5, 6, 7, 8], "word": ["1", "two"] * 4, "hole": ["a", None] * 4}
    pq.write_table(pa.table(rows), file := tmp_path / "trial.parquet")
    options = {"--arm": "arm", "--control": "control", "--outcome": "spend"} | changed
    said = CliRunner().invoke(main, ["effect", str(file), *(text for pair in options.items() for text in pair)])
    assert said.exit_code and code in said.output
    if code == "row_refused":
        assert "Row 2" in said.output


def test_a_file_of_a_header_alone_says_nothing(tmp_path):
    (file := tmp_path / "trial.csv").write_text("arm,spend\n")
    said = CliRunner().invoke(main, ["effect", str(file), "--arm", "arm", "--control", "a", "--outcome", "spend"])
    assert said.exit_code and "file_empty" in said.output


BY_HAND = """
    WITH each AS (SELECT {by}::VARCHAR AS part, segment AS arm, count(*) AS n, avg(visit) AS mean, var_samp(visit) AS v
        FROM read_parquet('{file}') GROUP BY ALL)
    SELECT m.part, m.arm, m.mean - c.mean AS lift, sqrt(m.v / m.n + c.v / c.n) AS error,
        (m.v / m.n + c.v / c.n) ** 2 / ((m.v / m.n) ** 2 / (m.n - 1) + (c.v / c.n) ** 2 / (c.n - 1)) AS free
    FROM each m JOIN each c ON c.part = m.part AND c.arm = 'No E-Mail' WHERE m.arm <> c.arm ORDER BY ALL"""


def by_segment(by: str, *more: str) -> dict:
    asked = ["effect", str(HILLSTROM), "--arm", "segment", "--control", "No E-Mail", "--outcome", "visit", "--by", by]
    return json.loads(CliRunner().invoke(main, [*asked, *more, "--json"], catch_exceptions=False).output)


@pytest.mark.skipif(not HILLSTROM.exists(), reason=f"{HILLSTROM} is not here")
@pytest.mark.parametrize(("by", "segments"), [("newbie", 2), ("zip_code", 3), ("channel", 3), ("history_segment", 7)])
def test_per_segment_it_says_what_a_query_by_hand_says(by, segments):
    said = by_segment(by)
    assert len(said["segments"]) == segments and said["comparisons"] == 2 * segments
    found = {(one["segment"], arm["arm"]): arm for one in said["segments"] for arm in one["arms"][1:]}
    with duckdb.connect() as db:
        rows = db.execute(BY_HAND.format(by=by, file=HILLSTROM)).fetchall()
    assert sorted(found) == [(part, arm) for part, arm, *_ in rows]
    for part, arm, lift, error, free in rows:
        one = found[part, arm]
        assert one["lift"] == pytest.approx(lift) and one["error"] == pytest.approx(error)
        p = 2 * stats.t.sf(abs(lift) / error, free)
        assert one["p_corrected"] == pytest.approx(min(1, p * 2 * segments), rel=0.001, abs=1e-9)
        sure = stats.norm.isf(0.025 / (2 * segments)) * error
        assert (one["verdict_corrected"] == "works") == (lift - sure > 0)
    assert sum(one["people"] for one in said["segments"]) == 64_000


def test_where_nothing_was_done_segments_claim_less_once_corrected(tmp_path):
    lot, file = np.random.default_rng(8), tmp_path / "nothing.parquet"
    many = 40_000
    table = {"arm": lot.choice(["a", "b"], many), "place": lot.integers(0, 60, many), "y": lot.exponential(1, many)}
    pq.write_table(pa.table(table), file)
    asked = ["effect", str(file), "--arm", "arm", "--control", "a", "--outcome", "y", "--by", "place", "--json"]
    said = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).output)
    arms = [one["arms"][1] for one in said["segments"]]
    claims = sum(one["p"] < 0.05 for one in arms)
    assert claims > 0 and not any(one["p_corrected"] < 0.05 for one in arms)
    assert "works" not in {one["verdict_corrected"] for one in arms}


def test_a_segment_with_too_few_says_so_and_an_empty_one_is_refused(tmp_path):
    file = tmp_path / "few.csv"
    rows = "".join(f"{arm},{y},north\n" for arm in "ab" for y in range(5))
    file.write_text("arm,y,place\n" + rows + "a,1,south\n")
    asked = ["effect", str(file), "--arm", "arm", "--control", "a", "--outcome", "y", "--by", "place"]
    assert "too few" in CliRunner().invoke(main, asked, catch_exceptions=False).output
    file.write_text("arm,y,place\n" + rows + "a,1,\n")
    assert "place is empty" in CliRunner().invoke(main, asked).output
