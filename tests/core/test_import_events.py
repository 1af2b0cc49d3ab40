"""Behaviour comes in from files as messages, once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.imports.events import events
from siyu.core.insight.facts import open_facts
from siyu.core.people.models import Identity

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def take(path: Path, text: str):
    path.write_text(text)
    return carry(events, path, options=Options(source="app"), at=NOW)


def rows(sql: str) -> list[tuple]:
    drain_all()
    with open_facts() as db:
        return db.execute(sql).fetchall()


def test_it_works(tmp_path):
    report = take(
        tmp_path / "events.ndjson",
        '{"event": "Product Viewed", "timestamp": "2026-01-01T10:00:00Z", "user_id": "u1", "sku": "tea"}\n'
        '{"event": "Note Shared", "timestamp": 1767261600, "user_id": "u2", "phone": "13800000001"}\n'
        '{"timestamp": "2026-01-01T10:00:00Z"}\n'
        "no json\n",
    )
    assert (report.rows, report.taken, report.events) == (4, 2, 2)
    assert report.reasons == {"event_missing": 1, "row_malformed": 1}
    assert rows(
        "SELECT name, properties ->> '$.sku' FROM events WHERE source = 'app' AND name LIKE '% %' ORDER BY 1"
    ) == [
        ("Note Shared", None),
        ("Product Viewed", "tea"),
    ]
    assert set(Identity.objects.values_list("namespace", "value")) == {("app", "u1"), ("app", "u2")}


def test_equal_rows_are_two_and_the_same_rows_again_are_none(tmp_path):
    text = "event,time,user_id\n" + "Tapped,2026-01-01 10:00:00,u1\n" * 2
    take(tmp_path / "events.csv", text)
    assert take(tmp_path / "events.csv", text).repeated
    take(tmp_path / "copy.csv", text + "\n")
    assert rows("SELECT count(*) FROM events WHERE name = 'Tapped'") == [(2,)]
