"""The tracking plan says what comes in, and what comes otherwise than expected."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Expectation, Sighting, Violation
from siyu.core.eventlog.plan import BadSchema, event_names, expect, let_go, one_event, plan, sighting

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCHEMA = {
    "type": "object",
    "required": ["sku"],
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3},
        "price": {"type": "number", "minimum": 0, "maximum": 100},
        "kind": {"enum": ["tea", "cup"]},
    },
    "additionalProperties": False,
}


def send(*properties: dict, event: str = "Product Viewed", source: str = "app", first: int = 0) -> None:
    body = b"\n".join(
        json.dumps(
            {"type": "track", "event": event, "userId": "u", "messageId": f"{event}{n}", "properties": said,
             "timestamp": (NOON + timedelta(minutes=n)).isoformat()}
        ).encode()
        for n, said in enumerate(properties, first)
    )  # fmt: skip
    land(body, count=len(properties), source=source, dialect="segment", received_at=NOON + timedelta(hours=9))


def violations() -> dict[tuple[str, str], int]:
    drain_all()
    return {(v.property, v.fault): v.volume for v in Violation.objects.all()}


def test_it_works():
    send({"sku": "A", "price": 1}, {"sku": 7}, {"sku": "B", "tags": [1], "on": True, "deep": {}, "none": None})
    drain_all()
    send({"sku": "C"}, first=3)
    drain_all()
    [event] = Sighting.objects.filter(property="").exclude(event="")
    assert (event.source, event.event, event.volume) == ("app", "Product Viewed", 4)
    assert (event.first_at, event.last_at) == (NOON, NOON + timedelta(minutes=3))
    seen = {(s.property, s.type): s.volume for s in Sighting.objects.exclude(property="")}
    assert seen == {
        ("sku", "text"): 3, ("sku", "number"): 1, ("price", "number"): 1, ("tags", "list"): 1, ("on", "boolean"): 1,
        ("deep", "object"): 1, ("none", "null"): 1,
    }  # fmt: skip


def test_a_repetition_is_not_seen():
    send({"sku": "A"})
    send({"sku": "A"})
    drain_all()
    assert Sighting.objects.exclude(event="").get(property="").volume == 1


def test_of_many_messages_properties_are_sampled_and_events_are_exact(monkeypatch):
    monkeypatch.setattr(sighting, "SAMPLE", 10)
    send(*({"sku": "A"} for _ in range(100)))
    drain_all()
    assert [s.volume for s in Sighting.objects.exclude(event="").order_by("property")] == [100, 100]


def test_names_that_are_values_do_not_fill_the_plan(monkeypatch):
    monkeypatch.setattr(sighting, "MOST_PROPERTIES", 5)
    for turn in range(3):
        send(*({f"p{turn}-{n}": 1} for n in range(4)), first=turn * 10)
        drain_all()
    assert Sighting.objects.exclude(property="").count() == 5


def test_what_comes_otherwise_is_counted():
    expect(event="Product Viewed", schema=SCHEMA, by="ops", at=NOON)
    send({"sku": "A", "price": 5, "kind": "tea"}, {}, {"sku": 7}, {"sku": "abcd"}, {"sku": "A", "price": -1},
         {"sku": "A", "price": "5"}, {"sku": "A", "kind": "hat"}, {"sku": "A", "x": 1})  # fmt: skip
    send({}, event="Note Shared")
    assert violations() == {
        ("sku", "missing"): 1, ("sku", "type"): 1, ("sku", "pattern"): 1, ("sku", "maxLength"): 1,
        ("price", "minimum"): 1, ("price", "type"): 1, ("kind", "enum"): 1, ("x", "unexpected"): 1,
    }  # fmt: skip
    [row] = plan()[1:]
    assert row["expected"] == SCHEMA and len(row["violations"]) == 8
    assert [(r["event"], r["violations"], r["expected"]) for r in event_names()] == [
        ("Product Viewed", 8, True), ("Note Shared", 0, False)]  # fmt: skip
    assert one_event("Product Viewed")["expectation"]["by"] == "ops"


def test_another_expectation_begins_anew():
    expect(event="Product Viewed", schema=SCHEMA, by="ops", at=NOON)
    send({})
    assert violations()
    expect(event="Product Viewed", schema={"required": ["price"]}, by="ops", at=NOON)
    assert not violations()
    let_go(event="Product Viewed")
    assert not Expectation.objects.exists()


@pytest.mark.parametrize(
    "schema",
    [
        {},
        [],
        {"allOf": []},
        {"type": "array"},
        {"properties": {"a": {"type": "date"}}},
        {"properties": {"a": {"pattern": "("}}},
        {"properties": {"a": {"minimum": "much"}}},
        {"properties": {"a": {"format": "email"}}},
        {"properties": {"a": 1}},
        {"properties": {"": {"type": "string"}}},
        {"required": [1]},
        {"properties": {f"p{n}": {} for n in range(201)}},
    ],
)
def test_a_schema_that_cannot_be_asked_is_refused(schema):
    with pytest.raises(BadSchema):
        expect(event="x", schema=schema, by="ops", at=NOON)
