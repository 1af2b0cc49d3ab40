"""What goes through the door: moments, cursors, pages, problems."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from django.conf import settings
from ninja import Query, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from siyu.kit import clock, codes
from siyu.kit.refusals import Refused

MOST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(Refused):
    code = "bad_cursor"
    status = 422


class NotFound(Refused):
    code = "not_found"
    status = 404


class FromTheFuture(Refused):
    """What is newest wins: a moment that is far off would win for ever."""

    code = "from_the_future"
    status = 422


def written_out(value: Any) -> Any:
    """A number is no moment: seconds or milliseconds, and of which day?"""
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value and "T" in value.upper()):
        return value
    raise ValueError("a moment is written as 2026-05-01T12:00:00+08:00, with its offset")


def sensible(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 2200:
        raise ValueError("a moment lies between 1970 and 2200")
    return moment.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(written_out),
    AfterValidator(sensible),
    Field(description="ISO 8601 with its offset", examples=["2026-05-01T12:00:00+08:00"]),
]
AHEAD = timedelta(hours=1)
"""How far a sender's clock may go wrong."""


def past(moment: datetime) -> datetime:
    if moment > clock.now() + AHEAD:
        raise FromTheFuture(f"{moment.isoformat()} is more than an hour ahead of this house's clock")
    return moment


Past = Annotated[Moment, AfterValidator(past)]
"""When something was so, as a write tells it."""
Limit = Annotated[int, Query(50, ge=1, le=MOST)]
After = Annotated[str | None, Query(None, max_length=100, description="`next` of the page before")]
Amount = Annotated[int, Field(ge=-(2**62), le=2**62, description="Minor units of the base currency")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=100)]


class Problem(Schema):
    """An expected no. `code` is for programs and stays; `message` is for people."""

    code: str
    message: str
    detail: list[dict[str, Any]] | None = None


class Page[T](Schema):
    """`next` is the `after` of the following page; null: that was all."""

    items: list[T]
    next: str | None


def code(prefix: str, number: int) -> str:
    return codes.encode(prefix, number, settings.SECRET_KEY)


def number(prefix: str, text: str, what: str) -> int:
    found = codes.decode(prefix, text, settings.SECRET_KEY)
    if found is None:
        raise NotFound(f"{text[:40]!r} is no code of {what}: those begin with {prefix}_")
    return found


def cursor(place: tuple[datetime, int] | None) -> str | None:
    """A place in a list by time and number, as a program may keep it."""
    if place is None:
        return None
    return f"{(place[0] - EPOCH) // timedelta(microseconds=1):x}.{code('cur', place[1])}"


def place(text: str | None) -> tuple[datetime, int] | None:
    """The place behind a cursor."""
    if not text:
        return None
    time, _, tail = text.partition(".")
    number = codes.decode("cur", tail, settings.SECRET_KEY)
    try:
        at = EPOCH + timedelta(microseconds=int(time, 16))
    except (ValueError, OverflowError):
        number = None
    if number is None:
        raise BadCursor("`after` is not what a page gave as `next`")
    return at, number
