"""A registry: how the world writes its behaviour down, turned into one shape.

A dialect is SQL over lines. It finds the relation `parsed`, a row a message:

    line         as it was sent
    m            what `columns` name, read from the line; NULL where the line is no JSON
    kind         the namespace of the source's user ids
    received_at, and of the batch's head: sent_at, around_all (its context, as JSON), project

and answers with `$kept`, which it passes on, and the columns that `TOLD` names. All texts that are JSON stay text.
`moment(text)` reads a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from siyu.core.eventlog.directory import Claim

TOLD = {
    "fault": "VARCHAR",  # a code of `FAULTS`
    "name": "VARCHAR",
    "happened_at": "TIMESTAMPTZ",  # NULL: what was said is no time
    "timed": "BOOLEAN",  # whether the message says its time itself
    "id": "VARCHAR",
    "namespace": "VARCHAR",
    "value": "VARCHAR",
    "others": "STRUCT(namespace VARCHAR, value VARCHAR)[]",  # who else is the same person, says the message
    "rule": "VARCHAR",  # by which it says so
    "operation": "VARCHAR",  # on the traits
    "traits": "VARCHAR",
    "properties": "VARCHAR",
    "context": "VARCHAR",
    "personal": "VARCHAR",
}
FAULTS = {
    "unreadable": "the line is no JSON object",
    "encoding_wrong": "the line is not UTF-8",
    "nul_character": "a text holds a NUL character",
    "message_too_large": "the message is larger than its protocol allows",
    "type_unknown": "the message is of no known type",
    "user_missing": "the message does not say whose it is",
    "user_malformed": "the id of the user is no text",
    "event_missing": "the event has no name",
    "name_too_long": "the event's name has more than 200 characters",
    "name_reserved": "the name is one of those that this house announces itself",
    "message_id_too_long": "the id of the message is too long",
    "time_unreadable": "the time is none, or not between 1970 and 2200",
    "properties_malformed": "properties, traits or context are no JSON object",
    "too_deep": "properties or traits go deeper than 32 levels",
    "number_malformed": "a number is none, or too large to be kept",
    "batch_unreadable": "the batch cannot be unpacked",
    "hearing_failed": "a feature could not take it",
}


@dataclass(frozen=True)
class Dialect:
    columns: Mapping[str, str]
    sql: str
    longest: int = 32 * 1024
    """Bytes of a message."""
    longest_id: int = 100
    open: bool = True
    """Properties come as one heap: what is personal among them is found by its name."""


class Message(msgspec.Struct):
    """One thing that somebody did, in our own dialect."""

    name: str
    at: datetime
    id: str
    """Unique within its source, so that a repetition is known."""
    claim: Claim | None = None
    properties: dict[str, Any] = {}
    personal: dict[str, Any] = {}


DIALECTS: dict[str, Dialect] = {}


def register(name: str, dialect: Dialect) -> Dialect:
    DIALECTS[name] = dialect
    return dialect


from siyu.core.eventlog.dialects import segment, sensors, siyu  # noqa: E402  they register themselves

__all__ = ["DIALECTS", "FAULTS", "TOLD", "Dialect", "Message", "segment", "sensors", "siyu"]
