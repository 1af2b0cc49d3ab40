"""Files that SDKs wrote themselves are taken line by line, once."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import lines
from siyu.core.eventlog.imports.lines import carry_lines, dialect_of
from siyu.core.eventlog.models import ImportRun

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
THEN = "2025-03-04T05:06:07Z"


def segment(n: int, **more) -> dict:
    said = {"type": "track", "event": "Product Viewed", "userId": f"u{n}", "messageId": f"m{n}", "timestamp": THEN}
    return said | {"sentAt": "2025-03-04T05:06:09Z"} | more


def sensors(n: int) -> dict:
    return {
        "type": "track",
        "event": "ViewProduct",
        "distinct_id": f"u{n}",
        "time": 1741064767000,
        "properties": {"n": n},
    }


def written(path, messages):
    text = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def carry(path, dialect="segment"):
    report = carry_lines(path, dialect=dialect, source="app", at=NOON)
    drain_all()
    return report


def in_lake() -> list[tuple]:
    with lake.connect() as db:
        return db.execute(f"""
            SELECT name, happened_at::VARCHAR, imported FROM {lake.scan("events")}
            WHERE source = 'app' AND message IS NOT NULL ORDER BY ALL""").fetchall()


def test_it_works(tmp_path):
    report = carry(written(tmp_path / "events.ndjson", map(segment, range(3))))
    assert (report.rows, report.taken, report.refused, report.events) == (3, 3, 0, 3)
    assert in_lake() == [("Product Viewed", "2025-03-04 05:06:07+00", True)] * 3


def test_the_same_file_twice_changes_nothing(tmp_path):
    path = written(tmp_path / "events.ndjson", map(segment, range(3)))
    carry(path)
    assert carry(path).repeated
    carry(written(tmp_path / "longer.ndjson", map(segment, range(4))))
    assert len(in_lake()) == 4


def test_sensors_logs_gzipped(tmp_path):
    path = written(tmp_path / "service.log.gz", map(sensors, range(5)))
    assert dialect_of(path) == "sensors"
    assert carry(path, "sensors").taken == 5
    assert in_lake() == [("ViewProduct", "2025-03-04 05:06:07+00", True)] * 5
    carry(written(tmp_path / "again.log", map(sensors, range(5))), "sensors")
    assert len(in_lake()) == 5


def test_it_is_known_by_its_first_lines(tmp_path):
    assert dialect_of(written(tmp_path / "a.json", [segment(1)])) == "segment"
    assert dialect_of(written(tmp_path / "b", [sensors(1), {"type": "item_set", "item_id": "p"}])) == "sensors"
    assert dialect_of(written(tmp_path / "c.csv", [b"event,at"])) is None
    assert dialect_of(written(tmp_path / "e", [sensors(1), b'{"type": "tra', sensors(2)])) == "sensors"
    assert dialect_of(written(tmp_path / "d.json", [{"event": "x", "type": "y"}])) is None
    assert dialect_of(written(tmp_path / "e.json", [segment(1), sensors(1)])) is None
    assert dialect_of(tmp_path / "absent") is None


def test_lines_that_nobody_can_read_come_back(tmp_path):
    path = written(tmp_path / "events.ndjson", [segment(1), b"{", b"", b'{"a": "\xff"}', b"[1]", segment(2)])
    report = carry(path)
    assert (report.rows, report.taken, report.refused) == (6, 2, 3)
    assert report.reasons == {"row_malformed": 2, "encoding_wrong": 1}
    back = [json.loads(line) for line in Path(report.refused_file).read_text().splitlines()]
    assert [(one["_row"], one["_reason"]) for one in back] == [
        (2, "row_malformed"), (4, "encoding_wrong"), (5, "row_malformed")
    ]  # fmt: skip


def test_refused_lines_come_in_once_they_are_mended(tmp_path):
    refused = Path(
        carry(written(tmp_path / "events.ndjson", [segment(1), b'{"type": "track"', segment(2)])).refused_file
    )
    whole = json.dumps(json.dumps(segment(3)))[1:-1]
    mended = tmp_path / "mended.ndjson"
    mended.write_text(refused.read_text().replace(json.dumps('{"type": "track"')[1:-1], whole))
    assert dialect_of(mended) == "segment"
    assert carry(mended).taken == 1 and len(in_lake()) == 3


def test_a_killed_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "BATCH", 2)
    path = written(tmp_path / "events.ndjson", map(segment, range(7)))
    with monkeypatch.context() as falling:
        landed = []
        falling.setattr(lines, "land", lambda *a, land=lines.land, **k: landed.append(1) or land(*a, **k))
        falling.setattr(lines, "keep_refused", lambda run, bad: 1 / 0 if len(landed) == 3 else None)
        with pytest.raises(ZeroDivisionError):
            carry(path)
    assert ImportRun.objects.get().rows == 4
    assert carry(path).taken == 7
    assert len(in_lake()) == 7 and ImportRun.objects.count() == 1
