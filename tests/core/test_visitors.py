"""What bots do counts in no figure, now and for the past; and counts again when somebody says so."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Source
from siyu.core.insight import audiences, happenings, portraits, visitors
from siyu.core.insight.audiences import index
from siyu.core.insight.audiences.answering import count_in_one_query
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Exclusion
from siyu.core.insight.visitors.deciding import NotExcluded, ReasonMissing
from siyu.core.insight.visitors.ruling import BadRule
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Identity
from siyu.events import Item
from siyu.events.commerce import OrderPlaced

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/100.0 Mobile Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
LOOKED = {"version": 1, "where": {"did": {"event": "Product Viewed", "window": {"rolling": {"days": 90}}}}}
NEVER = {"version": 1, "where": {"not": {"did": {"event": "Product Viewed"}}}}
DAYS = {"version": 1, "where": {"did": {"event": "Product Viewed", "days": {"op": ">=", "value": 2}}}}


@pytest.fixture(autouse=True)
def app() -> None:
    Source.objects.create(name="app", protocol="segment", key="k", namespace="member", made_at=NOON)


def view(who: str, at: datetime, agent: str = CHROME, n: int = 1, *, imported: bool = False, **said) -> None:
    lines = [
        {"type": "track", "event": "Product Viewed", "messageId": f"{who}-{at}-{i}", "anonymousId": who,
         "timestamp": at.isoformat(), "context": {"userAgent": agent}} | said
        for i in range(n)
    ]  # fmt: skip
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    land(body, count=n, source="app", dialect="segment", received_at=at, imported=imported)


def visits() -> None:
    """Alice and Bob come on three days, a crawler on the same."""
    for day in range(3):
        view("alice", NOON - timedelta(days=10 * day + 1))
        view("bob", NOON - timedelta(days=10 * day + 2))
        view("crawler", NOON - timedelta(days=10 * day + 1), GOOGLE)
    drain_all()


def look(at: datetime = NOON) -> int:
    changed = visitors.apply(at=at)
    drain_all()
    return changed


def number(who: str) -> int:
    return Identity.objects.get(value=who).pk


def counts() -> list[int]:
    """How many are in each audience: the index, the log and one query over it say the same."""
    found = []
    for definition in (LOOKED, NEVER, DAYS):
        by_index = audiences.answer(definition)
        by_log = audiences.answer(definition, index=False)
        assert by_index.people == by_log.people and by_index.everyone == by_log.everyone
        assert count_in_one_query(definition) == len(by_log.people)
        found.append(len(by_log.people))
    return found


@pytest.fixture(autouse=True)
def today(monkeypatch) -> None:
    monkeypatch.setattr("siyu.kit.clock.now", lambda: NOON)


def test_it_works():
    """A crawler is out of audiences of all time as soon as it is found, and in again when an operator says so."""
    visits()
    index.advance()
    assert counts() == [3, 0, 3]
    assert look() == 1
    assert counts() == [2, 0, 2]  # the tail over the index says it
    index.advance()
    assert counts() == [2, 0, 2]  # the index says it
    assert audiences.count(LOOKED, NOON - timedelta(days=15)) == 2, "the past has changed too"
    visitors.readmit(person=number("crawler"), by="ann", at=NOON)
    drain_all()
    assert counts() == [3, 0, 3]
    index.advance()
    assert counts() == [3, 0, 3]
    assert look() == 0, "an operator's word outranks the rules"


def test_an_index_from_nothing_knows_who_is_out(monkeypatch):
    visits()
    look()
    monkeypatch.setattr("siyu.core.insight.audiences.index.build.LONGEST_TAIL", 3)
    index.advance()
    assert counts() == [2, 0, 2]


def test_a_phone_that_is_called_like_a_bot_is_a_phone():
    visits()
    look()
    assert [*Exclusion.objects.values_list("identity", "rule", "reason")] == [(number("crawler"), "list", "googlebot")]


def test_orders_always_count():
    """An operator excludes a tester who has bought: the order stays, what was looked at goes."""
    visits()
    with transaction.atomic():
        line = [Item(product=1, quantity=1, amount=900)]
        said = {"order": 1, "currency": "CNY", "amount": 900, "discount": 0, "items": line, "source": "shop"}
        announce(OrderPlaced(at=NOON - timedelta(days=5), identity=number("alice"), **said))
    drain_all()
    portraits.refresh(NOON)
    before = figures()
    visitors.exclude(person=number("alice"), reason="works here", by="ann", at=NOON)
    drain_all()
    portraits.refresh(NOON)
    assert counts() == [2, 1, 2], "a buyer stays one of everybody"
    (people, orders, gmv, active), after = before, figures()
    assert after == (people, orders, gmv, active - 3)


def figures() -> tuple:
    with open_facts() as db:
        sql = f"SELECT count(*), sum(orders), sum(gmv), sum(active_days) FROM {portraits.scan()}"
        return db.execute(sql).fetchall()[0]


def test_who_is_out_and_never_bought_is_nobody():
    visits()
    portraits.refresh(NOON)
    assert figures()[0] == 3
    look()
    portraits.refresh(NOON)
    assert figures()[0] == 2


def test_nobody_looks_at_so_much_in_a_minute(settings):
    visits()
    view("hasty", NOON - timedelta(hours=1), n=301)
    view("quick", NOON - timedelta(hours=2), n=300)
    drain_all()
    assert look() == 2
    assert dict(Exclusion.objects.values_list("identity", "reason"))[number("hasty")] == "301"
    assert number("quick") not in Exclusion.objects.values_list("identity", flat=True)


def test_a_minute_in_two_pieces_is_one():
    at = NOON - timedelta(minutes=5)
    view("hasty", at, n=200)
    drain_all()
    assert look() == 0
    view("hasty", at + timedelta(seconds=1), n=200)
    drain_all()
    assert look() == 1


def test_an_imported_file_may_have_coarse_clocks():
    view("paper", NOON - timedelta(days=3), n=400, imported=True)
    drain_all()
    assert look() == 0


def test_rules_change_the_past_both_ways():
    visits()
    look()
    view("probe", NOON - timedelta(days=4), "MyMonitor/1.0 (a+b)")
    drain_all()
    assert look() == 0 and counts()[0] == 3
    visitors.rule(listed=False, words=["MyMonitor/1.0 (a+b)", " "], pace=0, by="ann", at=NOON)
    assert look() == 2, "the crawler comes in, the probe goes out"
    assert counts()[0] == 3
    assert [one.rule for one in visitors.excluded().rows] == ["agent"]
    visitors.rule(listed=True, words=[], pace=0, by="ann", at=NOON)
    assert look() == 2 and counts()[0] == 3
    assert look() == 0


def test_a_visitor_stays_out_under_another_rule():
    view("both", NOON - timedelta(days=1), GOOGLE, n=400)
    drain_all()
    look()
    visitors.rule(listed=False, words=[], pace=300, by="ann", at=NOON)
    assert look() == 0
    assert [(one.rule, one.reason) for one in visitors.excluded().rows] == [("pace", "400")]


def test_sensors_says_it_in_properties():
    body = json.dumps({"type": "track", "event": "Product Viewed", "distinct_id": "s", "time": 1779192000000,
                       "properties": {"$user_agent": GOOGLE}}).encode()  # fmt: skip
    land(body, count=1, source="app", dialect="sensors", received_at=NOON)
    drain_all()
    assert look() == 1


def test_a_word_needs_a_reason_and_somebody():
    visits()
    with pytest.raises(ReasonMissing):
        visitors.exclude(person=number("bob"), reason=" ", by="ann", at=NOON)
    with pytest.raises(NoSuchPerson):
        visitors.exclude(person=99, reason="?", by="ann", at=NOON)
    with pytest.raises(NotExcluded):
        visitors.readmit(person=number("bob"), by="ann", at=NOON)
    for bad in ({"words": ["ab"]}, {"pace": -1}, {"words": [f"word{n}" for n in range(60)]}):
        with pytest.raises(BadRule):
            visitors.rule(**{"listed": True, "words": [], "pace": 0} | bad, by="ann", at=NOON)


def test_twice_is_once():
    visits()
    assert visitors.exclude(person=number("bob"), reason="works here", by="ann", at=NOON) == 1
    assert visitors.exclude(person=number("bob"), reason="works here", by="ann", at=NOON) == 0
    drain_all()
    assert counts()[0] == 2
    assert visitors.standing_of(number("bob")).reason == "works here"


def test_events_without_a_name_are_of_those_who_count():
    visits()
    look()
    assert happenings.count(happenings.Asked(name="Product Viewed")) == (6, 2)
    assert happenings.count(happenings.Asked(person=number("crawler"), name="Product Viewed")) == (3, 1)


def test_pages_of_the_list_follow_each_other():
    for n in range(5):
        view(f"bot{n}", NOON - timedelta(days=1), GOOGLE)
    drain_all()
    look()
    first = visitors.excluded(limit=3)
    second = visitors.excluded(limit=3, after=first.next)
    assert (len(first.rows), len(second.rows), second.next, first.total) == (3, 2, None, 5)
    assert len({one.number for one in (*first.rows, *second.rows)}) == 5
