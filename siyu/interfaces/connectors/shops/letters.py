"""What all shops share: how a letter is opened and how the cells of its JSON are read."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from siyu.core.eventlog.directory import Claim
from siyu.core.people import namespaces
from siyu.features.commerce.shops.told import Told
from siyu.kit import money
from siyu.kit.refusals import Refused

LONGEST = 100


class BadLetter(Refused):
    code = "bad_letter"
    status = 422


class Forged(Refused):
    code = "bad_signature"
    status = 401


class Letter(NamedTuple):
    topic: str
    key: str
    """The shop's number of this delivery."""
    signature: str


@dataclass(frozen=True)
class Kind:
    """A shop system. `headers`: names of its headers with topic, delivery and signature."""

    headers: Letter
    read: Callable[[str, dict[str, Any], "Ground"], Told]
    ping: Callable[[bytes], bool] = lambda body: False
    """Whether that is the unsigned greeting by which the system tries the address."""

    def letter(self, headers: Mapping[str, str], body: bytes) -> Letter:
        topic, key, signature = (headers.get(name, "").strip() for name in self.headers)
        printable = key if 0 < len(key) <= LONGEST and key.isprintable() else ""
        return Letter(
            topic[:LONGEST], printable or hashlib.sha256(f"{topic}\n{key}\n".encode() + body).hexdigest(), signature
        )


class Ground(NamedTuple):
    """What a body alone does not say."""

    source: str
    currency: str
    at: datetime


def genuine(body: bytes, secret: str, signature: str) -> bool:
    """HMAC-SHA256 of the body as it came, in base64; compared in constant time."""
    wanted = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
    return bool(secret) and hmac.compare_digest(wanted, signature.encode(errors="replace"))


def opened(body: str | bytes) -> dict[str, Any]:
    raw = body.encode(errors="replace") if isinstance(body, str) else body
    try:
        said = msgspec.json.decode(raw.replace(b"\\u0000", b"\\ufffd"), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise BadLetter(f"the body is no JSON object: {wrong}") from wrong
    return said


def name_of(value: Any, what: str) -> str:
    """A number or a code as it is kept."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not 0 < len(str(value)) <= LONGEST:
        raise BadLetter(f"{what} is missing or no code: {str(value)[:50]!r}")
    return str(value)


def text(value: Any, longest: int = 300) -> str:
    return value[:longest] if isinstance(value, str) else ""


def rows(said: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = said.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or len(found) > 1000:
        raise BadLetter(f"`{name}` is no list of at most 1,000 objects")
    return found


def part(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def amount(value: Any, what: str) -> Decimal:
    """As it is written; nothing is zero."""
    if value is None or value == "":
        return Decimal(0)
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value))
        if not number.is_finite() or abs(number) >= 10**12:
            raise InvalidOperation
    except InvalidOperation:
        raise BadLetter(f"`{what}` is no amount: {str(value)[:50]!r}") from None
    return number


def minor(number: Decimal, currency: str) -> int:
    return (-1 if number < 0 else 1) * money.minor(abs(number), currency)


def pieces(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise BadLetter(f"`quantity` is no number of pieces: {str(value)[:50]!r}")
    return value


def moment(value: Any, what: str) -> datetime | None:
    """One without a zone is in UTC."""
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadLetter(f"`{what}` is no moment: {str(value)[:50]!r}") from None
    if not 1970 <= found.year <= 2999:
        raise BadLetter(f"`{what}` is out of range: {value}")
    return found


def currency(value: Any, ground: Ground) -> str:
    found = value or ground.currency
    if not isinstance(found, str) or len(found) != 3 or not found.isascii() or not found.isalpha():
        raise BadLetter(f"`currency` is no ISO code: {str(value)[:20]!r}")
    return found.upper()


def claims(*said: tuple[str, Any]) -> list[Claim]:
    """Those that name somebody, each once; masked numbers and placeholders do not."""
    found: dict[Claim, None] = {}
    for namespace, value in said:
        if isinstance(value, str | int) and not isinstance(value, bool):
            normal = namespaces.normal(namespace, str(value))
            if normal:
                found[namespace, normal] = None
    return list(found)
