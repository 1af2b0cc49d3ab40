"""What a Segment SDK sends stands in the lake as one event, whoever it is of."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Batch, Drain, FailedMessage, Source
from siyu.core.insight import happenings
from siyu.core.insight.facts import open_facts
from siyu.core.people.models import Identity, Trait

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SENT = "2026-05-01T11:59:58.123456789Z"


def send(*messages, head=None, dialect="segment", received_at=NOON, source="app"):
    body = b"\n".join(m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages)
    land(body, count=len(messages), source=source, dialect=dialect, received_at=received_at, head=head)


def track(**said):
    return {"type": "track", "event": "Product Viewed", "messageId": "m1", "userId": "u1", "timestamp": SENT} | said


def rows(sql: str) -> list[tuple]:
    drain_all()
    with open_facts() as db:
        return db.execute(sql).fetchall()


def whole(columns: str, where: str = "name NOT LIKE '%.%'") -> list[tuple]:
    drain_all()
    with lake.connect() as db:
        scan = lake.scan("events")
        return db.execute(f"SELECT {columns} FROM (FROM {scan} WHERE {where} ORDER BY position)").fetchall()


def codes() -> dict[str, str]:
    drain_all()
    return dict(FailedMessage.objects.values_list("body", "code"))


def balanced() -> bool:
    return all(s.entries + s.messages == s.rows + s.repeats + s.failed for s in Drain.objects.all())


def test_it_works():
    Source.objects.create(name="app", protocol="segment", key="k", namespace="member", made_at=NOON)
    send(track(anonymousId="d1", properties={"sku": "A", "price": 1.5}))
    assert rows("SELECT name, happened_at::VARCHAR, properties FROM events WHERE name = 'Product Viewed'") == [
        ("Product Viewed", "2026-05-01 11:59:58.123456", '{"sku":"A","price":1.5}')
    ]
    assert set(Identity.objects.values_list("namespace", "value")) == {("member", "u1"), ("device", "d1")}
    assert balanced()


def test_a_clock_that_is_wrong_is_put_right():
    """It said 10:00, sent at 10:05 by its clock, and was received at noon: it happened five minutes before."""
    send(track(timestamp="2026-05-01T10:00:00Z"), head={"sentAt": "2026-05-01T10:05:00.000Z"})
    assert whole("happened_at::VARCHAR") == [("2026-05-01 11:55:00+00",)]


@pytest.mark.parametrize(
    "said, at",
    [
        ({"timestamp": "2026-05-01T12:00:00+08:00"}, "2026-05-01 04:00:00+00"),
        ({"timestamp": "2026-05-01T11:00:00"}, "2026-05-01 11:00:00+00"),
        ({"timestamp": None, "originalTimestamp": "2026-05-01T11:00:00.1Z"}, "2026-05-01 11:00:00.1+00"),
        ({"timestamp": None}, "2026-05-01 12:00:00+00"),
        ({"timestamp": "2026-05-01T12:30:00Z"}, "2026-05-01 12:30:00+00"),
        ({"timestamp": "2031-05-01T12:30:00Z"}, "2026-05-01 12:00:00+00"),
        ({"timestamp": "2019-02-03T04:05:06Z"}, "2019-02-03 04:05:06+00"),
    ],
)
def test_times_are_read_however_they_are_written(said, at):
    send(track(**said))
    assert whole("happened_at::VARCHAR") == [(at,)]


def test_what_lies_in_the_future_says_so():
    send(track(timestamp="2031-05-01T12:30:00Z", context={"locale": "zh"}))
    assert [json.loads(c) for (c,) in whole("context")] == [{"locale": "zh", "said_at": "2031-05-01T12:30:00Z"}]


def test_context_of_the_batch_and_the_message_come_together():
    send(
        track(context={"page": {"path": "/tea"}, "ip": "1.2.3.4", "traits": {"email": "a@b.cn"}}),
        head={"context": {"library": {"name": "x"}, "page": {"url": "u"}}},
    )
    [(context,)] = whole("context")
    assert json.loads(context) == {"library": {"name": "x"}, "page": {"url": "u", "path": "/tea"}}


def test_numbers_that_no_machine_holds_hurt_nobody():
    send(
        track(userId="u1", properties={"n": 1}, messageId="m0"),
        b'{"type": "track", "event": "x", "userId": "u1", "properties": {"a": 1e400}}',
        b'{"type": "track", "event": "x", "userId": "u1", "messageId": "m9", "properties": {"a": -inf}}',
        b'{"type": "identify", "userId": "u1", "traits": {"a": 1e400, "b": ' + b"9" * 5000 + b', "c": 1}}',
    )
    assert whole("name") == [("Product Viewed",), ("x",), ("x",), ("Identified",)]
    assert dict(Trait.objects.values_list("name", "value")) == {"a": "1e400", "c": 1}
    assert len(happenings.recent(happenings.Asked(name="x"))) == 2


def test_every_call_has_a_name():
    calls = ["page", "screen", "identify", "group", "alias"]
    send(*({"type": c, "messageId": c, "userId": "u1", "name": "Home", "previousId": "old"} for c in calls))
    names = [name for (name,) in whole("name")]
    assert names == ["Page Viewed", "Screen Viewed", "Identified", "Group Joined", "Aliased"]


def test_what_is_personal_is_kept_apart():
    send(track(properties={"Email": "a@b.cn", "手机号": "13800000001", "name": "Tea", "a/b": 1}))
    [(properties,)] = whole("properties")
    assert json.loads(properties) == {"name": "Tea", "a/b": 1}
    with lake.connect() as db:
        [(personal,)] = db.execute(f"SELECT personal FROM {lake.scan('payloads')}").fetchall()
    assert json.loads(personal) == {"Email": "a@b.cn", "手机号": "13800000001"}


def test_one_bad_message_holds_up_no_other():
    bad = {
        b"no json": "unreadable",
        b"[1]": "type_unknown",
        b"null": "unreadable",
        b'{"type": "track", "event": "x", "userId": "\\ud800"}': "unreadable",
        b'{"type": "dance", "userId": "u"}': "type_unknown",
        b'{"type": "track", "event": "x"}': "user_missing",
        b'{"type": "track", "event": "x", "userId": {"a": 1}}': "user_malformed",
        b'{"type": "track", "userId": "u"}': "event_missing",
        b'{"type": "track", "event": {"a": 1}, "userId": "u"}': "event_missing",
        b'{"type": "track", "event": "order.placed", "userId": "u"}': "name_reserved",
        b'{"type": "track", "event": "x\\u0000", "userId": "u"}': "nul_character",
        b'{"type": "track", "event": "x", "userId": "u", "timestamp": "yesterday"}': "time_unreadable",
        b'{"type": "track", "event": "x", "userId": "u", "timestamp": "infinity"}': "time_unreadable",
        b'{"type": "track", "event": "x", "userId": "u", "timestamp": "1969-01-01"}': "time_unreadable",
        b'{"type": "track", "event": "x", "userId": "u", "properties": [1]}': "properties_malformed",
        b'{"type": "track", "event": "x", "userId": "u", "properties": {"a": NaN}}': "number_malformed",
        b'{"type": "track", "event": "x", "userId": "u", "properties": {"a": -Infinity}}': "number_malformed",
        b'{"type": "track", "event": "x", "userId": "u", "properties": ' + b'{"a":' * 50 + b"1" + b"}" * 51: "too_deep",
        b'{"type": "track", "event": "' + b"x" * 201 + b'", "userId": "u"}': "name_too_long",
        b'{"type": "track", "event": "x", "userId": "u", "messageId": "' + b"x" * 101 + b'"}': "message_id_too_long",
        b'{"type": "track", "event": "x", "userId": "u", "properties": {"a": "' + b"x" * 33_000 + b'"}}':
            "message_too_large",
        b"[" * 30_000: "unreadable",
    }  # fmt: skip
    good = track(properties={"products": [{"id": n} for n in range(60)], "text": "NaN and \\u0000 are words: [" * 40})
    send(*bad, good)
    send(b'{"type": "track", "event": "x", "userId": "\xff"}', track(messageId="m2"))
    assert whole("name") == [("Product Viewed",)] * 2
    found = codes()
    assert found.pop('{"type": "track", "event": "x", "userId": "\\xff"}') == "encoding_wrong"
    assert found == {line.decode(): code for line, code in bad.items()}
    assert balanced()


def test_a_batch_that_is_none_is_kept_too():
    send(track())
    Batch.objects.update(body=b"no zstd")
    send(track(messageId="m2"))
    assert whole("name") == [("Product Viewed",)]
    assert list(FailedMessage.objects.values_list("code")) == [("batch_unreadable",)]
    assert balanced()


@pytest.mark.parametrize("value", ["undefined", "0", "null", "", "00000000-0000-0000-0000-000000000000", "x" * 300])
def test_a_value_that_names_nobody_is_nobodys(value):
    send(track(userId=value, anonymousId="d1"), track(userId=value, messageId="m2", anonymousId="d1"))
    drain_all()
    assert [value for _, value in Identity.objects.values_list("namespace", "value")] == ["d1"]
    assert whole("count(*)") == [(2,)]


def test_a_repetition_is_taken_once_however_late():
    send(track(), track())
    drain_all()
    send(track(), received_at=NOON + timedelta(days=90))
    assert whole("count(*)") == [(1,)]
    assert sum(Drain.objects.values_list("repeats", flat=True)) == 2


def test_the_same_id_from_another_source_is_another_message():
    send(track())
    send(track(), source="site")
    assert whole("count(*)") == [(2,)]


def test_a_message_without_an_id_is_known_by_its_text_where_it_says_its_time():
    for _ in range(2):
        send(track(messageId=None), track(messageId=None, timestamp=None))
    assert whole("count(*)") == [(3,)]
