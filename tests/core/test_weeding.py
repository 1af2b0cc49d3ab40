"""A repetition that slipped past the drain is gone when its day is over, and nothing tells that it ever was there."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.conf import doctor
from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all, known, weeding
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Drain, Repeat, Sighting, Violation
from siyu.core.eventlog.plan import expect, sighting
from siyu.core.insight import portraits
from siyu.core.insight.audiences import index
from siyu.core.insight.audiences.answering import answer
from siyu.core.insight.sources import volumes
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOMORROW = clock.now() + timedelta(days=1)
LATELY = {"did": {"event": "Note Shared", "window": {"between": ["2026-05-20", "2026-08-01"]}}}
OFTEN = {"did": {"event": "Note Shared", "count": {"op": ">", "value": 3}}}
STATEMENTS = [(weeding, "find"), (weeding, "note"), (weeding, "clear"), (weeding, "insert"), (lake, "copied"),
    (lake, "exchange"), (lake, "rewrite"), (sighting, "take_back")]  # fmt: skip


@pytest.fixture(autouse=True)
def short_memory(monkeypatch):
    """Two ids a generation. What a message without a time of its own repeats is soon looked for in vain."""
    monkeypatch.setattr(known, "GENERATION", 2)


def share(name: str, day: int, user: str = "u1", **said) -> None:
    """Of a sender that says no time: it happened when it came."""
    put_down(name, day, user, **said)
    drain_all()


def put_down(name: str, day: int, user: str, **said) -> None:
    body = {"type": "track", "messageId": name, "userId": user, "event": "Note Shared", **said}
    at = NOON + timedelta(days=day)
    land(json.dumps(body).encode(), count=1, source="app", dialect="segment", received_at=at)


def month(days: int = 0) -> None:
    """Eight messages in four steps."""
    for day in range(8):
        put_down(f"m{day}", day + days, f"u{day % 3}", properties={"email": "a@b.cn", "n": day})
        if day % 2:
            drain_all()


def again(days: int = 30) -> None:
    """Whatever was sent is sent once more, a month later."""
    month(days)


def told(query: str) -> list[tuple]:
    with lake.connect() as db:
        return db.execute(query).fetchall()


def rows(name: str) -> list[tuple]:
    return told(f"SELECT position, name, identity, epoch_us(happened_at) FROM {lake.scan(name)} ORDER BY position")


def messages() -> list[int]:
    return [one for (one,) in told(f"SELECT message FROM {lake.scan('events')} WHERE message IS NOT NULL")]


def believed() -> list:
    """What pages say: the log's answer and the index's, portraits, the plan, the sums of the drain."""
    index.advance()
    assert index.current() is not None
    definitions = [{"version": 1, "where": where} for where in (LATELY, OFTEN)]
    asked = [list(answer(one, index=how).people) for one in definitions for how in (True, False)]
    portraits.refresh(TOMORROW)
    drawn = told(f"SELECT person, active_days FROM {portraits.scan()} ORDER BY 1")
    seen = [(one.event, one.property, one.type, one.volume) for one in Sighting.objects.order_by("property", "type")]
    kept = [(fault.property, fault.volume) for fault in Violation.objects.order_by("property")]
    rows = sum(Drain.objects.values_list("rows", flat=True))
    return [asked, drawn, seen, kept, volumes(), rows]


def well() -> bool:
    return [finding.check for finding in doctor.examine() if not finding.well and "key" not in finding.check] == []


def test_it_works():
    month()
    before, private = rows("events"), rows("payloads")
    again()
    assert len(messages()) == 16
    assert weeding.weed(TOMORROW) == 8
    assert rows("events") == before and rows("payloads") == private
    assert sum(Drain.objects.values_list("repeats", flat=True)) == 8
    assert Repeat.objects.count() == 0 and well()


def test_a_day_that_left_no_rows_is_passed_over():
    land(b'{"type":"track","messageId":"nameless"}', count=1, source="app", dialect="segment", received_at=NOON)
    drain_all()
    assert weeding.weed(TOMORROW) == 0
    assert weeding.reached() == weeding.over(TOMORROW)
    month()
    again()
    assert weeding.weed(TOMORROW + timedelta(days=1)) == 8


def test_whoever_asks_finds_what_a_lake_without_them_says():
    expect(event="Note Shared", schema={"properties": {"n": {"type": "string"}}}, by="owner", at=NOON)
    month()
    before = believed()
    again()
    assert all(now != then for now, then in zip(believed(), before, strict=True))
    weeding.weed(TOMORROW)
    assert believed() == before


def test_compaction_has_nothing_to_do_with_it():
    month()
    before = rows("events")
    again()
    lake.compact("events")
    assert weeding.weed(TOMORROW) == 8
    assert rows("events") == before
    lake.compact("payloads")
    assert len(rows("payloads")) == 8 and lake.compact("events") == 0 and well()


def test_twice_is_once_and_today_waits():
    month()
    again()
    assert weeding.weed(clock.now() - timedelta(days=1)) == 0
    assert weeding.weed(TOMORROW) == 8
    version = lake.table("events").version()
    assert weeding.weed(TOMORROW) == 0
    share("m9", 50)
    assert weeding.weed(TOMORROW) == 0
    assert lake.table("events").version() == version + 1
    assert len(messages()) == 9


def test_buckets_change_nothing(monkeypatch):
    monkeypatch.setattr(weeding, "IDS", 3)
    month()
    again()
    again(60)
    assert weeding.weed(TOMORROW) == 16
    assert len(messages()) == len(set(messages())) == 8 and well()


def test_one_that_comes_after_the_pass_goes_with_the_next():
    month()
    before = rows("events")
    weeding.weed(TOMORROW)
    again()
    weeding.weed(TOMORROW)
    assert rows("events") == before and well()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("module, name", STATEMENTS, ids=lambda x: x if isinstance(x, str) else "")
def test_killed_in_the_middle_it_ends_the_same(module, name, when, monkeypatch):
    month()
    before, private = rows("events"), rows("payloads")
    again()
    whole = getattr(module, name)

    def dies(*args, **kwargs):
        if when == "after":
            whole(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(module, name, dies)
    with pytest.raises(SystemExit):
        weeding.weed(TOMORROW)
    monkeypatch.setattr(module, name, whole)
    weeding.weed(TOMORROW)
    assert rows("events") == before and rows("payloads") == private
    assert Repeat.objects.count() == 0 and well()


@pytest.mark.parametrize("table", ["payloads", "events"])
def test_a_rival_wins_and_it_is_done_anew(table, monkeypatch):
    """Between the look at the table and the commit another process merges its files."""
    month()
    before = rows("events")
    again()
    whole, rivals = lake.copied, []

    def beaten(db, name, *args, **kwargs):
        if name == table and not rivals:
            rivals.append(name)
            with lake.connect() as other:
                lake.rewrite(other, name, lake.small_ones)
        return whole(db, name, *args, **kwargs)

    monkeypatch.setattr(lake, "copied", beaten)
    assert weeding.weed(TOMORROW) == 8
    assert rivals and rows("events") == before and len(rows("payloads")) == 8 and well()


def test_two_mergers_of_the_same_files_double_nothing(monkeypatch):
    """Either may have lost its lock without knowing."""
    month()
    before, whole, rivals = rows("events"), lake.copied, []

    def beaten(db, name, *args, **kwargs):
        if not rivals:
            rivals.append(name)
            with lake.connect() as other:
                lake.rewrite(other, name, lake.small_ones)
        return whole(db, name, *args, **kwargs)

    monkeypatch.setattr(lake, "copied", beaten)
    lake.compact("events")
    assert rows("events") == before
