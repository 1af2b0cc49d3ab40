"""/api/people/{person}/check-ins and what else members earn by coming back."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.features.loyalty.checkin import actions as checking_in
from siyu.features.loyalty.checkin import cards, queries
from siyu.features.loyalty.who import NoSuchMember, member_of
from siyu.interfaces.api.desk import Desk, key_of
from siyu.interfaces.api.shapes import number
from siyu.kit import clock

desk = Desk(tags=["loyalty"])


class CheckIns(Schema):
    """Of a member, in days of the brand."""

    today: date
    done: Annotated[bool, Field(description="Checked in today")]
    streak: Annotated[int, Field(description="Days in a row, until today or yesterday")]
    longest: int
    total: int
    cards: Annotated[int, Field(description="Make-up cards left")]
    missed: Annotated[list[date], Field(description="Days that a card can still make up")]


class MissedDay(Schema):
    day: date


class NewCards(Schema):
    cards: Annotated[int, Field(ge=1, le=cards.MOST)]
    because: Annotated[str, Field(max_length=200)] = ""


@desk.reads("/people/{person}/check-ins", scope="loyalty:read", gives=CheckIns)
def get_check_ins(request: HttpRequest, person: str) -> Any:
    """Where a member stands with checking in."""
    return told(member(person))


@desk.writes("POST", "/people/{person}/check-ins", scope="loyalty:write", gives=CheckIns)
def check_in(request: HttpRequest, person: str) -> Any:
    """The member is here today; a second time is refused with `already_checked_in`."""
    checking_in.check_in(identity=(who := member(person)), at=clock.now())
    return told(who)


@desk.writes("POST", "/people/{person}/check-ins/make-up", scope="loyalty:write", gives=CheckIns)
def make_up(request: HttpRequest, person: str, body: MissedDay) -> Any:
    """Spend a card for a missed day."""
    checking_in.make_up(identity=(who := member(person)), day=body.day, at=clock.now())
    return told(who)


@desk.writes("POST", "/people/{person}/check-ins/cards", scope="loyalty:write", gives=CheckIns, keyed=True)
def grant_cards(request: HttpRequest, person: str, body: NewCards) -> Any:
    """Give make-up cards."""
    key = key_of(request)
    cards.grant(identity=(who := member(person)), cards=body.cards, key=key, because=body.because, at=clock.now())
    return told(who)


def member(person: str) -> int:
    found = member_of(number("per", person, "a person"))
    if found is None:
        raise NoSuchMember("that person is no member")
    return found


def told(who: int) -> dict[str, Any]:
    page = queries.page(who, month=None, at=clock.now())
    said = {name: getattr(page, name) for name in ("today", "done", "streak", "total", "cards", "missed")}
    return said | {"longest": page.best}
