"""Reading what an address asks for, and what a form says; nonsense in an address reads as nothing."""

from collections.abc import Container
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from siyu.kit.refusals import Refused


class BadMoment(Refused):
    code = "bad_moment"
    status = 422


def whole(request: HttpRequest, name: str, default: int | None = None) -> int | None:
    """A whole number that a database can hold."""
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else default


def text(request: HttpRequest, name: str, longest: int = 100) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:longest]


def choice(request: HttpRequest, name: str, known: Container[str]) -> str:
    """One of the known words, or nothing."""
    said = request.GET.get(name, "")
    return said if said in known else ""


def clean(said: str, longest: int) -> str:
    return said.replace("\0", "").strip()[:longest]


def number_or_text(said: str) -> int | str:
    digits = said.removeprefix("-")
    return int(said) if digits.isascii() and digits.isdigit() and len(digits) < 16 else said


def moment(said: str) -> datetime | None:
    """As a browser's field says it, in the brand's zone."""
    if not said:
        return None
    try:
        return datetime.fromisoformat(said[:16]).replace(tzinfo=ZoneInfo(settings.SIYU.zone))
    except ValueError:
        raise BadMoment("that is no day and time") from None
