"""What is announced or landed stands in the lake, once."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from django.db import transaction

from siyu.core.eventlog import lake
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.drain import carry_out, drain_all, plan
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Drain
from siyu.core.insight.facts import open_facts
from siyu.core.people.numbers import number
from siyu.events import Item
from siyu.events.commerce import OrderCorrected, OrderPlaced
from siyu.events.people import PersonDescribed

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def placed(identity: int, order: int = 1, amount: int = 900, event=OrderPlaced):
    items = [Item(product=7, quantity=2, amount=amount, discount=100)]
    return event(
        at=NOON, identity=identity, order=order, currency="CNY", amount=amount, discount=100, items=items, source="shop"
    )


def alice() -> int:
    return number({("phone", "13800000001"): NOON}, source="shop")["phone", "13800000001"]


@transaction.atomic
def say(*events) -> None:
    announce(*events)


def rows(sql: str) -> list[tuple]:
    with open_facts() as db:
        return db.execute(sql).fetchall()


def test_it_works():
    who = alice()
    say(placed(who))
    assert drain_all() == 2
    assert rows('SELECT "order", person, amount, items[1].product FROM orders') == [(1, who, 900, 7)]
    assert rows("SELECT person FROM persons") == [(who,)]


def test_a_moment_arrives_to_the_microsecond():
    moments = [NOON, NOON.replace(microsecond=123), NOON.replace(microsecond=500_000)]
    for moment in moments:
        say(PersonDescribed(at=moment, identity=alice(), traits={}, source="shop"))
    drain_all()
    said = rows("SELECT happened_at FROM log WHERE name = 'person.described' ORDER BY ALL")
    assert [at.replace(tzinfo=UTC) for (at,) in said] == moments


def test_a_correction_replaces_what_was_said_before():
    who = alice()
    say(placed(who), placed(who, order=2))
    say(placed(who, amount=700, event=OrderCorrected))
    drain_all()
    assert rows('SELECT "order", amount FROM orders ORDER BY ALL') == [(1, 700), (2, 900)]


def test_behaviour_lands_and_is_numbered_in_the_drain():
    message = Message(name="Product Viewed", at=NOON, id="m1", claim=("device", "d1"), properties={"sku": "A"})
    body = msgspec.json.encode(message)
    for _ in range(2):
        land(body + b"\n" + body, count=2, source="app", dialect="siyu", received_at=NOON)
    drain_all()
    assert rows("SELECT name, properties ->> '$.sku' FROM events WHERE name LIKE 'Product%'") == [
        ("Product Viewed", "A")
    ]
    drain_all()
    assert rows("SELECT count(*) FROM persons") == [(1,)]
    assert sum(Drain.objects.values_list("repeats", flat=True)) == 3


@pytest.mark.parametrize("written", [(), ("events",), ("events", "payloads")])
def test_a_step_that_died_is_written_once(written, monkeypatch):
    """The worker dies before, between and after the two commits to the lake."""
    say(placed(alice()))
    message = Message(name="Signed Up", at=NOON, id="m1", claim=("device", "d1"), personal={"email": "a@b.cn"})
    land(msgspec.json.encode(message), count=1, source="app", dialect="siyu", received_at=NOON)
    step = plan()
    whole = lake.append

    def dies(name, *args, **kwargs):
        if name not in written:
            raise SystemExit
        return whole(name, *args, **kwargs)

    monkeypatch.setattr(lake, "append", dies)
    if written != ("events", "payloads"):
        with pytest.raises(SystemExit):
            carry_out(step)
    else:
        carry_out(step)
        Drain.objects.update(done_at=None)
    monkeypatch.setattr(lake, "append", whole)
    drain_all()
    assert rows("SELECT count(*) FROM orders") == [(1,)]
    assert rows("SELECT count(*) FROM events WHERE name = 'Signed Up'") == [(1,)]
    with lake.connect() as db:
        assert db.execute(f"SELECT count(*) FROM {lake.scan('payloads')}").fetchone() == (1,)
    assert Drain.objects.filter(done_at=None).count() == 0


def test_what_is_personal_stays_out_of_the_open_table():
    say(PersonDescribed(at=NOON, identity=alice(), traits={"city": "上海"}, private={"name": "林悦"}, source="crm"))
    drain_all()
    assert rows("SELECT name, value FROM traits") == [("city", '"上海"')]
    with lake.connect() as db:
        assert "林悦" in db.execute(f"SELECT personal FROM {lake.scan('payloads')}").fetchall()[0][0]
    assert not any("林悦".encode() in Path(f).read_bytes() for f in lake.files("events"))
