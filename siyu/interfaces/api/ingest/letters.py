"""What a Segment SDK sends, opened as little as possible: messages stay the bytes that they were.

Where the fast reader refuses a request, a lenient one looks which of its messages are at fault: JavaScript sends halves
of characters and Python sends NaN, and neither may cost the hundred messages beside it.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

import msgspec

from siyu.core.eventlog.land import Fault
from siyu.interfaces.api.ingest.door import TooLarge, Unreadable

MESSAGES = 2_500
"""In a request; SDKs send 100 at most."""
LONGEST = 32 * 1024
"""Bytes of a message."""
HEAD = 32 * 1024
"""Bytes of what a request says once for all of its messages."""


class Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: Any = None
    timestamp: Any = None
    context: Any = None
    integrations: Any = None
    writeKey: Any = None
    sent_at: Any = None
    api_key: Any = None
    """As PostHog calls the same."""


class One(msgspec.Struct):
    type: Any = None
    sentAt: Any = None
    writeKey: Any = None


@dataclass
class Letter:
    """A request: its messages, the key that it carries, and what it says once for all."""

    messages: list[Any]
    key: Any
    head: dict[str, Any]
    doubtful: bool = False
    """Only the lenient reader could open it."""


_batch = msgspec.json.Decoder(Batch)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(One)
_raw = msgspec.json.Decoder(msgspec.Raw)


def batch_of(body: bytes) -> Letter:
    doubtful = False
    try:
        read = _batch.decode(body)
        messages: list[Any] = read.batch
    except msgspec.ValidationError as wrong:
        raise Unreadable(f'a batch is {{"batch": […]}}: {wrong}', code="bad_batch") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        doubtful, (read, messages) = True, leniently(body, wrong)
    if not messages:
        raise Unreadable("the batch is empty", code="empty_batch")
    if len(messages) > MESSAGES:
        raise TooLarge(f"a request holds at most {MESSAGES:,} messages")
    said = {name: getattr(read, name) for name in ("sentAt", "timestamp", "context", "integrations")}
    if said["sentAt"] is None:
        said["sentAt"] = read.sent_at
    return Letter(messages, read.api_key if read.writeKey is None else read.writeKey, headed(said), doubtful)


def leniently(body: bytes, wrong: Exception) -> tuple[Batch, list[Any]]:
    """The same as the fast reader, message by message."""
    said = nearly(body, wrong)
    if not isinstance(said, dict) or not isinstance(said.get("batch"), list):
        raise Unreadable('a batch is {"batch": […]}', code="bad_batch")
    messages = [dumped(one) for one in said.pop("batch")]
    known = {name: said[name] for name in Batch.__struct_fields__ if name in said}
    return Batch(batch=[], **known), messages


def nearly(body: bytes, wrong: Exception) -> Any:
    """What is nearly JSON."""
    try:
        return json.loads(body.decode(errors="replace").removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        raise Unreadable(f"this is no JSON: {wrong}") from wrong


def dumped(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def records_of(body: bytes) -> Letter:
    """The messages of a bare list, or one that stands alone."""
    try:
        alone = body.lstrip()[:1] != b"["
        return Letter([_raw.decode(body.strip())] if alone else _list.decode(body), None, {})
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        said = nearly(body, wrong)
        return Letter([dumped(one) for one in (said if isinstance(said, list) else [said])], None, {}, doubtful=True)


def one_of(body: bytes, kind: str) -> Letter:
    """A request that is a message. The address says its type where it does not itself."""
    if len(body) > LONGEST:
        raise TooLarge(f"a message holds at most {LONGEST:,} bytes")
    try:
        read = _one.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Unreadable(f"the body is no JSON object: {wrong}") from wrong
    message = body.strip()
    if read.type is None:
        rest = message[1:].lstrip()
        message = b'{"type":"%b"%b%b' % (kind.encode(), b"" if rest.startswith(b"}") else b",", rest)
    return Letter([message], read.writeKey, headed({"sentAt": read.sentAt}))


def headed(said: dict[str, Any]) -> dict[str, Any]:
    head = {name: value for name, value in said.items() if value is not None}
    try:
        text = msgspec.json.encode(head)
    except (RecursionError, UnicodeEncodeError, ValueError) as wrong:
        raise Unreadable(f"what the batch says once for all cannot be kept: {wrong}") from wrong
    if len(text) > HEAD:
        raise TooLarge(f"what a batch says once for all holds at most {HEAD:,} bytes")
    return msgspec.json.decode(text.replace(b"\\u0000", b"\\ufffd")) if b"\\u0000" in text else head


first_byte = struct.Struct("c").unpack_from
OPENS = {(b"{",)}


def sorted_out(letter: Letter) -> tuple[bytes, int, list[Fault]]:
    """One message a line, how many, and what cannot be taken. All is well nearly always, which a few looks tell."""
    messages = letter.messages
    body = b"\n".join(messages)
    well = (
        not letter.doubtful
        and body.count(b"\n") == len(messages) - 1
        and b"\r" not in body
        and max(map(len, messages)) <= LONGEST
        and set(map(first_byte, messages)) == OPENS
        and (body.isascii() or is_text(body))
    )
    return (body, len(messages), []) if well else one_by_one(messages)


def is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def one_by_one(messages: list[Any]) -> tuple[bytes, int, list[Fault]]:
    good: list[bytes] = []
    faults: list[Fault] = []
    for ordinal, raw in enumerate(map(bytes, messages)):
        if wrong := fault(raw):
            faults.append(Fault(ordinal, *wrong, raw.decode(errors="replace")))
        else:
            good.append(msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw)
    return b"\n".join(good), len(good), faults


def fault(raw: bytes) -> tuple[str, str] | None:
    if len(raw) > LONGEST:
        return "too_large", f"a message holds at most {LONGEST:,} bytes, this one {len(raw):,}"
    if not raw.startswith(b"{"):
        return "no_object", "a message is a JSON object"
    if not is_text(raw):
        return "bad_text", "a message is text in utf-8"
    try:
        _raw.decode(raw)
    except (msgspec.DecodeError, RecursionError) as wrong:
        return "bad_json", f"the message is no JSON: {wrong}"
    return None
