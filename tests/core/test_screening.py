"""Old customers are screened for seed users: scored, kept as a round, decided on."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.cli import main
from siyu.core.eventlog.models import Entry, ImportRun
from siyu.core.insight.models import Candidate, Cycle, Round
from siyu.core.insight.screening import (
    AlreadyDecided,
    NobodyBought,
    accept,
    candidates,
    compare,
    judge,
    monthly,
    previous,
    reject,
    reopen,
    run,
)
from siyu.core.insight.screening.judging import NothingToJudge
from siyu.kit.codes import encode
from tests.conftest import empty_lake
from tests.selling import listed, order, refund, sell

pytestmark = pytest.mark.django_db(databases="__all__")
TODAY = date(2026, 6, 30)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
TEA, CAKE, SOAP = 1, 2, 3
GOODS = [listed(TEA, "tea", "FOOD"), listed(CAKE, "cake", "FOOD"), listed(SOAP, "soap", "HOME")]
ALICE, BOB, CAROL = 1, 2, 3


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def a_shop() -> list[dict]:
    """Alice buys tea every week, Bob bought cake twice, Carol bought soap once."""
    weekly = [order(n, ALICE, ago(7 * n), (TEA, 2_000), (SOAP, 400)) for n in range(10)]
    return [
        *GOODS,
        *weekly,
        order(20, BOB, ago(5), (CAKE, 5_000)),
        order(21, BOB, ago(60), (CAKE, 4_000)),
        order(22, CAROL, ago(100), (SOAP, 3_000)),
    ]


def scores(**kwargs) -> dict[int, int]:
    return {one["person"]: one["score"] for one in candidates(as_of=AS_OF, **kwargs)}


def test_it_works():
    sell(*a_shop())
    first, *_, last = candidates(as_of=AS_OF)
    assert (first["person"], first["score"], last["person"]) == (ALICE, 1000, CAROL)
    depth = first["reasons"][0]
    assert (depth["code"], depth["value"], depth["above"]) == ("depth", 24_000, 66)
    assert depth["text_en"] == "Spent ¥240.00 in the last year, more than 66 % of buyers"
    assert depth["text_zh"] == "最近一年消费 ¥240.00，超过 66% 的买家"
    regularity = next(reason for reason in first["reasons"] if reason["code"] == "regularity")
    assert regularity["value"] == 10


def test_a_category_has_candidates_of_its_own():
    sell(*a_shop())
    assert list(scores(category="cake")) == [BOB]
    assert list(scores(category="FOOD")) == [ALICE, BOB]
    (soap, _) = candidates(as_of=AS_OF, category="soap")
    affinity = next(reason for reason in soap["reasons"] if reason["code"] == "affinity")
    assert "of all they spend goes to this category" in affinity["text_en"]


def test_nobody_buys_so_nobody_is_a_candidate():
    assert candidates() == []


def test_what_came_back_does_not_count():
    sell(*a_shop(), order(30, 4, ago(3), (TEA, 900_000)), refund(1, 30, 4, ago(2), (TEA, 900_000)))
    assert 4 not in scores()


def test_what_came_later_is_not_known_yet():
    sell(*a_shop(), order(30, CAROL, ago(-5), (TEA, 900_000)))
    assert list(scores())[-1] == CAROL


def test_an_order_of_nobody_makes_no_candidate():
    sell(*GOODS, order(1, None, ago(1), (TEA, 100)), order(2, BOB, ago(1), (TEA, 100)))
    assert list(scores()) == [BOB]


ORDERS = st.lists(
    st.tuples(
        st.integers(1, 8),  # who
        st.integers(0, 120),  # days ago
        st.lists(st.tuples(st.sampled_from([TEA, CAKE, SOAP]), st.integers(1, 5_000)), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=25,
)


def shop_of(orders) -> list[dict]:
    return [*GOODS, *(order(n, who, ago(days), *lines) for n, (who, days, lines) in enumerate(orders, 1))]


def anew(*rows: dict) -> None:
    empty_lake.__wrapped__()
    sell(*rows)


@settings(max_examples=5, deadline=None)
@given(ORDERS, st.sampled_from([None, "tea", "FOOD"]), st.randoms(use_true_random=False))
def test_components_sum_to_the_score_whatever_the_order(orders, category, chance: random.Random):
    rows = shop_of(orders)
    anew(*rows)
    found = candidates(as_of=AS_OF, category=category)
    for one in found:
        points = [reason["points"] for reason in one["reasons"]]
        assert sum(points) == one["score"] <= 1000
        assert points == sorted(points, reverse=True)
    assert found == candidates(as_of=AS_OF, category=category)
    chance.shuffle(rows)
    anew(*rows)
    assert found == candidates(as_of=AS_OF, category=category)


@settings(max_examples=5, deadline=None)
@given(ORDERS, st.integers(1, 5_000))
def test_whoever_spends_more_loses_no_points(orders, more):
    anew(*shop_of(orders))
    before = scores()
    who, days, ((product, amount), *rest) = orders[0]
    anew(*shop_of([(who, days, [(product, amount + more), *rest]), *orders[1:]]))
    assert scores()[who] >= before[who]


def a_round(month: date = date(2026, 6, 1), **kwargs) -> Round:
    return run(month=month, category="", as_of=kwargs.pop("as_of", AS_OF), at=AS_OF, by="dana", **kwargs)


def of(one: Round, person: int) -> Candidate:
    return one.candidates.get(person=person)


def rows_of(one: Round) -> list[tuple]:
    return list(one.candidates.values_list("pk", "person", "rank", "score", "accepted_at", "rejected_at"))


def test_a_round_is_made_once():
    sell(*a_shop())
    made = a_round()
    before = rows_of(made)
    assert (made.people, made.weights["content"], [person for _, person, *_ in before]) == (3, 0, [ALICE, BOB, CAROL])
    sell(order(40, CAROL, ago(1), (TEA, 99_000)))
    assert (a_round().pk, rows_of(made)) == (made.pk, before)


def test_again_takes_new_figures_and_keeps_decisions():
    sell(*a_shop())
    made = a_round(size=2)
    reject(candidate=of(made, BOB), by="dana", at=AS_OF, reason="staff")
    kept = of(made, ALICE).pk
    sell(order(40, CAROL, ago(1), (TEA, 99_000), (CAKE, 1)), order(41, CAROL, ago(2), (SOAP, 9_000)))
    a_round(size=2, again=True)
    assert list(made.candidates.values_list("person", flat=True).order_by("person")) == [ALICE, BOB, CAROL]
    assert of(made, ALICE).pk == kept
    assert (of(made, BOB).rejected_at, of(made, BOB).note) == (AS_OF, "staff")


def test_rounds_are_compared():
    sell(*a_shop())
    may = a_round(date(2026, 5, 1), as_of=datetime(2026, 6, 1, tzinfo=UTC), size=2)
    sell(
        order(40, 9, ago(1), (TEA, 90_000), (CAKE, 10), (SOAP, 10)),
        *(order(50 + n, 9, ago(n), (TEA, 1)) for n in range(60)),
    )
    june = a_round(size=2)
    assert previous(june) == may
    assert previous(may) is None
    difference = compare(june, may)
    assert (difference.new, difference.stayed, difference.gone, difference.moved) == ([9], [ALICE], [BOB], {ALICE: -1})
    assert compare(may, None).new == [ALICE, BOB]


def news() -> list[tuple]:
    return [
        (entry.name, entry.identity, msgspec.json.decode(entry.body)["properties"]["by"])
        for entry in Entry.objects.filter(name__startswith="candidate.").order_by("pk")
    ]


def test_a_decision_is_announced_once():
    sell(*a_shop())
    made = a_round()
    for _ in range(2):
        accept(candidate=of(made, ALICE), by="dana", at=AS_OF)
    reject(candidate=of(made, BOB), by="dana", at=AS_OF, reason="staff")
    assert news() == [("candidate.accepted", ALICE, "dana"), ("candidate.rejected", BOB, "dana")]


def test_of_two_who_decide_the_first_does():
    sell(*a_shop())
    mine, yours = (of(a_round(), ALICE) for _ in range(2))
    accept(candidate=mine, by="dana", at=AS_OF)
    with pytest.raises(AlreadyDecided):
        reject(candidate=yours, by="eve", at=AS_OF, reason="no")
    assert of(mine.round, ALICE).decided_by == "dana"


def test_a_decision_is_taken_back():
    sell(*a_shop())
    one = of(a_round(), ALICE)
    accept(candidate=one, by="dana", at=AS_OF)
    reopen(candidate=one, by="eve", at=AS_OF)
    reject(candidate=one, by="eve", at=AS_OF, reason="")
    assert [name for name, *_ in news()] == ["candidate.accepted", "candidate.reopened", "candidate.rejected"]


def test_the_month_has_its_rounds_by_itself():
    sell(*a_shop())
    made = monthly(AS_OF)
    assert [(one.month, one.category) for one in made] == [(date(2026, 6, 1), name) for name in ("FOOD", "HOME", "")]
    assert Cycle.objects.get().screening == made[-1]
    assert monthly(AS_OF) == []


def test_an_empty_lake_has_no_rounds():
    assert monthly(AS_OF) == []


def test_a_history_that_is_coming_in_is_waited_for():
    sell(*a_shop())
    coming = ImportRun.objects.create(kind="orders", source="shop", file="a.csv", digest="", started_at=AS_OF)
    assert monthly(AS_OF) == []
    ImportRun.objects.filter(pk=coming.pk).update(finished_at=AS_OF)
    assert monthly(AS_OF)


def test_the_score_is_judged_by_what_came_after():
    """Alice goes on as before, Bob and Carol do not come back."""
    sell(*a_shop(), *(order(100 + n, ALICE, ago(-n), (TEA, 2_000)) for n in range(1, 6)))
    found = judge(train_until=AS_OF, test_until=AS_OF + timedelta(days=10), k=1, resamples=200)
    assert (found["people"], found["chosen"], found["future_spend"]) == (3, 1, 10_000)
    assert found["by"]["score"]["captured"][0] == 1.0
    assert found["by"]["score"]["spend_per_person"][0] == 10_000
    assert found["by"]["chance"]["captured"][0] == pytest.approx(1 / 3, abs=1e-4)
    assert found["by"]["chance"]["orders_per_person"][0] == pytest.approx(5 / 3, abs=1e-4)
    again = judge(train_until=AS_OF, test_until=AS_OF + timedelta(days=10), k=1, resamples=200)
    assert again == found


def test_there_must_be_something_to_judge():
    with pytest.raises(NothingToJudge):
        judge(train_until=AS_OF, test_until=AS_OF + timedelta(days=10))
    sell(*a_shop())
    with pytest.raises(NothingToJudge):
        judge(train_until=AS_OF, test_until=AS_OF + timedelta(days=10))


def test_a_round_of_nothing_is_refused():
    sell(*a_shop())
    with pytest.raises(NobodyBought):
        run(month=TODAY, category="no such thing", as_of=AS_OF, at=AS_OF, by="dana")
    assert not Round.objects.exists()


def code(person: int) -> str:
    return encode("per", person, django_settings.SECRET_KEY)


def siyu(*args: str) -> dict:
    ran = CliRunner().invoke(main, [*args, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0
    return json.loads(ran.stdout)


def test_the_command_shows_keeps_and_judges():
    sell(*a_shop())
    shown = siyu("screen", "--as-of", "2026-07-01", "--limit", "1")
    assert [one["person"] for one in shown["candidates"]] == [code(ALICE)]
    kept = siyu("screen", "--month", "2026-06", "--as-of", "2026-07-01")
    assert (kept["people"], kept["compared"]["new"]) == (
        3,
        [{"person": code(person)} for person in (ALICE, BOB, CAROL)],
    )
    judged = siyu("screen", "--judge", "--train-until", "2026-06-01", "--as-of", "2026-07-01")
    assert [one["chosen"] for one in judged["judged"]] == [1, 1]
