"""The report says what happened, as of any moment; every figure of it can be opened. Figures are worked out by hand."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from siyu.cli import main
from siyu.core.insight import lifecycle, metrics, portraits, refresh
from siyu.core.insight.report import finding, kept, report
from tests.conftest import empty_lake
from tests.selling import listed, order, refund, row, sell

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.once]
ALICE, BOB, CAROL, DAN, NOBODY = 1, 2, 3, 4, None
TEA, CAKE = 1, 2
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


def a_shop() -> None:
    """Alice buys three times, Bob twice on one day, Carol once and half of it comes back, Dan only looks around."""
    sell(
        listed(TEA, "tea"),
        listed(CAKE, "cake"),
        *(row("person.appeared", date(2026, 1, 1), who) for who in (ALICE, BOB, CAROL, DAN)),
        order(1, ALICE, date(2026, 1, 5), (TEA, 1000), (CAKE, 0)),
        order(2, ALICE, date(2026, 2, 5), (TEA, 1000)),
        order(3, ALICE, date(2026, 3, 5), (TEA, 1000), (CAKE, 500)),
        order(4, BOB, date(2026, 2, 10), (CAKE, 300)),
        order(5, BOB, date(2026, 2, 10), (CAKE, 301)),
        order(6, CAROL, date(2026, 3, 20), (TEA, 2000)),
        refund(1, 6, CAROL, date(2026, 3, 25), (TEA, 1000)),
        order(7, NOBODY, date(2026, 3, 21), (TEA, 700)),
        refund(2, 7, NOBODY, date(2026, 3, 26), (TEA, 200)),
        order(8, DAN, date(2026, 1, 7), (TEA, 5000)),
        row("order.cancelled", date(2026, 1, 8), DAN, 8),
    )


def test_it_works():
    a_shop()
    figures = report(AS_OF)
    said = {name: figures[name] for name in metrics.METRICS} | {"lines": figures["lines"]}
    assert said == {
        "people": 4,
        "buyers": 3,
        "orders": 6,
        "lines": 8,
        "gmv": 6101,
        "refunds": 1000,
        "net": 5101,
        "aov": 1017,
        "arpu": 1700,
        "repurchase_rate": 2 / 3,
        "first_order_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
        "last_order_at": datetime(2026, 3, 20, 12, tzinfo=UTC),
    }
    assert figures["unidentified"] == {"orders": 1, "gmv": 700, "refunds": 200}
    assert figures["currency"] == "CNY"
    assert figures["as_of"] == AS_OF
    assert figures["cohorts"][1] == {"month": "2026-02", "size": 1, "retained": [1, 0], "gmv": [601, 0]}
    assert figures["months"][2] == {"month": "2026-03", "gmv": 3500, "orders": 2, "buyers": 2, "new": 1}
    assert sum(figures["lifecycle"].values()) == 4
    assert figures["lifecycle"]["prospect"] == 1
    assert sum(figures["rfm"].values()) == 3
    assert figures["ltv"]["customers"] == 3
    assert {one["person"] for one in figures["candidates"]} == {ALICE, BOB, CAROL}


def test_an_empty_house_says_what_to_do():
    figures = report()
    assert (figures["people"], figures["gmv"], figures["repurchase_rate"], figures["ltv"]) == (0, 0, None, None)
    assert "siyu import orders" in finding(figures)


def test_the_first_sentence_points_at_the_good_ones_who_went_quiet():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 30, 7)]
    sell(
        *(order(n, ALICE, day, (TEA, 9000)) for n, day in enumerate(days)), order(99, BOB, date(2026, 3, 25), (TEA, 1))
    )
    assert finding(report(AS_OF)) == (
        "The best fifth of the buyers, 1 people, brought 100% of sales; 1 of them have gone quiet, "
        "who spent ¥450.00 so far. Begin with them."
    )


def a_year(seed: int) -> list[dict]:
    """People who come and go, with refunds, cancellations, corrections and strangers."""
    some = random.Random(seed)
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(240)]
    rows: list[dict] = []
    for number in range(1, 160):
        day, who = some.choice(days), some.choice([None, *range(1, 25)])
        lines = [(some.randint(1, 9), some.choice([0, 100, 250, 999])) for _ in range(some.randint(1, 4))]
        rows.append(order(number, who, day, *lines))
        fate = some.random()
        if fate < 0.1:
            rows.append(refund(number, number, who, day + timedelta(days=some.randint(0, 40)), lines[0]))
        elif fate < 0.2:
            rows.append(row("order.cancelled", day + timedelta(days=some.randint(0, 40)), who, number))
        elif fate < 0.3:
            rows.append(order(number, who, day, (1, 777)) | {"name": "order.corrected"})
        if fate < 0.2:
            rows.append(row("Product Viewed", day, who))
    return rows


GOODS = [listed(product, f"category {product % 4}") for product in range(1, 10)]


@pytest.mark.parametrize("seed", range(4))
def test_a_report_of_then_is_the_report_over_what_was_known_then(seed):
    """The same as over a file cut there; only the link, which is today's knowledge, is in both."""
    then, rows = datetime(2025, 6, 1, tzinfo=UTC), a_year(seed)
    today = [*GOODS, row("identity.linked", date(2025, 8, 1), 7, 8)]
    sell(*rows, *today)
    asked_later = report(then)
    empty_lake.__wrapped__()
    sell(*(one for one in rows if one["happened_at"] < then), *today)
    assert asked_later == report(then)
    assert asked_later["orders"] > 50


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_plain_arithmetic(seed):
    rows = a_year(seed)
    sell(*GOODS, *rows)
    figures = report(datetime(2026, 1, 1, tzinfo=UTC))
    newest = {one["subject"]: one for one in rows if one["name"] in ("order.placed", "order.corrected")}
    gone = {one["subject"] for one in rows if one["name"] == "order.cancelled"}
    orders = [one for one in newest.values() if one["subject"] not in gone]
    known = [one for one in orders if one["identity"]]
    refunds = [one for one in rows if one["name"] == "order.refunded" and one["identity"]]
    assert figures["orders"] == len(known)
    assert figures["buyers"] == len({one["identity"] for one in known})
    assert figures["gmv"] == sum(one["amount"] for one in known)
    assert figures["net"] == figures["gmv"] - sum(one["amount"] for one in refunds)
    assert figures["lines"] == sum(len(one["items"]) for one in known)
    assert figures["unidentified"]["orders"] == len(orders) - len(known)
    assert figures["gmv"] == sum(month["gmv"] for month in figures["months"])
    assert figures["gmv"] == sum(sum(cohort["gmv"]) for cohort in figures["cohorts"])
    assert figures["buyers"] == sum(cohort["size"] for cohort in figures["cohorts"]) == sum(figures["rfm"].values())
    assert figures["people"] == sum(figures["lifecycle"].values())


@pytest.fixture
def drawn():
    a_shop()
    refresh.draw(AS_OF, portraits.lake.table("events").version())


def test_every_figure_can_be_opened(drawn):
    for name, metric in metrics.METRICS.items():
        assert metrics.behind(name), name
        assert metric.counts and metric.leaves_out
    assert sum(one["amount"] for one in metrics.behind("gmv")) == 6101
    assert [one["amount"] for one in metrics.behind("refunds")] == [1000]
    assert len(metrics.behind("buyers")) == 3
    assert {one["person"] for one in metrics.behind("repurchase_rate")} == {ALICE, BOB}


def test_what_is_opened_can_be_narrowed(drawn):
    assert [one["order"] for one in metrics.behind("gmv", {"month": "2026-02"})] == [5, 4, 2]
    assert [one["order"] for one in metrics.behind("gmv", {"cohort": "2026-03"})] == [6]
    assert [one["order"] for one in metrics.behind("orders", {"person": ALICE, "month": "2026-03"})] == [3]
    assert [one["person"] for one in metrics.behind("people", {"stage": "prospect"})] == [DAN]
    assert len(metrics.behind("orders", limit=2)) == 2


def test_what_cannot_be_opened_is_refused(drawn):
    with pytest.raises(metrics.NoSuchMetric):
        metrics.behind("beauty")
    with pytest.raises(metrics.NoSuchFilter):
        metrics.behind("people", {"month": "2026-02"})


def test_the_kept_report_is_the_report(drawn):
    assert kept() == json.loads(json.dumps(report(AS_OF), default=str)) | {
        name: report(AS_OF)[name] for name in ("as_of", "first_order_at", "last_order_at")
    }


def test_derived_state_follows_the_lake(monkeypatch):
    monkeypatch.setattr(refresh, "memory", refresh.Memory())
    now = datetime(2026, 3, 28, tzinfo=UTC)
    a_shop()
    assert refresh.refresh_derived(now) == 4
    assert refresh.refresh_derived(now) is None
    sell(order(9, 9, date(2026, 3, 27), (TEA, 1)))
    assert refresh.refresh_derived(now) is None  # too soon after the last one
    refresh.memory.rests_until = 0
    assert refresh.refresh_derived(now) == 5
    refresh.memory.rests_until = 0
    assert refresh.refresh_derived(now + timedelta(days=1)) == 5
    assert kept()["as_of"] == now + timedelta(days=1)


def test_the_command_prints_one_json_document():
    a_shop()
    printed = CliRunner().invoke(main, ["report", "--json", "--as-of", "2026-03-01"])
    figures = json.loads(printed.stdout)
    assert figures["gmv"] == 2601
    assert figures["as_of"] == "2026-03-01T00:00:00+00:00"
    assert all(one["person"].startswith("per_") for one in figures["candidates"])


@pytest.mark.parametrize("day", ["2020-01-01", "2026-04-01"])
def test_the_command_prints_a_page(day):
    a_shop()
    printed = CliRunner().invoke(main, ["report", "--as-of", day], catch_exceptions=False)
    assert printed.exit_code == 0
    assert ("¥61.01" in printed.stdout) == (day == "2026-04-01")


def test_every_figure_is_written_down():
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    for name, metric in metrics.METRICS.items():
        assert f"| `{name}` | {metric.counts} | {metric.leaves_out} | {metric.unit} | {metric.rows} |" in page
    assert all(f"| {stage} |" in page for stage in lifecycle.STAGES)
