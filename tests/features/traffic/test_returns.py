"""What people cost and bring, against plain SQL and sums written down by hand."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog import lake
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.events.commerce import OrderCancelled, OrderCosted, OrderRefunded
from siyu.features.traffic import figures, glance, returns, ruling
from siyu.features.traffic import tree as growing
from siyu.features.traffic.figures import NoSuchCut
from siyu.features.traffic.spending import record
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("source", "tree")]
DAY = NOON.date()


@pytest.fixture(autouse=True)
def rules(tree, monkeypatch) -> None:
    monkeypatch.setattr("siyu.kit.clock.now", lambda: later(120))
    ruling.write(channel="red", utm_source="red", by="op", at=NOON)
    ruling.write(channel="search", utm_source="search", by="op", at=NOON)


def said(*events) -> None:
    with transaction.atomic():
        announce(*events)


def spends(channel: str, amount: int, day: date = DAY, **also) -> None:
    record(day=day, channel=channel, amount=amount, by="op", at=later(120), **also)


def world() -> None:
    """Alice and Ann come by red and buy twice and once; Bob by search, once; Carol by nobody knows what."""
    for who, way in (("alice", "red"), ("ann", "red"), ("bob", "search")):
        sees(who, later(0), **campaign(way))
    buys("alice", 1, later(1), 1000)
    buys("alice", 2, later(40), 3000)
    buys("ann", 3, later(2), 2000)
    buys("bob", 4, later(3), 9000)
    buys("carol", 5, later(4), 700)
    spends("red", 5200)
    spends("search", 12500)


def drawn(by: str = "channel", **period) -> dict[str, figures.Return]:
    sees("passer-by", later(119))  # so that now is the present
    drain_all()
    returns.refresh(later(120))
    return {row.key: row for row in figures.answer(by, **period).rows}


def test_it_works():
    world()
    rows = drawn()
    assert [(key, row.name, row.people, row.spend, row.cac) for key, row in rows.items()] == [
        ("search", "Search ads", 1, 12500, 12500),
        ("red", "Xiaohongshu", 2, 5200, 2600),
        ("unknown", "unknown", 1, 0, None),
    ]
    red = rows["red"]
    assert (red.orders, red.gmv, red.net, red.aov, red.arpu) == (3, 6000, 6000, 2000, 3000)
    assert (red.repurchase, red.retention) == (0.5, 0.5)


def test_the_figures_are_those_of_plain_sql():
    world()
    rows = drawn()
    with lake.connect() as db:
        found = db.execute(f"""
            WITH bought AS (
                SELECT identity, min(happened_at) AS first_at, count(*) AS orders, sum(amount) AS gmv
                FROM {lake.scan("events")} WHERE name = 'order.placed' GROUP BY identity),
            came AS (
                SELECT identity, min(happened_at) AS at_, context ->> '$.campaign.source' AS way
                FROM {lake.scan("events")} WHERE name = 'Page Viewed' GROUP BY ALL)
            SELECT coalesce(way, 'unknown'), count(*), sum(orders)::BIGINT, sum(gmv)::BIGINT
            FROM bought LEFT JOIN came USING (identity) GROUP BY 1""").fetchall()
    assert {key: (row.people, row.orders, row.gmv) for key, row in rows.items()} == {
        key: tuple(values) for key, *values in found
    }


def test_the_first_known_touch_within_the_window_acquires():
    sees("alice", later(-100), **campaign("search"))
    sees("alice", later(-20))
    sees("alice", later(-10), **campaign("red"))
    sees("alice", later(-5), **campaign("search"))
    buys("alice", 1, later(0))
    sees("alice", later(1), **campaign("search"))
    assert list(drawn()) == ["red"]
    ruling.set_terms(window_days=365, margin=None, by="op", at=NOON)
    assert list(drawn()) == ["search"]
    ruling.set_terms(window_days=7, margin=None, by="op", at=NOON)
    assert list(drawn()) == ["search"]
    ruling.set_terms(window_days=1, margin=None, by="op", at=NOON)
    assert list(drawn()) == ["unknown"]


def test_contribution_is_known_assumed_in_part_or_unknown():
    buys("alice", 1, later(1), 1000)
    buys("alice", 2, later(2), 3000)
    [row] = drawn().values()
    assert (row.contribution, row.basis, row.ltv, row.ltv_to_cac) == (None, "unknown", None, None)
    who = number_of("alice")
    said(OrderCosted(at=later(1), identity=who, order=1, costed=1000, cost=400))
    [row] = drawn().values()
    assert (row.contribution, row.basis, row.costed) == (600, "part", 1000)
    ruling.set_terms(window_days=90, margin=2500, by="op", at=NOON)
    [row] = drawn().values()
    assert (row.contribution, row.basis) == (600 + 750, "assumed")
    said(OrderRefunded(at=later(9), identity=who, refund=1, order=2, amount=3000, items=[]))
    [row] = drawn().values()
    assert (row.net, row.contribution, row.basis) == (1000, 600, "known")


def test_cancelled_orders_bring_nobody():
    buys("alice", 1, later(1))
    said(OrderCancelled(at=later(2), identity=number_of("alice"), order=1))
    assert drawn() == {}


def test_spend_without_people_and_people_without_spend_both_show():
    spends("red", 5200)
    buys("carol", 5, later(4), 700)
    rows = drawn()
    assert (rows["red"].spend, rows["red"].people, rows["red"].cac, rows["red"].aov) == (5200, 0, None, None)
    assert (rows["unknown"].spend, rows["unknown"].people, rows["unknown"].cac) == (0, 1, None)


def test_by_platform_campaign_creator_and_cohort():
    growing.open_campaign(code="spring", name="Spring", by="op", at=NOON)
    link = {"channel": "red", "campaign": "spring", "creator": "kol-7"}
    sees("alice", later(0), "Link Clicked", properties=link)
    buys("alice", 1, later(1))
    buys("bob", 2, later(40))
    spends("red", 100, campaign="spring")
    spends("red", 200, creator="KOL-7")
    spends("search", 400, DAY + timedelta(days=40))

    def lines(by: str) -> dict:
        return {key: (row.spend, row.people) for key, row in drawn(by).items()}

    assert lines("platform") == {"search": (400, 0), "red": (300, 1), "unknown": (0, 1)}
    assert lines("domain") == {"commercial": (400, 0), "public": (300, 1), "unknown": (0, 1)}
    assert lines("campaign") == {"spring": (100, 1), "": (600, 1)}
    assert lines("creator") == {"kol-7": (200, 1), "": (500, 1)}
    assert lines("cohort") == {"2026-03": (300, 1), "2026-04": (400, 1)}


def test_a_period_takes_its_people_and_its_spend():
    world()
    april = {"since": date(2026, 3, 3), "until": date(2026, 3, 4)}
    rows = drawn(**april)
    assert {key: (row.spend, row.people, row.gmv) for key, row in rows.items()} == {"red": (0, 1, 2000)}
    total = figures.answer(**april).total
    assert (total.spend, total.people) == (0, 1)


def test_payback_is_of_those_who_have_lived_so_long():
    ruling.set_terms(window_days=90, margin=10_000, by="op", at=NOON)
    world()
    sees("ada", later(84), **campaign("red"))
    buys("ada", 6, later(85), 60_000)
    red = drawn()["red"]
    # month 1: all three brought 1,000 + 2,000 + 60,000; month 2: two have lived it and brought 3,000
    assert red.curve[:2] == [21_000, 22_500]
    assert (red.cac, red.payback) == (1733, 1)
    spends("red", 3 * 22_000)
    assert drawn()["red"].payback == 2
    spends("red", 3 * 30_000)
    assert drawn()["red"].payback is None


def test_each_figure_opens_down_to_people_and_orders():
    world()
    drawn()
    assert [one.person for one in figures.people_behind("channel", "red")] == sorted(map(number_of, ("alice", "ann")))
    first = figures.people_behind("channel", "red", limit=1)
    assert len(figures.people_behind("channel", "red", after=first[0].person)) == 1
    assert [order for order, *_ in figures.orders_behind("channel", "red")] == [2, 3, 1]
    assert figures.people_behind("channel", "red", since=date(2027, 1, 1)) == []


def test_nothing_is_drawn_when_nothing_is_new(monkeypatch):
    world()
    drain_all()
    monkeypatch.setattr(returns, "PAUSE", 0)
    returns.memory = returns.Memory()
    assert returns.keep_fresh(later(120)) == 4
    returns.memory.rests_until = 0
    assert returns.keep_fresh(later(120)) == 0
    ruling.write(channel="search", utm_source="red", place=1, by="op", at=NOON)
    assert returns.keep_fresh(later(120)) == 4
    assert figures.answer().rows[0].people == 3


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(returns.NotYet):
        figures.answer()
    with pytest.raises(NoSuchCut):
        figures.answer("weather")


def test_at_a_glance_who_came_lately_and_whose_buyers_changed_the_sales():
    world()
    buys("alice", 6, later(100), 5000)  # of the 28 days before later(120)
    buys("dora", 7, later(70), 400)  # of the 28 before these
    drawn()
    assert [(one["name"], one["change"]) for one in glance.by_channel(later(120).date())] == [
        ("red", 5000), ("unknown", -400),
    ]  # fmt: skip
    assert glance.by_channel(later(121).date()) == []
    loop = glance.came()
    assert {(one["channel"], one["outcome"], one["people"]) for one in loop["flows"]} == {
        ("unknown", "once", 1), ("unknown", "nothing", 1),
    }  # fmt: skip
    assert (loop["people"], loop["ordered"]) == (2, 1)
