"""What customers are still going to buy, and when nobody may say so."""

import csv
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, gammaln, hyp2f1

from siyu.cli import main
from siyu.core.insight.facts import open_facts
from siyu.core.insight.lifetime import (
    BgNbd,
    Followup,
    NothingBought,
    Summary,
    Window,
    appraise,
    as_dict,
    bgnbd,
    fit,
    fit_bgnbd,
    fit_gamma_gamma,
    gamma_gamma,
    reading,
    table,
)
from siyu.core.insight.lifetime.bgnbd import alive, expected, expected_if_alive
from siyu.core.insight.lifetime.model import NoModel
from tests.selling import order, sell

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[2] / ".." / "shared")) / "data"
CDNOW = SHARED / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
MASTER = SHARED / "cdnow" / "cdnow_master.parquet"
GROCER = SHARED / "completejourney_h1" / "transactions.parquet"
PUBLISHED = BgNbd(0.2426, 4.4136, 0.7929, 2.4259, -9582.4, 2357, True, np.eye(4))
ALICE, BOB, CAROL = 1, 2, 3
positive = st.floats(0.05, 20)


def needs(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"the real data is not here: {path}")


def cdnow() -> dict[str, np.ndarray]:
    needs(CDNOW)
    with CDNOW.open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


def crowd(n: int, *, r=0.25, alpha=30.0, a=0.8, b=2.5, p=6.0, q=4.0, v=15.0, ahead=90, seed=1) -> Followup:
    """People who live as the models say, watched for 30 to 270 days, and what they do after."""
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(r, 1 / alpha, n), np.maximum(random.beta(a, b, n), 1e-9)
    stays, T = random.geometric(leaving), random.integers(30, 271, n)
    mean = p / random.gamma(q, 1 / v, n)
    x, t_x, later, at = np.zeros(n, int), np.zeros(n), np.zeros(n, int), np.zeros(n)
    spent, spends = np.zeros(n), np.zeros(n)
    for turn in range(1, 400):
        at = at + random.exponential(1, n) / rate
        cost = random.gamma(p, 1, n) * mean / p
        here, then = (stays >= turn) & (at <= T), (stays >= turn) & (at > T) & (at <= T + ahead)
        x, t_x, later = x + here, np.where(here, at, t_x), later + then
        spent, spends = spent + here * cost, spends + then * cost
    whole_days = np.minimum(np.ceil(t_x), T)
    value = np.divide(spent, x, out=np.zeros(n), where=x > 0)
    then = Summary(np.arange(n), x, whole_days, T.astype(float), value, np.full(n, 20.0))
    return Followup(then, later, spends, ahead)


def plain_log_likelihood(parameters, customers) -> float:
    """As it is printed in the paper, customer by customer."""
    (r, alpha, a, b), total = parameters, 0.0
    for n, last, age in zip(*customers, strict=True):
        shared = betaln(a, b + n) - betaln(a, b) + gammaln(r + n) - gammaln(r) + r * np.log(alpha)
        stayed = np.exp(-(r + n) * np.log(alpha + age))
        left = a / (b + n - 1) * np.exp(-(r + n) * np.log(alpha + last)) if n else 0.0
        total += shared + np.log(stayed + left)
    return total


def plain_spend_likelihood(p, q, v, x, z) -> float:
    terms = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
    return float((terms + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)).sum())


def test_it_works():
    """Fader, Hardie and Lee (2005) and Fader and Hardie (2013) on the tenth of CDNOW that they publish."""
    customers = cdnow()
    found = fit_bgnbd(customers["x"], customers["t_x"], customers["T"])
    assert [round(value, 3) for value in found.parameters] == [0.243, 4.414, 0.793, 2.426]
    assert round(found.log_likelihood, 1) == -9582.4
    assert found.converged
    spend = fit_gamma_gamma(customers["x"], customers["zbar"])
    assert [round(spend.p, 2), round(spend.q, 2), round(spend.v, 2)] == [6.25, 3.74, 15.45]


def test_one_customer_is_as_published():
    """Two repeat purchases, the last in week 30.43 of 38.86: the example of the paper's notes."""
    assert alive(PUBLISHED, [2], [30.43], [38.86])[0] == pytest.approx(0.7266, abs=1e-4)
    assert expected(PUBLISHED, [2], [30.43], [38.86], 39)[0] == pytest.approx(1.226, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(positive, positive, positive, positive)
def test_the_gradient_and_the_curvature_are_those_of_the_likelihood(r, alpha, a, b):
    then = crowd(150).then
    here = np.array([r, alpha, a, b])
    derivatives_hold(bgnbd.Likelihood(then.x, then.t_x, then.T), here)
    again = then.x > 0
    derivatives_hold(gamma_gamma.Likelihood(then.x[again], then.value[again]), here[:3])


def derivatives_hold(likelihood, here) -> None:
    _, slope, bend = likelihood(here)
    nudges = np.diag(1e-5 * here)
    ahead, behind = [likelihood(here + nudge) for nudge in nudges], [likelihood(here - nudge) for nudge in nudges]
    width = 2 * np.diag(nudges)
    rises = np.array([(more[0] - less[0]) for more, less in zip(ahead, behind, strict=True)]) / width
    bends = np.array([(more[1] - less[1]) for more, less in zip(ahead, behind, strict=True)]) / width[:, None]
    assert slope == pytest.approx(rises, rel=1e-4, abs=1e-3)
    assert bend == pytest.approx(bends, rel=1e-4, abs=1e-3 * (1 + np.abs(bend).max()))


@settings(max_examples=40, deadline=None)
@given(positive, positive, positive, positive, st.sampled_from([1.0, 1 / 7, 0.01, 0.1234567]))
def test_the_likelihood_is_the_printed_one_however_time_is_told(r, alpha, a, b, unit):
    """Days, weeks, hundredths, and times on no grid, which stay as they are."""
    then = crowd(200).then
    t_x, T = then.t_x * unit, then.T * unit
    counted = bgnbd.Likelihood(then.x, t_x, T)
    assert counted(np.array([r, alpha, a, b]))[0] == pytest.approx(
        plain_log_likelihood((r, alpha, a, b), (then.x, t_x, T)), rel=1e-10
    )
    again = then.x > 0
    value = gamma_gamma.Likelihood(then.x[again], then.value[again])(np.array([r, alpha, a]))[0]
    assert value == pytest.approx(plain_spend_likelihood(r, alpha, a, then.x[again], then.value[again]), rel=1e-9)


def test_equal_customers_counted_once_are_as_likely():
    then = crowd(300).then
    thrice = bgnbd.Likelihood(*(np.repeat(column, 3) for column in (then.x, then.t_x, then.T)))
    once = bgnbd.Likelihood(then.x, then.t_x, then.T)
    here = np.array([0.3, 40.0, 0.7, 2.0])
    for many, few in zip(thrice(here), once(here), strict=True):
        assert many == pytest.approx(3 * np.asarray(few), rel=1e-12)
    assert len(thrice.x) == len(once.x)
    assert thrice.customers == 900


def test_planted_parameters_are_found_again_as_nearly_as_the_fit_says():
    then = crowd(40_000).then
    assert doubts(fit_bgnbd(then.x, then.t_x, then.T), [0.25, 30.0, 0.8, 2.5]) < 5
    assert doubts(fit_gamma_gamma(then.x, then.value), [6.0, 4.0, 15.0]) < 5


def doubts(found, planted: list[float]) -> float:
    """How far off, in standard errors."""
    away = np.log(found.parameters) - np.log(planted)
    assert np.abs(away).max() < 0.15
    return float(np.sqrt(away @ np.linalg.inv(found.covariance) @ away))


def test_a_count_is_a_whole_number():
    with pytest.raises(ValueError, match="whole numbers"):
        fit_bgnbd([0.5], [1.0], [2.0])


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[positive] * 4), st.integers(0, 40), st.floats(0, 100), st.floats(0.1, 200))
def test_expected_purchases_are_the_published_series(parameters, x, T, t):
    r, alpha, a, b = parameters
    a = 1.05 if abs(a - 1) < 0.05 else a  # where the printed form divides by next to nothing
    z = t / (alpha + T + t)
    series = ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    printed = (a + b + x - 1) / (a - 1) * (1 - series)
    model = replace(PUBLISHED, r=r, alpha=alpha, a=a, b=b)
    ours = float(expected_if_alive(model, [x], [T], t)[0])
    assert ours == pytest.approx(printed, rel=1e-6, abs=1e-7)
    assert 0 <= ours <= (r + x) / (alpha + T) * t * (1 + 1e-9)


def test_expected_purchases_pass_smoothly_where_the_printed_form_divides_by_zero():
    near = [float(expected(replace(PUBLISHED, a=a), [3], [20.0], [30.0], 39)[0]) for a in (1 - 1e-7, 1.0, 1 + 1e-7)]
    assert near[0] == pytest.approx(near[1], rel=1e-5)
    assert near[2] == pytest.approx(near[1], rel=1e-5)


def test_ninety_five_of_a_hundred_lie_within_their_interval():
    people = crowd(6000)
    prediction = fit(people.then).model(None).predict(people.then, horizon_days=people.days)
    within = (people.spend >= prediction.low) & (people.spend <= prediction.high)
    assert 0.94 <= within.mean() <= 0.99
    assert within[people.then.x > 2].mean() >= 0.85
    assert prediction.total_low < people.spend.sum() < prediction.total_high
    assert prediction.total == pytest.approx(people.spend.sum(), rel=0.1)


def test_money_of_later_is_worth_less():
    people = crowd(2000)
    model = fit(people.then).model(None)
    plain, less = (model.predict(people.then, horizon_days=365, discount=rate) for rate in (0, 0.2))
    assert np.all(less.value <= plain.value)
    assert np.all(less.value >= plain.value / 1.2)
    assert less.orders == pytest.approx(plain.orders)


def few(then: Summary) -> Summary:
    return Summary(*(getattr(then, name)[:300] for name in ("person", "x", "t_x", "T", "value", "first")))


def wild(then: Summary) -> Summary:
    """Baskets whose mean has no mean."""
    random = np.random.default_rng(3)
    value = 30 / random.gamma(0.7, 1, len(then)) * random.gamma(then.x + 1e-9) / (then.x + 1e-9)
    return replace(then, value=np.where(then.x > 0, value, 0))


def silent(then: Summary) -> Summary:
    """Regulars for half a year, of whom nobody has come for nine."""
    random = np.random.default_rng(5)
    x = random.poisson(random.gamma(1.4, 20, len(then)))
    t_x = np.where(x > 0, 180 * random.beta(np.maximum(x, 1), 1), 0)
    return replace(
        then, x=x, t_x=t_x, T=np.full(len(then), 3_400.0), value=np.where(x > 0, random.gamma(4, 8, len(x)), 0)
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (few, "few_repeat_buyers"),
        (lambda then: replace(then, value=then.value * then.x), "spend_follows_frequency"),
        (wild, "no_mean"),
        (silent, "at_the_edge"),
        (lambda then: replace(then, value=np.where(then.x > 0, 10.0, 0)), "not_converged"),
    ],
)
def test_where_the_models_do_not_hold_comparable_people_speak(change, code):
    people = crowd(3000)
    fitted = fit(change(people.then))
    assert fitted.refusal
    assert fitted.refusal[0] == code
    with pytest.raises(NoModel):
        fitted.model(None)
    model = fitted.model(people)
    assert (model.code, model.message) == fitted.refusal
    prediction = model.predict(people.then, horizon_days=people.days)
    assert prediction.total == pytest.approx(people.spend.sum(), rel=0.05)
    assert prediction.orders.sum() == pytest.approx(people.orders.sum(), rel=0.05)
    assert np.all(prediction.low <= prediction.high)
    assert ((people.spend >= prediction.low) & (people.spend <= prediction.high)).mean() > 0.93


def test_a_longer_horizon_is_worth_more_and_fades():
    people = replace(crowd(3000), late=0.4)
    model = fit(few(people.then)).model(people)
    totals = [model.predict(people.then, horizon_days=days).total for days in (45, 90, 180, 3650)]
    assert totals == sorted(totals)
    assert totals[2] < 2 * totals[1]
    assert totals[3] < 5 * totals[1]


DAY_ONE = date(2026, 1, 1)


def day(n: int) -> date:
    return DAY_ONE + timedelta(days=n)


def test_a_purchase_is_a_day_and_the_first_one_is_none_of_the_repeats():
    sell(
        order(1, ALICE, day(0), (1, 1000)),
        order(2, ALICE, day(10), (1, 2000)),
        order(3, ALICE, day(10), (1, 500)),
        order(4, ALICE, day(30), (1, 1500)),
        order(5, ALICE, day(50), (1, 9900)),
        order(6, BOB, day(20), (1, 700)),
        order(7, None, day(21), (1, 700)),
        order(8, CAROL, day(45), (1, 800)),
    )
    with open_facts() as db:
        reading.gather(db)
        then = reading.summaries(db, Window("CNY"), until=day(40))
        weeks = reading.summaries(db, Window("CNY", "week"), until=day(40))
        late = reading.summaries(db, Window("CNY", from_day=day(20)), until=day(40))
        after = reading.followup(db, Window("CNY"), cut=day(40), until=day(60))
        february = reading.summaries(db, Window("CNY", cohorts=("2026-02",)), until=day(60))
    assert then.person.tolist() == [ALICE, BOB]
    assert (then.x.tolist(), then.t_x.tolist(), then.T.tolist()) == ([2, 0], [30, 0], [40, 20])
    assert (then.value.tolist(), then.first.tolist()) == ([20, 0], [10, 7])
    assert weeks.T.tolist() == [40 / 7, 20 / 7]
    assert (late.person.tolist(), february.person.tolist()) == ([BOB], [CAROL])
    assert (after.orders.tolist(), after.spend.tolist(), after.days) == ([1, 0], [99, 0], 20)


def test_nobody_has_bought():
    with open_facts() as db, pytest.raises(NothingBought):
        appraise(db, Window("CNY"), until=DAY_ONE)


def test_a_small_shop_gets_a_curve_and_the_reason():
    visits = [(who, n, who + 14 * n) for who in range(1, 40) for n in range(12)]
    sell(*(order(100 * who + n, who, day(when), (1, 1000 + who)) for who, n, when in visits if when <= 170))
    with open_facts() as db:
        found = appraise(db, Window("CNY"), until=day(170), horizon_days=28)
    plain = as_dict(found)
    assert (plain["model"], plain["fallback"]["code"]) == ("empirical", "few_repeat_buyers")
    assert (plain["customers"], plain["repeat_buyers"], plain["from"]) == (39, 39, "2026-01-02")
    assert plain["total"]["low"] < plain["total"]["expected"] < plain["total"]["high"]
    assert plain["calibration"]["orders"]["predicted"] == pytest.approx(
        plain["calibration"]["orders"]["actual"], rel=0.2
    )
    assert sum(bucket["people"] for bucket in plain["calibration"]["buckets"]) == plain["calibration"]["people"]
    rows = table(found)
    assert rows.column_names == ["person", "alive", "expected_orders", "ltv", "ltv_low", "ltv_high"]
    assert sum(rows["ltv"].to_pylist()) == pytest.approx(plain["total"]["expected"], abs=39)
    assert json.loads(json.dumps(plain)) == plain


def test_without_any_past_nothing_is_said():
    sell(order(1, ALICE, day(0), (1, 1000)), order(2, BOB, day(1), (1, 1000)))
    with open_facts() as db:
        found = appraise(db, Window("CNY"), until=day(2))
    assert (found.prediction, found.calibration, as_dict(found)["model"]) == (None, None, "none")
    assert as_dict(found)["params"]["q"] is None
    assert table(found)["ltv"].to_pylist() == [None, None]


def siyu(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout


def test_the_command_answers_in_one_document(tmp_path):
    people = crowd(3000).then
    lines = [f"{n},{x},{t},{T},{z}" for n, x, t, T, z in zip(*shown(people), strict=True)]
    path = tmp_path / "summary.csv"
    path.write_text("\n".join(["ID,x,t_x,T,zbar", *lines]))
    status, answer = siyu("ltv", "--file", str(path), "--unit", "day", "--horizon", "90", "--people", "--json")
    plain = json.loads(answer)
    assert (status, plain["model"], plain["customers"]) == (0, "bg_nbd_gamma_gamma", 3000)
    assert sum(one["ltv"] for one in plain["people"]) == pytest.approx(plain["total"]["expected"], abs=3000)
    first, *_, last = plain["people"]
    assert first["ltv"] >= last["ltv"]
    assert {"person", "x", "t_x", "T", "alive", "expected_orders", "ltv", "low", "high"} == set(first)


def shown(people: Summary) -> tuple[np.ndarray, ...]:
    return people.person, people.x, people.t_x, people.T, people.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_column"),
        ("x,t_x,T,zbar\n", "empty_file"),
        ("x,t_x,zbar\n1,2,3\n", "missing_column"),
        ("x,t_x,T,zbar\n1,2,many,3\n", "not_a_number"),
        ("x,t_x,T,zbar\n1,9,2,3\n", "impossible_row"),
        ("x,t_x,T,zbar\n1,nan,2,3\n", "impossible_row"),
        ("x,t_x,T,zbar\ninf,1,2,3\n", "impossible_row"),
        ("x,t_x,T,zbar\nnan,1,2,3\n", "impossible_row"),
        ("x,t_x,T,zbar\n1,2\n", "not_a_number"),
    ],
)
def test_a_summary_that_cannot_be_says_where(tmp_path, text, code):
    path = tmp_path / "summary.csv"
    path.write_text(text)
    status, answer = siyu("ltv", "--file", str(path), "--json")
    assert (status, json.loads(answer)["code"]) == (1, code)


def orders_of(query: str) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute(f'CREATE TEMP VIEW orders AS SELECT person, "order", day, amount FROM ({query})')
    reading.gather(db)
    return db


def master() -> duckdb.DuckDBPyConnection:
    needs(MASTER)
    return orders_of(f"""
        SELECT customer_id::BIGINT AS person, 0 AS "order", strptime(date::VARCHAR, '%Y%m%d')::DATE AS day,
            round(dollar_value * 100)::BIGINT AS amount FROM '{MASTER}'""")


def test_the_published_tenth_is_read_out_of_the_whole_of_cdnow():
    """Its numbering is its own, so people are found by what they did; every one of the 946 who came again is there."""
    sample = cdnow()
    then = reading.summaries(master(), Window("USD", "week"), until=date(1997, 9, 30))
    assert len(then) == 23_570
    known = {(*row, cents + off) for *row, cents in deeds(then.x, then.t_x, then.T, then.value) for off in (-1, 0, 1)}
    again = [deed for deed in deeds(*sample.values()) if deed[0]]
    assert len(again) == 946
    assert set(again) <= known
    found = fit(then)
    assert found.counting.parameters == pytest.approx([0.2516, 4.789, 0.7234, 2.161], rel=1e-3)


def deeds(x, t_x, T, value) -> list[tuple[int, ...]]:
    """x, the days of t_x and T, cents: a person without a name."""
    columns = x, t_x * 7, T * 7, value * 100
    return list(zip(*(np.rint(column).astype(int).tolist() for column in columns), strict=True))


def test_the_grocers_households_keep_to_what_was_said_of_them():
    """Fitted on January to April 2017, held against May and June: total within 3 %, 95 % of people within theirs."""
    needs(GROCER)
    db = orders_of(f"""
        SELECT household_id AS person, basket_id AS "order", min(transaction_timestamp)::DATE AS day,
            sum(round(sales_value * 100))::BIGINT AS amount FROM '{GROCER}' GROUP BY 1, 2""")
    plain = as_dict(appraise(db, Window("USD"), until=date(2017, 4, 30)))
    assert (plain["model"], plain["customers"]) == ("bg_nbd_gamma_gamma", 2327)
    held = plain["calibration"]
    assert (held["from"], held["until"], held["days"]) == ("2017-05-01", "2017-06-30", 61)
    assert abs(held["orders"]["error"]) < 0.03
    assert abs(held["spend"]["error"]) < 0.03
    assert held["total_low"] < held["spend"]["actual"] < held["total_high"]
    assert 0.93 < held["coverage"] < 0.98
    db.execute("DELETE FROM purchases WHERE day > DATE '2017-04-30'")
    assert as_dict(appraise(db, Window("USD"), until=date(2017, 4, 30)))["calibration"]["period"] == "last_quarter"
