"""A lake of an earlier release opens, and gets the columns that it lacks."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from siyu.core.eventlog import lake
from siyu.core.eventlog.forgetting import Somebody
from siyu.core.eventlog.held import LakeRows
from siyu.core.insight.facts import open_facts

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def row(position: int, **said) -> dict:
    blank = dict.fromkeys(lake.SCHEMAS["events"].names)
    times = {"happened_at": NOON, "recorded_at": NOON, "day": date(2026, 5, 1), "month": "2026-05"}
    return blank | times | {"position": position, "name": "Tapped", "source": "app"} | said


def test_it_works():
    old = lake.SCHEMAS["events"].remove(lake.SCHEMAS["events"].get_field_index("context"))
    before = pa.Table.from_pylist([row(1)], schema=lake.SCHEMAS["events"]).select(old.names)
    write_deltalake(lake.root("events"), before, partition_by=["month"])
    assert lake.upgrade() == ["events.context"]
    assert lake.upgrade() == []
    rows = pa.Table.from_pylist([row(2, context='{"locale":"zh"}')], schema=lake.SCHEMAS["events"])
    assert lake.append("events", rows, app="drain", version=2)
    with lake.connect() as db:
        found = db.execute(f"SELECT position, context FROM {lake.scan('events', whole=True)} ORDER BY 1").fetchall()
    assert found == [(1, None), (2, '{"locale":"zh"}')]
    who = Somebody((7,), ("13800000001",))
    assert LakeRows().count(who) == {"events": 0, "payloads": 0}
    assert LakeRows().erase(who).erased["events_emptied"] == 0
    with open_facts() as db:
        assert db.execute("SELECT count(*) FROM events").fetchall() == [(2,)]
    assert lake.compact("events") == 2
    with lake.connect() as db:
        assert db.execute(f"SELECT count(context) FROM {lake.scan('events')}").fetchall() == [(1,)]
