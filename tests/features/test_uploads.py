"""Files that a browser sent are judged and taken in by the worker, whatever becomes of it in between."""

from datetime import UTC, datetime, timedelta

import pytest

from siyu.conf.worker import KINDS
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import desk, runs, uploads
from siyu.core.eventlog.models import Batch, ImportRun, Upload
from siyu.core.insight.happenings import tally
from siyu.features.commerce.imports import writing
from siyu.features.commerce.models import Order

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HEADER = "order_id,customer_id,ordered_at,product,quantity,amount\n"
SEGMENT = '{"type": "track", "event": "Product Viewed", "userId": "u1", "timestamp": "2026-03-01T10:00:00Z"}'
SENSORS = '{"type": "track", "event": "Product Viewed", "distinct_id": "u1", "time": 1772359200000, "properties": {}}'
PLAIN = '{"event": "Product Viewed", "user_id": "u1", "timestamp": "2026-03-01T10:00:00Z"}'


def text(orders: int) -> str:
    return HEADER + "".join(f"{n},c{n % 7},2026-03-01 10:00:00,milk,1,10.00\n" for n in range(orders))


def send(content: str = text(3), kind: str = "orders", file: str = "orders.csv") -> Upload:
    return uploads.send(
        kind=kind, source="shop", currency="CNY", file=file, by="alice", at=NOON,
        move=lambda place: place.write_text(content),
    )  # fmt: skip


def judged(content: str = text(3)) -> Upload:
    sent = send(content)
    assert uploads.take(KINDS) == 1
    sent.refresh_from_db()
    return sent


def leftovers() -> list:
    return list((desk.folder() / "uploads").iterdir())


def test_it_works():
    sent = judged()
    assert sent.preview["orders"] == 3 and Order.objects.count() == 0
    assert uploads.take(KINDS) == 0, "nobody has said so yet"
    uploads.want(upload=sent, at=NOON)
    assert uploads.take(KINDS) == 1
    sent.refresh_from_db()
    assert sent.run.taken == 3 and sent.run.by == "alice" and Order.objects.count() == 3
    assert uploads.take(KINDS) == 0 and leftovers() == []


@pytest.mark.parametrize("line", [SEGMENT, SENSORS, PLAIN], ids=["segment", "sensors", "any"])
def test_events_come_in_whoever_wrote_them(line):
    sent = send(line + "\nno event\n", kind="events", file="events.ndjson")
    uploads.take(KINDS)
    sent.refresh_from_db()
    assert (sent.preview["events"], sent.preview["refused"]) == (1, 1) and not Batch.objects.exists()
    assert sent.preview["reasons"] == {"row_malformed": 1}
    uploads.want(upload=sent, at=NOON)
    uploads.take(KINDS)
    sent.refresh_from_db()
    assert (sent.run.kind, sent.run.taken, sent.run.by) == ("events", 1, "alice")
    assert drain_all() and sent.run.refused_file and leftovers() == []
    assert tally(source="shop", event="Product Viewed") == {"events": 1, "waiting": 0}


def test_files_go_one_after_the_other():
    first, second = send(), send(text(4))
    assert uploads.take(KINDS) == 1
    assert Upload.objects.get(judged_at=None) == second
    assert uploads.take(KINDS) == 1
    first.refresh_from_db()
    assert first.judged_at


def test_it_is_not_wanted_before_it_was_seen():
    with pytest.raises(uploads.NotJudged):
        uploads.want(upload=send(), at=NOON)


def test_a_file_that_cannot_be_read_says_why():
    sent = judged("nothing,known\n1,2\n")
    assert (sent.code, sent.judged_at) == ("column_missing", None)
    assert uploads.take(KINDS) == 0 and leftovers() == []
    with pytest.raises(uploads.NotJudged):
        uploads.want(upload=sent, at=NOON)


class Killed(BaseException):
    pass


def test_a_killed_worker_leaves_it_to_the_next(monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 2)
    sent, steps = judged(text(7)), []
    uploads.want(upload=sent, at=NOON)
    advance = runs.advance

    def until_the_third(run, step):
        steps.append(step)
        if len(steps) == 3:
            raise Killed
        advance(run, step)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(runs, "advance", until_the_third)
        uploads.take(KINDS)
    assert Order.objects.count() == 4
    assert uploads.take(KINDS) == 1
    sent.refresh_from_db()
    assert sent.run.taken == Order.objects.count() == 7 and ImportRun.objects.count() == 1


def test_what_fails_each_time_is_given_up(monkeypatch):
    sent = judged()
    uploads.want(upload=sent, at=NOON)

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(runs, "advance", broken)
    for _ in range(uploads.ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            uploads.take(KINDS)
    assert uploads.take(KINDS) == 1
    sent.refresh_from_db()
    assert sent.code == "import_failed" and uploads.take(KINDS) == 0


def test_who_looks_sees_how_far_it_is(monkeypatch):
    seen = []
    sent = send()
    row = Upload.objects.filter(pk=sent.pk)
    say = uploads._say

    def overheard(*said):
        say(*said)
        seen.append(row.get().progress["what"])

    monkeypatch.setattr(uploads, "_say", overheard)
    uploads.take(KINDS)
    assert seen == ["reading", "judging"] and row.get().progress == {}


def test_nobody_came_back_for_it():
    judged()
    assert uploads.forget(NOON + timedelta(days=6)) == 0
    assert uploads.forget(NOON + timedelta(days=8)) == 1
    assert leftovers() == [] and Upload.objects.count() == 0
