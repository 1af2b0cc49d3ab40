"""A person's time: what the log says and what apps sent, newest first, at a cost that has an end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Source
from siyu.core.insight import timeline as happened
from siyu.core.insight.timeline import behaviour, timeline
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Identity

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def app() -> None:
    Source.objects.create(name="app", protocol="segment", key="k", namespace="member", made_at=NOON)


def see(*days_ago: int, who: str = "u1", **more) -> None:
    """One step into the lake."""
    lines = [
        json.dumps(
            {"type": "track", "event": "Product Viewed", "messageId": f"{who}-{n}", "anonymousId": who,
             "timestamp": (NOON - timedelta(days=n)).isoformat(), "properties": {"name": f"tea {n}"}} | more
        ).encode()
        for n in days_ago
    ]  # fmt: skip
    land(b"\n".join(lines), count=len(lines), source="app", dialect="segment", received_at=NOON)
    drain_all()


def number(who: str = "u1") -> int:
    return Identity.objects.get(namespace="device", value=who).pk


def teas(stretch: happened.Stretch) -> list[str]:
    return [one.body["properties"]["name"] for one in stretch.rows if one.name == "Product Viewed"]


def test_it_works():
    see(3, 1, 2)
    see(1, who="u2")
    found = timeline(number())
    assert teas(found) == ["tea 1", "tea 2", "tea 3"] and found.next is None
    assert [one.name for one in found.rows] == ["Product Viewed"] * 3 + ["person.appeared"]
    assert [one.name for one in timeline(number(), names=["person.appeared"]).rows] == ["person.appeared"]


def test_every_identity_of_a_person_is_theirs():
    see(2, userId="m1")
    see(1, who="u2", userId="m1")
    assert teas(behaviour(number("u2"))) == ["tea 1", "tea 2"] == teas(behaviour(number("u1")))


def pages(ask, limit: int) -> list:
    rows, before, asked = [], None, 0
    while True:
        page = ask(before, limit)
        rows, before, asked = [*rows, *page.rows], page.next, asked + 1
        assert asked < 50
        if before is None:
            return rows


@pytest.mark.parametrize("at_once", [1, 3, 1000])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_hold_everything_once(monkeypatch, at_once, limit):
    """However files overlap and however they are read; ties in time too."""
    monkeypatch.setattr(happened, "AT_ONCE", at_once)
    see(9, 1, 5)
    see(5, 2, 40, event="Tea Tasted", messageId="x")
    see(3, 70)
    whole = timeline(number(), limit=200).rows
    assert len(whole) == 3 + 1 + 2 + 1
    assert pages(lambda before, n: timeline(number(), before=before, limit=n), limit) == whole
    sent = [one for one in whole if "." not in one.name]
    assert pages(lambda before, n: behaviour(number(), before=before, limit=n), limit) == sent
    assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)


def test_a_page_reads_no_more_than_it_may(monkeypatch):
    """Behaviour from long ago is found a stretch at a time; the log's own is shown all the same."""
    see(100, 99)
    for day in range(6):
        see(day, who=f"other{day}")
    monkeypatch.setattr(happened, "AT_ONCE", 1)
    monkeypatch.setattr(happened, "MOST", 3)
    first = behaviour(number())
    assert first.rows == [] and first.next and first.looked_back_to
    found = pages(lambda before, n: behaviour(number(), before=before, limit=n), 10)
    assert [one.body["properties"]["name"] for one in found] == ["tea 99", "tea 100"]
    mixed = timeline(number())
    assert [one.name for one in mixed.rows] == ["person.appeared"] and mixed.looked_back_to and mixed.next is None


def test_files_out_of_reach_are_not_opened(monkeypatch):
    see(1, 2)
    see(60, 61)
    asked = []
    read = happened.sent
    monkeypatch.setattr(happened, "AT_ONCE", 1)
    monkeypatch.setattr(happened, "sent", lambda files, *more: asked.extend(files) or read(files, *more))
    assert teas(behaviour(number(), limit=1)) == ["tea 1"]
    assert len(asked) < len(lake.files("events"))


def test_nobody_has_no_time():
    with pytest.raises(NoSuchPerson):
        timeline(99)
