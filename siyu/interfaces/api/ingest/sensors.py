"""Sensors Analytics (神策): /sa, /sa.gif and /debug. The address is the secret; records come as base64 in a form.

A sender's thread dies for good on its first error, so whatever comes with a good token is answered with 200 and what
cannot be taken is kept aside. When the lake falls behind, the answer takes its time instead of being a no.
"""

import base64
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec
import numpy as np

from siyu.core.eventlog.land import Fault, land
from siyu.core.eventlog.pressure import gauge
from siyu.interfaces.api.ingest.door import (
    GZIP,
    Answer,
    Knock,
    TooLarge,
    Unreadable,
    View,
    WrongMethod,
    answer,
    body_of,
    owner,
    retries_of,
    sent,
    unzipped,
)
from siyu.interfaces.api.ingest.letters import records_of, sorted_out
from siyu.kit import clock
from siyu.kit.refusals import Refused

MOST = 16 * 2**20
"""Bytes of a request, and of what is in it after decompression."""
BREATH = 1.0
"""Seconds that an answer waits while the lake is behind."""
AT_ONCE = 4
"""Answers that wait so at the same time; the threads that are left are for everybody else."""
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SHOWN = 64 * 1024
"""Characters kept of what could not even be opened."""
PROFILE = ["profile_set", "profile_set_once", "profile_increment", "profile_append", "profile_unset", "profile_delete"]
KINDS = {"track", "track_signup", "track_id_bind", "track_id_unbind", *PROFILE, "item_set", "item_delete"}

breathing = threading.BoundedSemaphore(AT_ONCE)


class BadRecord(Refused):
    """Said by /debug only: who tries out an integration wants to know."""

    code = "bad_record"


class Opened(NamedTuple):
    body: bytes
    records: int
    faults: list[Fault]


def deliver(request: Knock) -> Answer:
    """/sa: 200 means that all of it is kept, what could be taken and what could not."""
    source, asked = addressed(request)
    keep(request, source, asked, opened(request, asked))
    if gauge.behind() and breathing.acquire(blocking=False):
        try:
            time.sleep(BREATH)
        finally:
            breathing.release()
    return answer({"success": True})


def picture(request: Knock) -> Answer:
    """/sa.gif: the same for a browser that asks for a picture."""
    deliver(request)
    return sent(GIF, 200, {"Content-Type": "image/gif", "Cache-Control": "no-store"})


def debug(request: Knock) -> Answer:
    """/debug: says what is wrong; keeps what is right, unless it is a dry run."""
    source, asked = addressed(request)
    found = opened(request, asked)
    if wrong := [fault.reason for fault in found.faults] or [w for w in map(why_not, found.body.splitlines()) if w]:
        raise BadRecord("; ".join(wrong[:10]))
    if request.META.get("HTTP_DRY_RUN", "").lower() != "true":
        keep(request, source, asked, found)
    return answer({"success": True})


def addressed(request: Knock) -> tuple[str, dict[str, str]]:
    """The source behind the token, and what the address asks."""
    if request.method not in ("GET", "POST"):
        raise WrongMethod("this address takes GET and POST")
    asked = fields(request.META.get("QUERY_STRING", ""))
    return owner(asked.get("token"), "sensors").name, asked


def keep(request: Knock, source: str, asked: dict[str, str], found: Opened) -> None:
    land(
        found.body,
        count=found.records,
        source=source,
        dialect="sensors",
        received_at=clock.now(),
        retries=retries_of(request),
        head={"project": asked.get("project", "default")[:100].replace("\0", "")},
        faults=found.faults,
    )


def opened(request: Knock, asked: dict[str, str]) -> Opened:
    """What the request holds; where it cannot be opened, the request itself as the one thing that failed."""
    said = ""
    try:
        form = asked if request.method == "GET" else posted(request)
        said = form.get("data_list") or form.get("data") or ""
        check(said, form.get("ext") or asked.get("ext", ""))
        letter = records_of(plain(said))
        if not letter.messages:
            raise Unreadable("the list is empty", code="empty_request")
        return Opened(*sorted_out(letter))
    except (Unreadable, TooLarge) as wrong:
        return Opened(b"", 0, [Fault(0, wrong.code, wrong.message, said[:SHOWN])])


def posted(request: Knock) -> dict[str, str]:
    """The form in the body, or the JSON where somebody sends it bare."""
    body = body_of(request, MOST)
    if body.lstrip()[:1] in (b"{", b"["):
        return {"data_list": base64.b64encode(body).decode()}
    return fields(body.decode("latin-1"))


def fields(text: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=50).items()}
    except ValueError as wrong:
        raise Unreadable(f"this is no form: {wrong}", code="bad_form") from wrong


def plain(said: str) -> bytes:
    """base64, and gzip where it is; a plus that was not escaped has become a blank."""
    if not said:
        raise Unreadable("neither `data` nor `data_list` is there", code="empty_request")
    try:
        body = base64.b64decode(said.replace(" ", "+").rstrip("=") + "==")
    except ValueError as wrong:
        raise Unreadable(f"this is no base64: {wrong}", code="bad_base64") from wrong
    return unzipped(body, MOST) if body.startswith(GZIP) else body


def check(said: str, ext: str) -> None:
    """`ext` holds crc=<n>, a hash of the base64 text by which a cut address shows."""
    crc = fields(ext).get("crc", "")
    if crc.lstrip("-").isdecimal() and len(crc) < 12 and int(crc) != hashed(said.replace(" ", "+")):
        raise Unreadable("the checksum is another one: something was lost on the way", code="crc_wrong")


def hashed(text: str) -> int:
    """Java's and JavaScript's: h = 31 h + c, in 32 bits with a sign."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16).astype(np.uint32)
    powers = np.full(len(codes), 31, np.uint32)
    powers[:1] = 1
    total = int((codes[::-1] * np.multiply.accumulate(powers)).sum(dtype=np.uint32)) if len(codes) else 0
    return total - 2**32 if total >= 2**31 else total


def why_not(line: bytes) -> str | None:
    try:
        record: dict[str, Any] = msgspec.json.decode(line)
    except msgspec.DecodeError as wrong:  # a number that no computer holds
        return str(wrong)
    kind = record.get("type")
    if kind not in KINDS:
        return f"there is no type {str(kind)[:50]!r}"
    if not kind.startswith("item") and not (record.get("distinct_id") or record.get("identities")):
        return f"a {kind} names a distinct_id"
    if kind == "track" and not isinstance(record.get("event"), str):
        return "a track names its event"
    if not isinstance(record.get("properties", {}), dict):
        return "properties are an object"
    return None


VIEWS: dict[str, View] = {"/sa": deliver, "/sa.gif": picture, "/debug": debug}
