"""Every person gets the products they are likeliest to buy next, with the reason."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.cli import main
from siyu.core.eventlog.models import ImportRun
from siyu.core.insight.next_product import (
    NotFitted,
    evaluate,
    fit,
    keep_fresh,
    recommend,
    recommend_all,
)
from siyu.core.insight.next_product.fresh import speaks
from siyu.core.insight.next_product.model import NothingBought
from tests.conftest import empty_lake
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__")
TODAY = date(2026, 7, 1)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
TEA, CAKE, SOAP, SALT = 1, 2, 3, 4
GOODS = [listed(product, "food", "FOOD") for product in (TEA, CAKE, SOAP, SALT)]
ALICE, BOB, CAROL = 1, 2, 3


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def a_shop() -> list[dict]:
    """Alice takes tea every nine days and took salt once; most who buy tea buy cake too; Carol bought soap."""
    alice = [order(n, ALICE, ago(12 + 9 * n), (TEA, 500)) for n in range(6)]
    others = [order(100 + n, 10 + n, ago(20 + n), (TEA, 500), (CAKE, 300)) for n in range(30)]
    strangers = [order(200 + n, 50 + n, ago(20 + n), (SOAP, 500)) for n in range(35)]
    return [*GOODS, *alice, order(50, ALICE, ago(80), (SALT, 100)), *others, *strangers]


def products(found: list[dict]) -> list[int]:
    return [one["product"] for one in found]


def test_it_works():
    sell(*a_shop())
    fitted = fit(AS_OF)
    assert (fitted.people, fitted.products) == (66, 4)
    tea, salt = recommend(ALICE, kind="again")
    assert (tea["product"], tea["title"], salt["product"]) == (TEA, "product 1", SALT)
    assert tea["reason"]["text_en"] == "Bought on 6 days, usually every 9 days, last 12 days ago"
    assert tea["reason"]["text_zh"] == "买过 6 次，通常每 9 天一次，上次在 12 天前"
    assert salt["reason"]["text_en"] == "Bought once, 80 days ago"
    cake, soap = recommend(ALICE, kind="new")
    assert (cake["product"], cake["reason"]["because"]) == (CAKE, TEA)
    assert cake["reason"]["lift"] == pytest.approx(30 * 66 / (31 * 30), abs=0.01)
    assert cake["reason"]["text_en"] == "People who buy product 1 buy this 2.1 × as often"
    assert (soap["product"], soap["reason"]["code"]) == (SOAP, "popular")


def test_one_list_holds_both_likeliest_first():
    sell(*a_shop())
    fit(AS_OF)
    found = recommend(ALICE)
    assert sorted(products(found)) == [TEA, CAKE, SOAP, SALT]
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert recommend(ALICE, 2) == found[:2]


def test_a_stranger_gets_what_most_people_buy():
    sell(*a_shop())
    fit(AS_OF)
    found = recommend(999)
    assert products(found)[0] == SOAP
    assert found[0]["reason"]["text_en"] == "53% of all buyers have bought it"


def test_everybody_has_a_list():
    sell(*a_shop())
    fit(AS_OF)
    rows = recommend_all(3).to_pylist()
    assert {row["person"] for row in rows} == {ALICE, *range(10, 40), *range(50, 85)}
    assert [row["product"] for row in rows if row["person"] == ALICE] == products(recommend(ALICE, 3))
    assert [row["rank"] for row in rows if row["person"] == ALICE] == [1, 2, 3]


def test_nothing_is_known_before_the_first_fit():
    with pytest.raises(NotFitted):
        recommend(ALICE)
    with pytest.raises(NothingBought):
        fit(AS_OF)


def test_what_comes_later_is_not_known_yet():
    sell(*a_shop(), *(order(300 + n, ALICE, ago(-n), (SOAP, 100)) for n in range(1, 5)))
    fit(AS_OF)
    assert SOAP not in products(recommend(ALICE, kind="again"))


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 100), st.lists(st.integers(1, 8), min_size=1, max_size=4)),
        min_size=1,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_lists_hold_no_product_twice_whatever_the_order(orders, chance):
    rows = [order(n, who, ago(days), *((p, 100) for p in goods)) for n, (who, days, goods) in enumerate(orders, 1)]
    found = []
    for _ in range(2):
        empty_lake.__wrapped__()
        sell(*rows)
        fit(AS_OF)
        found.append(recommend_all(20).to_pylist())
        chance.shuffle(rows)
    assert found[0] == found[1]
    assert len({(row["person"], row["product"]) for row in found[0]}) == len(found[0])
    had = {(who, product) for who, _, goods in orders for product in goods}
    assert {(row["person"], row["product"]) for row in found[0] if row["kind"] == "again"} == had
    assert not {(row["person"], row["product"]) for row in found[0] if row["kind"] == "new"} & had


def test_the_model_is_the_ridge_regression_of_each_product_on_the_others():
    has = np.random.default_rng(1).random((40, 6)) < 0.4
    weights = speaks((has.T.astype(np.float32) @ has), 5.0)
    others = [0, 1, 3, 4, 5]
    x, y = has[:, others].astype(float), has[:, 2].astype(float)
    assert weights[others, 2] == pytest.approx(np.linalg.solve(x.T @ x + 5 * np.eye(5), x.T @ y), abs=1e-4)
    assert weights[2, 2] == 0


def test_the_lists_are_judged_by_what_people_then_bought():
    """Alice takes tea again and cake for the first time; ten others take soap again."""
    later = [order(900, ALICE, ago(-3), (TEA, 500), (CAKE, 1))]
    later += [order(901 + n, 50 + n, ago(-3), (SOAP, 500)) for n in range(10)]
    sell(*a_shop(), *later)
    found = evaluate(train_until=AS_OF, test_until=AS_OF + timedelta(days=28), k=1, resamples=100)
    assert (found["all"]["people"], found["all"]["bought"]) == (11, 12)
    by = found["all"]["by"]
    assert by["ours"]["recall"][0] == pytest.approx((10 + 0.5) / 11, abs=1e-4)
    assert by["popularity"]["recall"][0] == pytest.approx(10 / 11, abs=1e-4)
    assert (found["new"]["people"], found["new"]["by"]["ours"]["hit_rate"][0]) == (1, 1.0)
    assert found == evaluate(train_until=AS_OF, test_until=AS_OF + timedelta(days=28), k=1, resamples=100)


def test_the_worker_learns_once_a_day():
    at = AS_OF + timedelta(hours=9)
    assert keep_fresh(at) == 0
    sell(*a_shop())
    coming = ImportRun.objects.create(kind="orders", source="shop", file="a.csv", digest="", started_at=at)
    assert keep_fresh(at) == 0
    coming.delete()
    assert keep_fresh(at) == 66
    assert keep_fresh(at + timedelta(hours=1)) == 0
    assert keep_fresh(at + timedelta(days=1)) == 66


def siyu(*args: str) -> dict:
    ran = CliRunner().invoke(main, ["recommend", *args, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stdout
    return json.loads(ran.stdout)


def test_the_command_fits_tells_and_judges():
    sell(*a_shop())
    assert siyu("--fit", "--as-of", "2026-07-01")["fitted"]["people"] == 66
    assert siyu(str(ALICE), "--limit", "2")["products"][0]["kind"] in ("again", "new")
    judged = siyu("--evaluate", "--train-until", "2026-06-05", "--as-of", "2026-07-01")
    assert judged["all"]["people"] > 0
