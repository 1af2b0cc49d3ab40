"""A drain that dies between any two of its statements leaves nothing half, and nothing twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all, failing, known, lines, messages, people, rows, steps
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Drain, FailedMessage
from siyu.core.people.directory import People

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
STATEMENTS = [
    (lines, "unpacked"),
    (messages, "read"),
    (failing, "keep"),
    (people, "number"),
    (rows, "gather"),
    (known, "repeats"),
    (known, "remember"),
    (steps, "finish"),
    (people, "say"),
]


def send(*said: dict | bytes, at: datetime = NOON) -> None:
    body = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in said)
    land(body, count=len(said), source="app", dialect="segment", received_at=at)


def call(kind: str, name: str, **said) -> dict:
    return {
        "type": kind,
        "messageId": name,
        "userId": "u1",
        "event": "Note Shared",
        "timestamp": NOON.isoformat(),
    } | said


def history() -> None:
    send(call("track", "m0"))
    drain_all()
    send(
        call("track", "m0"),
        call("track", "m1", properties={"email": "a@b.cn", "n": 1}, anonymousId="d1"),
        call("identify", "m2", traits={"city": "上海"}),
        b"broken",
        call("track", "m1", properties={"email": "a@b.cn", "n": 1}, anonymousId="d1"),
        call("track", "m3", userId="u2"),
    )


def state(told: list) -> dict:
    with lake.connect() as db:
        events = db.sql(f"SELECT * EXCLUDE (recorded_at) FROM {lake.scan('events')} ORDER BY position")
        found = {"events": [str(row) for row in events.to_arrow_table().to_pylist()]}
        payloads = db.execute(f"SELECT position, personal FROM {lake.scan('payloads')} ORDER BY position")
        found["payloads"] = payloads.fetchall()
    found["failed"] = list(FailedMessage.objects.values_list("ordinal", "code"))
    found["steps"] = list(Drain.objects.values_list("rows", "repeats", "failed", "messages", "entries"))
    return found | {"told": told}


@pytest.fixture
def told(monkeypatch):
    """What the people's directory was told, once each."""
    said: list = []
    for name in ("matched", "learnt"):

        def say(self, things, *, imported, source="", name=name):
            said.extend((name, *thing[:2], thing[2]) for thing in things)

        monkeypatch.setattr(People, name, say)
    return said


@pytest.fixture
def undisturbed(told, request):
    history()
    drain_all()
    return state(list(told))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("module, name", STATEMENTS, ids=lambda x: x if isinstance(x, str) else "")
def test_it_ends_the_same(module, name, when, told, monkeypatch):
    history()
    told.clear()
    whole = getattr(module, name)

    def dies(*args, **kwargs):
        if when == "after":
            whole(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(module, name, dies)
    with pytest.raises(SystemExit):
        drain_all()
    monkeypatch.setattr(module, name, whole)
    known.forget()  # as in a process that is new
    check(told)


@pytest.mark.parametrize("table", ["events", "payloads"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_ends_the_same_around_the_lake(table, when, told, monkeypatch):
    history()
    told.clear()
    whole = lake.append

    def dies(name, *args, **kwargs):
        if name == table and when == "before":
            raise SystemExit
        whole(name, *args, **kwargs)
        if name == table:
            raise SystemExit

    monkeypatch.setattr(lake, "append", dies)
    with pytest.raises(SystemExit):
        drain_all()
    monkeypatch.setattr(lake, "append", whole)
    check(told)


def check(told: list) -> None:
    """m0 from the first step; m1, m2, m3 from the second; two repetitions and a broken line."""
    drain_all()
    found = state(told)
    assert [row.count("Note Shared") for row in found["events"] if "person." not in row] == [1, 1, 0, 1]
    assert [personal for _, personal in found["payloads"]] == ['{"email":"a@b.cn"}']
    assert found["failed"] == [(3, "unreadable")]
    assert (3, 2, 1, 6) in [step[:4] for step in found["steps"]]
    assert [kind for kind, *_ in found["told"]][-2:] == ["matched", "learnt"]
    assert all(e + m == r + d + f for r, d, f, m, e in found["steps"])
    with lake.connect() as db:
        positions = db.execute(f"SELECT count(*), count(DISTINCT position) FROM {lake.scan('events')}").fetchone()
    assert positions[0] == positions[1] == sum(step[0] for step in found["steps"])


def test_what_memory_has_lost_is_found_in_the_lake(monkeypatch):
    """Two ids a generation: whatever is older is looked for by its time."""
    monkeypatch.setattr(known, "GENERATION", 2)
    for n in range(8):
        at = NOON + timedelta(days=n)
        send(call("track", f"m{n}", timestamp=at.isoformat()), at=at)
        drain_all()
    for forgotten in (False, True):
        if forgotten:
            known.forget()
        later = NOON + timedelta(days=20)
        send(*(call("track", f"m{n}", timestamp=(NOON + timedelta(days=n)).isoformat()) for n in range(8)), at=later)
        drain_all()
    with lake.connect() as db:
        [(count,)] = db.execute(f"SELECT count(*) FROM {lake.scan('events')} WHERE message IS NOT NULL").fetchall()
    assert count == 8
