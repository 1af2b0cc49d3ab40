"""/api/audiences: whom a definition means. The language is described in docs/audience-language.md."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.insight import actions, audiences, queries
from siyu.core.insight.audiences.reading import find
from siyu.core.insight.models import Audience as Saved
from siyu.core.people.codes import number_of
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import EPOCH, After, Limit, Moment, NotFound, Page, code, cursor, place
from siyu.kit import clock

desk = Desk(tags=["audiences"])
EXAMPLE = {"version": 1, "where": {"trait": {"name": "orders", "op": ">=", "value": 2}}}
Definition = Annotated[dict[str, Any], Field(description="Of the audience language", examples=[EXAMPLE])]


class Audience(Schema):
    code: str
    name: str
    definition: dict[str, Any]
    by: str
    made_at: Moment
    changed_at: Moment


class NewAudience(Schema):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    definition: Definition


class Question(Schema):
    definition: Definition
    as_of: Annotated[Moment | None, Field(description="What happened before it; absent: all")] = None


class QuestionOfPerson(Question):
    person: str


class People(Schema):
    people: int


class Snapshot(Schema):
    taken_at: Moment
    people: int
    by: str


@desk.reads("/audiences", scope="audiences:read", gives=Page[Audience])
def list_audiences(request: HttpRequest, search: str = "", after: After = None, limit: Limit = 50) -> Any:
    """Saved audiences, the last changed first."""
    seen = place(after)
    start = seen[1] if seen else 0
    found = queries.saved_audiences(search=search[:100], start=start, limit=limit)
    end = start + limit
    return {"items": found["audiences"], "next": cursor((EPOCH, end)) if end < found["total"] else None}


@desk.writes("POST", "/audiences", scope="audiences:write", gives=Audience)
def create_audience(request: HttpRequest, body: NewAudience) -> Any:
    """Save a definition under a name."""
    made = actions.save_audience(name=body.name, definition=body.definition, by=signature(request), at=clock.now())
    return queries.one(made)


@desk.asks("/audiences/count", scope="audiences:read", gives=People)
def count_audience(request: HttpRequest, body: Question) -> Any:
    """How many people a definition means."""
    return {"people": audiences.count(body.definition, body.as_of)}


@desk.asks("/audiences/explain", scope="audiences:read", gives=dict[str, Any])
def explain_audience(request: HttpRequest, body: Question) -> Any:
    """How many people every part of a definition keeps, and what it says in words."""
    return audiences.explain(body.definition, body.as_of)


@desk.asks("/audiences/why", scope="audiences:read", gives=dict[str, Any])
def why_in_audience(request: HttpRequest, body: QuestionOfPerson) -> Any:
    """Why a person is in or out: every part of the definition, with what was measured."""
    return audiences.why(body.definition, number_of(body.person), body.as_of)


@desk.reads("/audiences/{audience}", scope="audiences:read", gives=Audience)
def get_audience(request: HttpRequest, audience: str) -> Any:
    """A saved audience."""
    return queries.one(saved(audience))


@desk.reads("/audiences/{audience}/members", scope="audiences:read", gives=Page[str])
def list_members(request: HttpRequest, audience: str, after: After = None, limit: Limit = 50) -> Any:
    """Codes of who is in it now. Somebody who comes or goes between two pages shifts nobody else."""
    seen = place(after)
    everyone = audiences.members(saved(audience).definition)
    start = int(everyone.searchsorted(seen[1], side="right")) if seen else 0
    shown = [int(one) for one in everyone[start : start + limit]]
    more = cursor((EPOCH, shown[-1])) if start + limit < len(everyone) else None
    return {"items": [code("per", one) for one in shown], "next": more}


@desk.reads("/audiences/{audience}/snapshots", scope="audiences:read", gives=list[Snapshot])
def list_snapshots(request: HttpRequest, audience: str, limit: Limit = 50) -> Any:
    """When its members were written down, and how many they were; the last first."""
    return queries.snapshots(saved(audience), limit=limit)


@desk.writes("POST", "/audiences/{audience}/snapshots", scope="audiences:write", gives=Snapshot)
def take_snapshot(request: HttpRequest, audience: str) -> Any:
    """Write down who is in it now."""
    return actions.take_snapshot(audience=saved(audience), by=signature(request), at=clock.now())


def saved(audience: str) -> Saved:
    """By its code only: names are for people, and change."""
    found = find(audience) if audience.startswith("aud_") else None
    if found is None:
        raise NotFound("no audience has that code")
    return found
