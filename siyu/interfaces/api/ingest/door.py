"""What all protocols share: how a body is read, how a yes and a no are answered.

Sessions, cookies, CSRF and redirects are for people; a sender meets none of them (`standing` tells where it comes in).
A sender from any page of the web is answered (CORS).
"""

import logging
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db import InterfaceError, OperationalError

from siyu.core.eventlog import sources
from siyu.core.eventlog.pressure import gauge
from siyu.core.eventlog.sources import Known
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.ingest")


class Knock(NamedTuple):
    """A request, as the server hands it over."""

    method: str
    path: str
    META: Mapping[str, Any]

    @property
    def host(self) -> str:
        """How the sender calls this house."""
        return self.META.get("HTTP_HOST") or self.META.get("SERVER_NAME", "")

    @property
    def scheme(self) -> str:
        return "https" if settings.SIYU.secure else self.META.get("wsgi.url_scheme", "http")


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


View = Callable[[Knock], Answer]
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, Dry-Run, X-Retry-Count",
    "Access-Control-Max-Age": "86400",
}
JSON = {"Content-Type": "application/json"}
AGAIN = "5"
"""Seconds after which a sender that was sent away should come again."""
GZIP = b"\x1f\x8b"


class Unreadable(Refused):
    code = "bad_json"


class TooLarge(Refused):
    code = "too_large"
    status = 413


class BadKey(Refused):
    code = "bad_write_key"
    status = 401


class Behind(Refused):
    code = "too_many_events"
    status = 429


class NotHere(Refused):
    code = "not_found"
    status = 404


class WrongMethod(Refused):
    code = "method_not_allowed"
    status = 405


def served(view: View, request: Knock) -> Answer:
    if request.method == "OPTIONS":
        return sent(b"", 200, {})
    try:
        return view(request)
    except Refused as no:
        if no.status >= 500:  # a sender's fault is the sender's news
            log.error("%s %s: %s", no.status, request.path, no.message)
        return refused(no)
    except (OperationalError, InterfaceError):
        log.exception("a batch could not be taken")
        return refused(Unstorable("the database cannot be reached"))


class Unstorable(Refused):
    code = "not_stored"
    status = 503


def refused(no: Refused) -> Answer:
    headers = {"Retry-After": AGAIN} if no.status in (429, 503) else {}
    return answer(no.as_dict(), no.status, headers)


def answer(told: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return sent(msgspec.json.encode(told), status, {**JSON, **(headers or {})})


def sent(body: bytes, status: int, headers: Mapping[str, str]) -> Answer:
    """With its length, without which a server answers in chunks that some senders cannot read."""
    return Answer(status, body, {**CORS, "Content-Length": str(len(body)), **headers})


def body_of(request: Knock, most: int) -> bytes:
    """The body as it was meant, unzipped where it is zipped, whatever its headers call it."""
    body = received(request, most)
    return unzipped(body, most) if body.startswith(GZIP) else body


def received(request: Knock, most: int) -> bytes:
    """As it came over the wire. Who does not say how much it sends (chunked) is read to the end, or to `most`."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    size = most + 1 if chunked else int(said) if said.isdigit() and len(said) < 20 else 0
    if size > most and not chunked:
        raise TooLarge(f"a request holds at most {most:,} bytes")
    try:
        body = whole(request.META["wsgi.input"], size)
    except OSError as gone:
        raise Unreadable("the body ended before its end", code="body_incomplete") from gone
    if len(body) > most:
        raise TooLarge(f"a request holds at most {most:,} bytes")
    return body


def whole(stream: Any, size: int) -> bytes:
    """So many bytes, or as many as there are: a server may hand them over in pieces."""
    body = stream.read(size) if size else b""
    while len(body) < size and (more := stream.read(size - len(body))):
        body += more
    return body


def unzipped(body: bytes, most: int) -> bytes:
    """Never more than `most` bytes of it are made, however much it says that it is."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(body, most + 1)
    except zlib.error as wrong:
        raise Unreadable(f"the body is no gzip: {wrong}", code="bad_gzip") from wrong
    if len(plain) > most:
        raise TooLarge(f"a request holds at most {most:,} bytes after decompression")
    if not inflate.eof or inflate.unused_data:
        raise Unreadable("the gzip ends before or after its end", code="bad_gzip")
    return plain


def owner(key: object, protocol: str) -> Known:
    """The source that the key opens."""
    source = sources.open_by_key(key) if isinstance(key, str) else None
    if source is None or source.protocol != protocol:
        raise BadKey("no open source has this key; `siyu source create` makes one")
    return source


def not_overrun() -> None:
    if gauge.behind():
        raise Behind("more has come in than the house can take just now; come again")


def retries_of(request: Knock) -> int:
    """How often the sender says that it has tried before."""
    said = request.META.get("HTTP_X_RETRY_COUNT", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
