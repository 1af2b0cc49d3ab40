"""People move between the domains, each of them once, and every figure is what plain SQL says."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import duckdb
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Match
from siyu.core.eventlog.drain import drain_all
from siyu.core.people import consent
from siyu.core.people.graph.observing import observe
from siyu.core.people.numbers import number
from siyu.events.outreach import PushEnded, PushSubscribed
from siyu.features.traffic import flow, reach, ruling, spending, twice
from siyu.features.traffic import tree as growing
from siyu.features.traffic.attribution.lakeside import Period
from siyu.features.traffic.touchpoints import open_touchpoints
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees, touches

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))


@pytest.fixture
def world(source, tree) -> None:
    """March: Alice reads a note, then adds the brand; Bob clicks an ad; Carol has the brand's contact.
    April: Alice clicks an ad twice; Bob adds the brand; Carol reads a note; Dave comes new by an ad; Erin is quiet."""
    growing.open_platform(code="wecom", name="WeCom", domain="private", at=NOON)
    growing.open_channel(code="wecom", name="WeCom", platform="wecom", by="alice", at=NOON)
    for channel in ("red", "search", "wecom"):
        ruling.write(channel=channel, by="alice", at=NOON, utm_source=channel)
    sees("alice", later(1), **campaign("red"))
    sees("alice", later(2), "Contact Added", **campaign("red"))
    sees("bob", later(3), **campaign("search"))
    sees("carol", later(4), **campaign("wecom"))
    sees("erin", later(5), **campaign("red"))
    sees("alice", later(33), **campaign("search"))
    sees("alice", later(34), **campaign("search"))
    sees("bob", later(35), "Contact Added")
    sees("carol", later(36), **campaign("red"))
    sees("dave", later(40), **campaign("search"))
    buys("dave", 1, later(41))
    touches()


def cells(said: dict) -> dict[tuple[str, str], int]:
    return {(start, end): n for start, row in said["matrix"].items() for end, n in row.items() if n}


@pytest.mark.usefixtures("world")
def test_it_works():
    said = flow.flow(APRIL, window_days=31)
    assert cells(said) == {
        ("private", "commercial"): 1,  # alice
        ("commercial", "private"): 1,  # bob
        ("private", "public"): 1,  # carol
        ("unidentified", "commercial"): 1,  # dave
        ("public", "quiet"): 1,  # erin
    }
    assert (said["drawn"], said["precipitated"], said["reverse_driven"], said["leaked"]) == (3, 1, 1, 0)
    assert said["precipitation"] == pytest.approx(1 / 3) and said["reverse_drive"] == 0.5


@pytest.mark.usefixtures("world")
def test_adding_the_brand_is_private_whatever_brought_them():
    assert flow.behind(MARCH, end="private") == [
        {"person": number_of("carol"), "starts": "unidentified", "ends": "private", "touched_at": naive(4)},
        {"person": number_of("alice"), "starts": "unidentified", "ends": "private", "touched_at": naive(2)},
    ]


def naive(days: float):
    return later(days).replace(tzinfo=None)


@pytest.mark.usefixtures("world")
def test_nobody_is_lost_and_nobody_is_counted_twice():
    for begin, days in itertools.product(range(0, 45, 11), (1, 10, 40)):
        first = date(2026, 3, 1) + timedelta(days=begin)
        asked = Period(first, first + timedelta(days=days))
        said = flow.flow(asked, window_days=20)
        rows = flow.behind(asked, window_days=20, limit=1000)
        assert sum(said["starts"].values()) == sum(said["ends"].values()) == said["people"] == len(rows)
        assert len({row["person"] for row in rows}) == len(rows) and said["ends"]["unidentified"] == 0
        found = Counter((row["starts"], row["ends"]) for row in rows)
        assert found == cells(said)


class Touch(NamedTuple):
    person: int
    hour: int
    kind: str
    domain: str


class Known(NamedTuple):
    person: int
    hour: int
    namespace: str


FEW, HOURS, BEGAN = st.integers(0, 4), st.integers(0, 90 * 24), datetime(2026, 3, 1)
TOUCHES = st.lists(
    st.builds(Touch, FEW, HOURS, st.sampled_from(["visit", "add", "message", "order"]),
        st.sampled_from([*flow.DOMAINS, "unknown"])), max_size=25)  # fmt: skip
KNOWN = st.lists(st.builds(Known, FEW, HOURS, st.sampled_from(["phone", "openid", "device"])), max_size=10)


@given(TOUCHES, KNOWN, st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(1, 30)), st.integers(1, 90))
@settings(deadline=None, max_examples=60)
def test_whatever_people_do_they_are_where_a_model_says_and_none_is_lost(touched, known, days, window):
    begins, first, second = days
    day = BEGAN.date() + timedelta(begins)
    middle = day + timedelta(first)
    spans = Period(day, middle - timedelta(1)), Period(middle, middle + timedelta(second - 1))
    one, two = (moves(touched, known, span, window) for span in spans)
    for found, span in zip((one, two), spans, strict=True):
        assert found == modelled(touched, known, span, window)
        assert "unidentified" not in {end for _, end in found.values()}
    assert one.keys() <= two.keys(), "who was identified stays so"
    for person, (start, _) in two.items():
        assert start == (one[person][1] if person in one else "unidentified"), "where one period ends the next begins"


def moves(touched: list[Touch], known: list[Known], span: Period, window: int) -> dict[int, tuple[str, str]]:
    with duckdb.connect() as db:
        db.execute("CREATE TABLE touchpoints (person BIGINT, happened_at TIMESTAMP, position BIGINT, kind VARCHAR, "
            "channel VARCHAR, domain VARCHAR)")  # fmt: skip
        db.execute("CREATE TABLE everything (person BIGINT, happened_at TIMESTAMP, name VARCHAR, properties JSON)")
        db.execute("CREATE TABLE persons AS FROM range(5) r(person)")
        for n, one in enumerate(touched):
            row = [one.person, at(one.hour), n, one.kind, "x", one.domain]
            db.execute("INSERT INTO touchpoints VALUES (?, ?, ?, ?, ?, ?)", row)
        for who in known:
            row = [who.person, at(who.hour), "person.appeared", f'{{"namespace": "{who.namespace}"}}']
            db.execute("INSERT INTO everything VALUES (?, ?, ?, ?)", row)
        flow.draw(db, span, window)
        rows = db.execute("SELECT person, starts, ends FROM flow").fetchall()
    assert len({person for person, *_ in rows}) == len(rows), "somebody is counted twice"
    return {person: (start, end) for person, start, end in rows}


def at(hour: int) -> datetime:
    return BEGAN + timedelta(hours=hour)


def modelled(touched: list[Touch], known: list[Known], span: Period, window: int) -> dict[int, tuple[str, str]]:
    begins, ends = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (span.begins, span.ends))
    since: dict[int, datetime] = {}
    for who in known:
        if who.namespace != "device":
            since[who.person] = min(at(who.hour), since.get(who.person, at(who.hour)))

    def stands(person: int, until: datetime) -> str:
        seen = [
            ((at(one.hour), one.kind == "order", n), "private" if one.kind in ("add", "message") else one.domain)
            for n, one in enumerate(touched)
            if one.person == person and until - timedelta(window) <= at(one.hour) < until
        ]
        return max(((when, domain) for when, domain in seen if domain != "unknown"), default=(0, "quiet"))[1]

    return {
        person: ("unidentified" if moment >= begins else stands(person, begins), stands(person, ends))
        for person, moment in since.items()
        if moment < ends
    }


@pytest.mark.usefixtures("world")
def test_a_stream_opens_down_to_its_people():
    said = flow.flow(APRIL, window_days=20)
    for (start, end), people in cells(said).items():
        assert len(flow.behind(APRIL, start=start, end=end, window_days=20)) == people


@pytest.mark.usefixtures("world")
def test_where_one_month_ends_the_next_begins():
    march, april = (flow.flow(asked, window_days=31) for asked in (MARCH, APRIL))
    for node in ("public", "commercial", "private", "quiet"):
        assert march["ends"][node] == april["starts"][node]


@pytest.mark.usefixtures("world")
def test_a_device_alone_is_nobody():
    import json

    from siyu.core.eventlog.land import land

    message = {"type": "track", "event": "Page Viewed", "messageId": "d", "anonymousId": "browser",
        "timestamp": later(1).isoformat(), **campaign("red")}  # fmt: skip
    land(json.dumps(message).encode(), count=1, source="site", dialect="segment", received_at=later(1))
    before = flow.flow(MARCH)
    drain_all()
    assert flow.flow(MARCH) == before


def test_nobody_there_and_no_rates(source, tree):
    said = flow.flow(MARCH)
    assert said["people"] == 0 and said["precipitation"] is None and cells(said) == {}


def test_only_nodes_and_figures_can_be_opened():
    with pytest.raises(flow.NoSuchMove):
        flow.behind(MARCH, start="'; DROP TABLE flow")


# What is bought twice


@pytest.mark.usefixtures("world")
def test_paid_touches_of_people_who_were_private_already():
    spending.record(day=date(2026, 4, 2), channel="search", amount=3000, by="alice", at=later(60))
    spending.record(day=date(2026, 3, 2), channel="search", amount=9999, by="alice", at=later(60))
    said = twice.bought_twice(APRIL, window_days=90)
    assert said["channels"] == [
        {"code": "search", "touches": 3, "already_touches": 2, "people": 2, "already_people": 1, "spend": 3000,
            "share": 2 / 3, "twice": 2000, "name": "Search ads"}
    ]  # fmt: skip
    assert [row["person"] for row in twice.behind(APRIL, channel="search")] == [number_of("alice")] * 2
    assert twice.bought_twice(APRIL, window_days=10)["twice"] == 0


@pytest.mark.usefixtures("world")
def test_what_is_bought_twice_is_what_plain_sql_says():
    drain_all()
    with open_touchpoints() as db:
        [(plain,)] = db.execute("""
            SELECT count(*) FROM touchpoints t
            WHERE domain = 'commercial' AND kind <> 'order' AND happened_at >= TIMESTAMP '2026-04-01'
                AND happened_at < TIMESTAMP '2026-05-01' AND EXISTS (
                    FROM touchpoints p WHERE p.person = t.person AND p.happened_at < t.happened_at
                        AND (p.domain = 'private' OR p.kind IN ('add', 'message')))""").fetchall()
    assert twice.bought_twice(APRIL, window_days=365)["already_touches"] == plain == 2


# Who remains reachable


@pytest.mark.usefixtures("world")
def test_who_remains_when_a_platform_closes():
    alice, bob = number_of("alice"), number_of("bob")
    consent.give(person=alice, channel="inapp", source="desk", at=later(50))
    consent.give(person=alice, channel="sms", source="desk", at=later(50))  # she has no phone
    consent.give(person=bob, channel="inapp", source="desk", at=later(50))
    consent.withdraw(person=bob, channel="inapp", source="desk", at=later(51))
    drain_all()
    said = reach.resilience()
    assert (said["people"], said["reachable"]) == (5, 1)
    ways = {one["way"]: one for one in said["ways"]}
    assert ways["member"] == {"way": "member", "could": 5, "may": 1, "only": 1} and ways["sms"]["may"] == 0
    closing = {one["platform"]: one for one in said["platforms"]}
    assert (closing["member"]["remain"], closing["member"]["lost"], closing["wechat"]["lost"]) == (0, 1, 0)
    assert reach.behind("member") == [{"person": alice, "could": [], "may": ["member"]}]


@pytest.mark.usefixtures("world")
def test_a_second_way_keeps_somebody_reachable():
    alice, phone = number_of("alice"), ("phone", "13800001234")
    with transaction.atomic():
        known = number({phone: later(1)}, source="desk")[phone]
        observe([Match(alice, known, "identify", later(1), "desk")])
    for channel in ("inapp", "sms"):
        consent.give(person=alice, channel=channel, source="desk", at=later(50))
    drain_all()
    closing = {one["platform"]: one for one in reach.resilience()["platforms"]}
    assert (closing["member"]["remain"], closing["member"]["lost"], closing["member"]["ways"]["sms"]) == (1, 0, 1)


@pytest.mark.usefixtures("world")
def test_a_browser_that_shows_messages_is_a_way_until_it_shows_none():
    bob = number_of("bob")
    consent.give(person=bob, channel="web_push", source="desk", at=later(50))
    happens(*(PushSubscribed(at=later(day), identity=bob) for day in (50, 51)))
    happens(PushEnded(at=later(52), identity=bob, why="gone"))
    assert reach.behind("member") == [] and web_push() == {"way": "web_push", "could": 1, "may": 1, "only": 1}
    happens(PushEnded(at=later(53), identity=bob, why="stopped"))
    assert web_push()["could"] == 0


def happens(*events):
    with transaction.atomic():
        announce(*events)
    drain_all()


def web_push():
    return next(one for one in reach.resilience()["ways"] if one["way"] == "web_push")


def test_only_platforms_can_close():
    with pytest.raises(reach.NoSuchPlatform):
        reach.behind("moon")
