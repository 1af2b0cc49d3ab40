"""/api/people/{person}/check-ins and what else members earn by coming back."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.features.loyalty.badges import actions as honours
from siyu.features.loyalty.badges import queries as worn
from siyu.features.loyalty.checkin import actions as checking_in
from siyu.features.loyalty.checkin import cards, queries
from siyu.features.loyalty.levels import queries as levels
from siyu.features.loyalty.tasks import queries as tasks
from siyu.features.loyalty.who import NoSuchMember, member_of
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.shapes import Moment, code, number
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


class TaskStep(Schema):
    title: str
    event: str
    done: int
    needed: int


class MemberTask(Schema):
    code: str
    title: str
    text: str
    kind: str
    steps: list[TaskStep]
    gives: Annotated[list[str], Field(description="In words")]
    completed_at: Moment | None
    ends_at: Moment | None


class BadgeShape(Schema):
    code: str
    name: str
    text: str
    retired: bool
    worn: Annotated[int, Field(description="By how many members")]


class WornBadge(Schema):
    badge: str
    name: str
    awarded_at: Moment
    certificate: Annotated[str | None, Field(description="The public code, where there is one")]


class NewAward(Schema):
    badge: str
    because: Annotated[str, Field(max_length=200)] = ""


class TakenBack(Schema):
    badge: str
    because: Annotated[str, Field(min_length=1, max_length=200)]


@desk.reads("/people/{person}/tasks", scope="loyalty:read", gives=list[MemberTask])
def list_member_tasks(request: HttpRequest, person: str) -> Any:
    """Open tasks and how far a member has come with them today."""
    shown = tasks.of_member(member(person), at=clock.now())
    return [{**vars(one), "code": code("tsk", one.number), "gives": one.things} for one in shown]


@desk.reads("/badges", scope="loyalty:read", gives=list[BadgeShape])
def list_badges(request: HttpRequest) -> Any:
    """All badges, and how many wear them."""
    return [
        {"code": code("bdg", row.badge.pk), "name": row.badge.name, "text": row.badge.text, "worn": row.worn}
        | {"retired": row.badge.retired_at is not None}
        for row in worn.overview()
    ]


@desk.reads("/people/{person}/badges", scope="loyalty:read", gives=list[WornBadge])
def list_member_badges(request: HttpRequest, person: str) -> Any:
    """What a member wears."""
    return badges_of(member(person))


@desk.writes("POST", "/people/{person}/badges", scope="loyalty:write", gives=list[WornBadge], keyed=True)
def award_badge(request: HttpRequest, person: str, body: NewAward) -> Any:
    """Award a badge; who wears it already is refused."""
    who, key = member(person), key_of(request)
    honours.award(
        badge=number("bdg", body.badge, "a badge"), identity=who, key=key, because=body.because,
        by=signature(request), at=clock.now(),
    )  # fmt: skip
    return badges_of(who)


@desk.writes("POST", "/people/{person}/badges/revoke", scope="loyalty:write", gives=list[WornBadge])
def revoke_badge(request: HttpRequest, person: str, body: TakenBack) -> Any:
    """Take a badge back; a certificate of it is valid no more."""
    who = member(person)
    honours.take_back(
        badge=number("bdg", body.badge, "a badge"), identity=who, because=body.because, by=signature(request),
        at=clock.now(),
    )  # fmt: skip
    return badges_of(who)


def badges_of(who: int) -> list[dict[str, Any]]:
    return [
        {
            "badge": code("bdg", one.badge.pk),
            "name": one.badge.name,
            "awarded_at": one.at,
            "certificate": one.code or None,
        }
        for one in worn.of_member(who)
        if one.at
    ]


class LevelPart(Schema):
    name: str
    number: Annotated[int, Field(description="Of the metric in its window")]
    points: int


class MemberLevel(Schema):
    level: Annotated[str | None, Field(description="null: none yet")]
    since: Moment | None
    score: int
    next: Annotated[str | None, Field(description="null: the highest, or no scheme is in force")]
    missing: Annotated[int, Field(description="Score that the next level still takes")]
    keeps_until: Annotated[Moment | None, Field(description="End of the grace, where the numbers no longer suffice")]
    locked_until: Moment | None
    dimensions: list[LevelPart]


class LevelStep(Schema):
    at: Moment
    before: int
    after: int
    because: str
    numbers: dict[str, int]


@desk.reads("/people/{person}/level", scope="loyalty:read", gives=MemberLevel)
def get_member_level(request: HttpRequest, person: str) -> Any:
    """Where a member stands, and the way to the next level."""
    one = levels.of_member(member(person), at=clock.now())
    if one is None:
        return NO_LEVEL
    return {**vars(one), "level": one.level or None, "next": one.next or None, "since": one.since if one.rank else None}


@desk.reads("/people/{person}/level/history", scope="loyalty:read", gives=list[LevelStep])
def list_level_changes(request: HttpRequest, person: str) -> Any:
    """Every step up or down with the numbers that caused it, newest first."""
    return [vars(one) for one in levels.history(member(person))]


NO_LEVEL: dict[str, Any] = {"level": None, "since": None, "score": 0, "next": None, "missing": 0, "keeps_until": None,
            "locked_until": None, "dimensions": []}  # fmt: skip
