"""/api/events: behaviour in, events out. A batch is durable when it is answered, and in the lake seconds later."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Schema

from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.land import land
from siyu.core.insight import happenings
from siyu.core.people.codes import number_of
from siyu.core.people.namespaces import normal
from siyu.core.people.queries import Happening as Entry
from siyu.events import BY_NAME
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.happenings import Happening, happened
from siyu.interfaces.api.shapes import After, FromTheFuture, Limit, Moment, Page, code, cursor, past, place
from siyu.kit import clock
from siyu.kit.refusals import Refused

desk = Desk(tags=["events"])
MOST = 5_000
DEEPEST = 8
_decoder = msgspec.json.Decoder(list[Message])
_encoder = msgspec.json.Encoder()

TEXT = {"type": "string", "minLength": 1}
MESSAGES = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST,
    "items": {
        "type": "object",
        "required": ["name", "at", "id"],
        "properties": {
            "name": {**TEXT, "maxLength": 100, "examples": ["Product Viewed"]},
            "at": {"type": "string", "format": "date-time"},
            "id": {**TEXT, "maxLength": 200, "description": "Unique at its source: a repetition is taken once"},
            "claim": {
                "description": "Who did it: [namespace, value]",
                "anyOf": [
                    {"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2},
                    {"type": "null"},
                ],
            },
            "properties": {"type": "object"},
            "personal": {"type": "object", "description": "What says who somebody is: kept apart, and erasable"},
        },
    },
}
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": MESSAGES}}}}


class BadBatch(Refused):
    """All of a batch is taken, or none: one message that nobody can read would hold up the lake."""

    code = "bad_batch"
    status = 422


class Accepted(Schema):
    accepted: int


class Event(Happening):
    person: str | None


class Count(Schema):
    events: int
    people: int


@desk.writes("POST", "/events", scope="events:write", gives=Accepted, extra=BODY)
def send_events(request: HttpRequest) -> Any:
    """Land a batch of at most 5,000 messages; 200 means that it is durable. A repeated `id` is taken once."""
    messages = read(request.body)
    body = _encoder.encode_lines([judged(n, message) for n, message in enumerate(messages)])
    land(body, count=len(messages), source=signature(request), dialect="siyu", received_at=clock.now())
    return {"accepted": len(messages)}


def read(body: bytes) -> list[Message]:
    if b"\\u0000" in body:
        raise BadBatch("a text holds a NUL character")
    try:
        messages = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise BadBatch(f"this is no list of messages: {wrong}") from wrong
    if not 0 < len(messages) <= MOST:
        raise BadBatch(f"a batch holds 1 to {MOST} messages")
    return messages


def judged(place: int, message: Message) -> Message:
    """The message as it may land: whose value names nobody is nobody's."""
    if wrong := fault(message):
        raise BadBatch(f"message {place}: {wrong}")
    try:
        past(message.at)
    except FromTheFuture as ahead:
        raise FromTheFuture(f"message {place} ({message.id[:200]}): {ahead.message}") from ahead
    if message.claim:
        namespace, text = message.claim
        value = normal(namespace, text)
        message.claim = (namespace, value) if value else None
    return message


def fault(message: Message) -> str | None:
    if not 0 < len(message.name) <= 100 or not 0 < len(message.id) <= 200:
        return "`name` has 1 to 100 characters, `id` 1 to 200"
    if message.name in BY_NAME:
        return f"{message.name} is what this house says itself; see the other resources"
    if message.at.tzinfo is None or not 1970 <= message.at.year < 2200:
        return "`at` carries its offset and lies between 1970 and 2200"
    if message.claim and not 0 < len(message.claim[0]) <= 50:
        return "a namespace has 1 to 50 characters"
    if deeper(message.properties, DEEPEST) or deeper(message.personal, DEEPEST):
        return f"properties go at most {DEEPEST} levels deep"
    return None


def deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or deeper(one, levels - 1) for one in inside if isinstance(one, dict | list))


@desk.reads("/events", scope="events:read", gives=Page[Event])
def list_events(
    request: HttpRequest,
    *,
    name: str | None = None,
    person: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Events, newest first, as the lake tells them: ours and what was sent. What is personal stays out."""
    asked = ask(name, person, since, until)
    rows = happenings.recent(asked, before=place(after), limit=limit)
    more = cursor((rows[-1].at, rows[-1].position)) if len(rows) == limit else None
    return {"items": [outside(row) for row in rows], "next": more}


@desk.reads("/events/count", scope="events:read", gives=Count)
def count_events(
    request: HttpRequest,
    *,
    name: str | None = None,
    person: str | None = None,
    source: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Any:
    """How many events, of how many people; of a source: what it sent, not what we concluded."""
    events, people = happenings.count(ask(name, person, since, until, source))
    return {"events": events, "people": people}


def ask(
    name: str | None, person: str | None, since: datetime | None, until: datetime | None, source: str | None = None
) -> happenings.Asked:
    who = number_of(person) if person else None
    return happenings.Asked(name=name, person=who, since=since, until=until, source=source)


def outside(row: happenings.Happening) -> dict[str, Any]:
    entry = Entry(row.position, row.name, row.at, row.source, row.imported, row.body)
    return happened(entry) | {"person": None if row.person is None else code("per", row.person)}
