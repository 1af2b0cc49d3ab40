"""/api/visitors: whose behaviour does not count, and the rules that say so."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.insight import visitors
from siyu.core.people.codes import number_of
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Limit, Moment, Page, code, number
from siyu.kit import clock

desk = Desk(tags=["visitors"])


class Rules(Schema):
    listed: Annotated[bool, Field(description="User agents of our own list are bots")] = True
    words: Annotated[list[str], Field(max_length=50, description="Pieces of other user agents that are bots")] = []
    pace: Annotated[int, Field(ge=0, le=1_000_000, description="Events in a minute that no person makes; 0: any")]


class InForce(Rules):
    by: str
    at: Moment | None
    applied_at: Annotated[Moment | None, Field(description="When it had been held against everything")]
    caught: Annotated[dict[str, int], Field(description="Visitors out by list, agent, pace and operator")]


class Excluded(Schema):
    person: str
    rule: str
    reason: str
    by: str
    at: Moment


class Reason(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class Grounds(Schema):
    reason: Annotated[str, Field(max_length=200)] = ""


class Moved(Schema):
    changed: Annotated[int, Field(description="Identities; 0: it was so already")]


@desk.reads("/visitors/excluded", scope="people:read", gives=Page[Excluded])
def list_excluded(request: HttpRequest, *, after: str | None = None, limit: Limit = 50) -> Any:
    """Visitors whose behaviour does not count, those first that went out last."""
    page = visitors.excluded(after=number("vis", after, "a place") if after else None, limit=limit)
    return {"items": page.rows, "next": code("vis", page.next) if page.next else None}


@desk.reads("/visitors/rules", scope="sources:read", gives=InForce)
def get_rules(request: HttpRequest) -> Any:
    """What is a bot, and how many each rule caught."""
    return told(visitors.in_force())


@desk.writes("PUT", "/visitors/rules", scope="sources:write", gives=InForce)
def change_rules(request: HttpRequest, body: Rules) -> Any:
    """From now on this is a bot, of the past too; the worker applies it to everything."""
    by, at = signature(request), clock.now()
    return told(visitors.rule(listed=body.listed, words=body.words, pace=body.pace, by=by, at=at))


@desk.writes("POST", "/people/{person}/exclude", scope="people:write", gives=Moved)
def exclude(request: HttpRequest, person: str, body: Reason) -> Any:
    """What this person looks at counts in no figure. Orders do."""
    by, at = signature(request), clock.now()
    return {"changed": visitors.exclude(person=number_of(person), reason=body.reason, by=by, at=at)}


@desk.writes("POST", "/people/{person}/readmit", scope="people:write", gives=Moved)
def readmit(request: HttpRequest, person: str, body: Grounds) -> Any:
    """It counts again, and no rule changes that."""
    by, at = signature(request), clock.now()
    return {"changed": visitors.readmit(person=number_of(person), reason=body.reason, by=by, at=at)}


def told(ruling: Any) -> dict[str, Any]:
    names = ("listed", "words", "pace", "by", "at", "applied_at")
    return {name: getattr(ruling, name) for name in names} | {"caught": visitors.excluded(limit=1).caught}
