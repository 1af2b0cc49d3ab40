"""A touch has the channel that the rules of now give it, also the touches of last year."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog import lakeside
from siyu.core.eventlog.land import land
from siyu.core.insight import visitors
from siyu.core.people.graph.deciding import join
from siyu.features.traffic import ruling, sightings
from siyu.features.traffic import tree as growing
from siyu.features.traffic.starting import PLATFORMS, plant
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees, touches

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("source", "tree")]


def rule(channel: str, **seen):
    return ruling.write(channel=channel, by="alice", at=NOON, **seen)


def test_it_works():
    sees("alice", later(0), **campaign("XiaoHongShu", "social"))
    sees("bob", later(1), **campaign("google", "cpc"))
    sees("carol", later(2))
    buys("alice", 1, later(3))
    rule("red", utm_source="xiaohongshu")
    rule("search", utm_medium="cpc")
    assert touches("kind, channel, platform, domain") == [
        ("visit", "red", "red", "public"),
        ("visit", "search", "search", "commercial"),
        ("visit", "unknown", "unknown", "unknown"),
        ("order", "unknown", "unknown", "unknown"),
    ]


def test_a_rule_holds_for_the_past_and_its_end_does_too():
    sees("alice", later(0), **campaign("xiaohongshu"))
    assert touches() == [("visit", "unknown")]
    made = rule("red", utm_source="xiao*")
    assert touches() == [("visit", "red")]
    ruling.close(rule=made.pk, at=NOON)
    assert touches() == [("visit", "unknown")]


def test_the_lowest_place_counts_and_of_equal_ones_the_older():
    sees("alice", later(0), **campaign("xiaohongshu", "cpc"))
    rule("search", utm_medium="cpc", place=20)
    rule("red", utm_source="xiaohongshu", place=30)
    assert touches() == [("visit", "search")]
    rule("red", utm_source="xiaohongshu", place=10)
    assert touches() == [("visit", "red")]
    rule("search", utm_source="xiaohongshu", place=10)
    assert touches() == [("visit", "red")]


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        ("https://www.xiaohongshu.com/explore/1", "red"),
        ("https://web.xiaohongshu.com", "red"),
        ("https://notxiaohongshu.com/", "unknown"),
        ("https://xiaohongshu.com.evil.example/", "unknown"),
        ("https://shop.example/cart", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_host_is_also_all_below_it_and_nothing_else(referrer, channel):
    rule("red", host="www.Xiaohongshu.com")
    rule("search", host="shop.example")
    page = {"referrer": referrer, "url": "https://shop.example/p/1"}
    sees("alice", later(0), context={"page": page})
    assert touches() == [("visit", channel)]


def test_what_an_address_says_counts_where_nothing_else_does():
    rule("red", utm_source="red", utm_campaign="spring")
    sees("alice", later(0), context={"page": {"url": "https://shop.example/?utm_source=RED&utm_campaign=spring#x"}})
    assert touches() == [("visit", "red")]


def test_sensors_say_it_in_their_own_words():
    rule("red", utm_source="xiaohongshu")
    rule("search", host="baidu.com")
    for n, said in enumerate(({"$utm_source": "xiaohongshu"}, {"$referrer": "https://www.baidu.com/s?wd=1"})):
        at = later(n)
        message = {"type": "track", "event": "$pageview", "distinct_id": "d1", "time": at.timestamp() * 1000,
            "_track_id": n, "properties": said}  # fmt: skip
        body = json.dumps(message)
        land(body.encode(), count=1, source="site", dialect="sensors", received_at=at)
    assert touches() == [("visit", "red"), ("visit", "search")]


def test_a_link_names_its_channel_campaign_and_creator_and_a_rule_outranks_it():
    growing.open_campaign(code="spring", name="Spring", by="alice", at=NOON)
    said = {"link": "Ab3", "channel": "red", "campaign": "spring", "creator": "kol-7"}
    sees("alice", later(0), "Link Clicked", properties=said)
    sees("bob", later(1), "Code Scanned", properties=said | {"channel": "nowhere", "link": "ab3"})
    assert touches("kind, channel, campaign, creator") == [
        ("visit", "red", "spring", "kol-7"),
        ("scan", "unknown", "spring", "kol-7"),
    ]
    rule("search", link="Ab3")
    assert touches() == [("visit", "search"), ("scan", "unknown")]
    rule("red", creator="kol-7", place=10)
    assert touches() == [("visit", "red"), ("scan", "red")]


def test_a_campaign_is_the_rules_or_that_of_its_utm():
    growing.open_campaign(code="spring", name="Spring", by="alice", at=NOON)
    growing.open_campaign(code="other", name="Other", by="alice", at=NOON)
    sees("alice", later(0), **campaign("red", name="Spring"))
    assert touches("channel, campaign") == [("unknown", "spring")]
    rule("red", utm_source="red", campaign="other")
    assert touches("channel, campaign") == [("red", "other")]


def test_who_is_merged_touches_as_one_and_who_is_excluded_not_at_all():
    sees("alice", later(0))
    sees("", later(1), anonymousId="phone")
    sees("crawler", later(2))
    touches()
    join(person=number_of("alice"), other=number_of("phone", "device"), by="op", at=later(3))
    assert len(set(touches("person", where="person IS NOT NULL"))) == 2
    visitors.exclude(person=number_of("crawler"), reason="a bot", by="op", at=later(3))
    assert len(touches()) == 2


def test_a_move_leaves_the_past_where_it_was():
    rule("red", utm_source="red")
    growing.open_platform(code="blue", name="Blue", domain="private", at=NOON)
    sees("alice", later(0), **campaign("red"))
    growing.move(channel="red", platform="blue", by="op", at=later(1))
    sees("bob", later(2), **campaign("red"))
    growing.rename(kind="channel", code="red", name="Another name")
    growing.retire(kind="channel", code="red", by="op", at=later(2))
    assert touches("channel, platform, domain") == [("red", "red", "public"), ("red", "blue", "private")]


def test_as_of_leaves_out_what_came_later():
    sees("alice", later(0))
    buys("alice", 1, later(5))
    assert touches("kind", as_of=later(1)) == [("visit",)]


def test_what_is_kept_beside_the_lake_goes_with_its_file(monkeypatch):
    sees("alice", later(0))
    touches()
    folder = lakeside.derived(sightings.FOLDER)
    kept = set(folder.iterdir())
    assert lakeside.sweep(sightings.FOLDER) == 0
    (folder / "gone").mkdir()
    monkeypatch.setattr(lakeside, "LEFT", -60)
    assert lakeside.sweep(sightings.FOLDER) == 1
    assert set(folder.iterdir()) == kept


def test_the_tree_to_begin_with_is_planted_once():
    assert plant(by="op", at=NOON) == len(PLATFORMS)
    assert plant(by="op", at=NOON) == 0
    sees("alice", later(0), context={"page": {"referrer": "https://www.google.de/"}})
    sees("bob", later(1), **campaign("google", "cpc"))
    sees("carol", later(2), context={"page": {"referrer": "https://mp.weixin.qq.com/s/x"}})
    assert touches() == [("visit", "google"), ("visit", "google-ads"), ("visit", "official-account")]


def test_a_percent_sign_is_a_percent_sign():
    rule("red", utm_campaign="50%_off")
    sees("alice", datetime(2026, 3, 1, tzinfo=UTC), **campaign("x", name="50%_off"))
    sees("bob", datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=1), **campaign("x", name="505 off"))
    assert touches() == [("visit", "red"), ("visit", "unknown")]
