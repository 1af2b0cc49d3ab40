"""What a house's form has to say: how a message is asked for, whether it was taken, and what receipts tell."""

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest

from siyu.core.outreach.channels import Doubtful, Message, NotSent, NotTaken
from siyu.core.outreach.receipts import ByReference
from siyu.interfaces.connectors.hooks.account import LEAST, House
from siyu.interfaces.connectors.hooks.signing import Forged
from siyu.kit.refusals import Refused

CHINA = ZoneInfo("Asia/Shanghai")


class BadReceipts(Refused):
    code = "bad_receipts"
    status = 422


class Asked(NamedTuple):
    """A POST, signed."""

    url: str
    headers: dict[str, str]
    body: bytes


class Form(Protocol):
    def asked(self, house: House, message: Message, at: datetime) -> Asked: ...

    def taken(self, status: int, answer: bytes, message: Message) -> str:
        """What the house calls it; raises NotSent where it was not taken."""
        ...

    def genuine(self, house: House, request: HttpRequest, body: bytes, at: datetime) -> None: ...

    def heard(self, body: bytes) -> list[ByReference]: ...

    def thanks(self, words: Sequence[str]) -> dict[str, Any]: ...


def digest(key: bytes, said: str) -> bytes:
    return hmac.new(key, said.encode(), hashlib.sha256).digest()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def canonical(method: str, query: str, headers: dict[str, str], body: bytes) -> tuple[str, str]:
    """(the SHA-256 of a request in the one way to write it, names of what is signed of its head)"""
    names = ";".join(sorted(headers))
    head = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    return sha256("\n".join([method, "/", query, head, names, sha256(body)]).encode()), names


def said_in(status: int, answer: bytes) -> dict[str, Any]:
    """A cloud says in JSON what it did; where it says nothing, nobody knows."""
    try:
        return msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        raise Doubtful(f"the cloud answered {status}, and did not say what it did") from None


def refused(code: str, for_good: Collection[str]) -> NotSent:
    return (NotTaken if code in for_good else NotSent)(f"the cloud refuses it: {code[:60]}")


def by_word(house: House, request: HttpRequest, body: bytes, at: datetime) -> None:
    """Clouds sign no receipts: the address that they call holds a word which nobody else knows."""
    word = request.GET.get("key", "")
    if len(house.receipts) < LEAST or not hmac.compare_digest(word.encode(), house.receipts.encode()):
        raise Forged("that is not the address that was given to the cloud")


def told_in[T](body: bytes, kind: type[T]) -> list[T]:
    try:
        return msgspec.json.decode(body, type=list[kind])  # type: ignore[valid-type]
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadReceipts(f"a list of receipts is asked for: {wrong}") from None


def moment(text: str) -> datetime:
    """Clouds write times by the clock in Beijing."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        raise BadReceipts("a receipt says its time as 2026-05-01 12:00:00") from None
