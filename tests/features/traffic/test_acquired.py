"""Audiences by what people came: as many as a count over the raw log says, and who was joined since is one person."""

import json

import pytest
from django.test import Client

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import audiences
from siyu.core.insight.audiences.answering import count_in_one_query
from siyu.features.traffic import returns, ruling
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
BY_HAND = """
    WITH touches AS (
        SELECT identity, happened_at, context ->> '$.campaign.source' AS source FROM {scan} WHERE name = 'Page Viewed'),
    firsts AS (SELECT identity, min(happened_at) AS bought_at FROM {scan} WHERE name = 'order.placed' GROUP BY 1),
    came AS (
        SELECT identity, arg_min(source, happened_at) AS source FROM touches JOIN firsts USING (identity)
        WHERE source IN ('red', 'search') AND happened_at <= bought_at GROUP BY 1)
    SELECT source, count(*) FROM came GROUP BY 1"""


@pytest.fixture
def people(source, tree) -> None:
    for channel in ("red", "search"):
        ruling.write(channel=channel, utm_source=channel, by="op", at=NOON)
    for n, who in enumerate(("alice", "bob", "carol", "dave", "erin", "frank")):
        sees(who, later(0), **campaign("red" if n % 3 else "search", name="spring" if n == 1 else ""))
        sees(who, later(1), **campaign("nowhere"))
    for n, who in enumerate(("alice", "bob", "carol", "dave", "gus"), 1):
        buys(who, n, later(n + 1), 1000)
    drain_all()
    returns.refresh(later(20))


def count(node: dict) -> int:
    return audiences.count({"version": 1, "where": node}, later(20))


def by(way: str, op: str, *value: object) -> dict:
    return {"acquired": {"by": way, "op": op} | ({"value": value[0]} if value else {})}


@pytest.mark.usefixtures("people")
def test_it_works():
    with lake.connect() as db:
        rows = db.execute(BY_HAND.format(scan=lake.scan("events", whole=True))).fetchall()
    assert {channel: count(by("channel", "=", channel)) for channel, _ in rows} == dict(rows) == {"red": 2, "search": 2}
    assert count(by("domain", "=", "public")) == 2 and count(by("platform", "in", ["red", "search"])) == 4
    assert count(by("channel", "known")) == 4
    unknown = {"all": [by("channel", "unknown"), {"did": {"event": "order.placed"}}]}
    assert count(unknown) == 1, "Gus bought, and nobody knows by what he came"
    for where in (by("channel", "=", "red"), by("channel", "unknown"), {"not": by("domain", "=", "public")}):
        definition = {"version": 1, "where": where}
        assert audiences.count(definition, later(20)) == count_in_one_query(definition, later(20))


@pytest.mark.usefixtures("people")
def test_it_is_explained_and_judged_one_by_one():
    definition = {"version": 1, "where": by("channel", "=", "red")}
    assert audiences.explain(definition, later(20), language="en")["tree"]["text"] == "came by the channel = red"
    assert "来自渠道" in audiences.explain(definition, later(20), language="zh-hans")["tree"]["text"]
    told = audiences.why(definition, number_of("bob"), later(20))
    assert told["in"] and told["tree"]["value"] == "red"
    assert not audiences.why(definition, number_of("alice"), later(20))["in"]
    assert "acquired" in audiences.sql(definition, as_of=later(20), dialect="spark")


@pytest.mark.usefixtures("source", "tree")
def test_before_anything_was_drawn_nobody_came():
    sees("alice", later(0))
    drain_all()
    assert count(by("channel", "known")) == 0 and count(by("channel", "unknown")) == 1


def test_what_is_no_way_is_refused():
    [problem] = audiences.validate({"version": 1, "where": by("weather", "=", "rain")})
    assert problem["path"] == "$.where.acquired.by"


@pytest.mark.usefixtures("people")
def test_the_builder_adds_it():
    desk = Client()
    desk.force_login(operator("media"))
    said = {"definition": json.dumps({"version": 1, "where": {"all": []}}), "do": "add:acquired", "place": "and"}
    page = desk.post("/audiences/build", said | {"w_way": "channel|red"}).content.decode()
    assert "came by the channel = red" in page and "Search ads" in page
