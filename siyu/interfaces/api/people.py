"""/api/people, /api/tags."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.people import actions, models, queries
from siyu.core.people.codes import number_of
from siyu.core.people.graph import deciding
from siyu.core.people.graph import queries as graph
from siyu.core.people.namespaces import claimed
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.happenings import Happening, happened
from siyu.interfaces.api.shapes import After, Label, Limit, Moment, Page, Past, Text, code, cursor, number, place
from siyu.kit import clock

desk = Desk(tags=["people"])
Value = str | int | float | bool | None
Traits = Annotated[
    dict[str, Annotated[Value | list[Value], Field(union_mode="left_to_right")]],
    Field(max_length=100, description="name: text, number, true, false, null, or a list of them"),
]


class Identity(Schema):
    namespace: Annotated[str, Field(min_length=1, max_length=50, examples=["phone"])]
    value: Annotated[Text, Field(examples=["13800000001"])]


class Person(Schema):
    code: str
    name: str
    since: Moment
    identities: list[Identity]
    tags: list[str]


class Known(Identity):
    source: str
    seen_at: Moment


class Trait(Schema):
    name: str
    value: Any
    source: str
    at: Moment
    private: Annotated[bool, Field(description="It says who somebody is: a name, a phone, an address")]


class Carried(Schema):
    code: str
    group: str
    name: str
    by: str
    at: Moment


class PersonDetail(Schema):
    code: str
    name: str
    since: Moment
    identities: list[Known]
    traits: list[Trait]
    tags: list[Carried]


class Tag(Schema):
    code: str
    group: str
    name: str
    exclusive: bool
    retired_at: Moment | None


class Changed(Schema):
    changed: Annotated[int, Field(description="0: it was so already")]


class Learnt(Schema):
    changed: Annotated[list[str], Field(description="The traits that were not known as fresh before")]


class Met(Learnt):
    code: str


class Description(Schema):
    traits: Traits = {}
    private: Annotated[Traits, Field(description="What says who somebody is: name, phone, address")] = {}
    source: Label
    at: Annotated[Past, Field(description="When it was so; the newest wins whatever the order of arrival")]


class Introduction(Description):
    identity: Identity
    also: Annotated[list[Identity], Field(max_length=20, description="What else they are known as: evidence")] = []


class NewTag(Schema):
    group: Annotated[str, Field(min_length=1, max_length=50)]
    name: Annotated[str, Field(min_length=1, max_length=50)]
    exclusive: Annotated[bool | None, Field(description="A person carries at most one tag of the group")] = None


class Tied(Identity):
    seen_at: Moment


class Evidence(Schema):
    code: str
    a: Tied
    b: Tied
    rule: Annotated[str, Field(description="What ties them: identify, login, order, import, api, manual …")]
    source: str
    at: Annotated[Moment, Field(description="When it was first seen")]
    refused: Annotated[str, Field(description="The guard that keeps the two apart all the same; empty: none")]
    withdrawn_at: Moment | None


class Decided(Schema):
    code: str
    kind: Annotated[str, Field(description="join or split")]
    by: str
    at: Moment


class Why(Schema):
    code: str
    evidence: list[Evidence]
    contested: list[Evidence]
    withdrawn: list[Evidence]
    decisions: list[Decided]


class Other(Schema):
    person: Annotated[str, Field(description="The code of the person that is the same")]


class Leaving(Schema):
    identities: Annotated[list[Identity], Field(min_length=1, max_length=200)]


class Crowd(Schema):
    people: Annotated[list[str], Field(min_length=1, max_length=1000)]


@desk.reads("/people", scope="people:read", gives=Page[Person])
def list_people(
    request: HttpRequest, search: str | None = None, tag: str | None = None, after: After = None, limit: Limit = 50
) -> Any:
    """People, newest first. `search` is a code, a value that somebody is known by, or a part of a name."""
    tag_number = number("tag", tag, "a tag") if tag else None
    page = queries.people(search and search[:200], tag_number, place(after), limit)
    return {"items": page.rows, "next": cursor(page.next)}


@desk.writes("POST", "/people", scope="people:write", gives=Met)
def introduce(request: HttpRequest, body: Introduction) -> Any:
    """Say that somebody is there and what is known of them; who is known already is described only."""
    claim = claimed(body.identity.namespace, body.identity.value)
    also = [claimed(one.namespace, one.value) for one in body.also]
    identity, changed = actions.introduce(
        claim=claim, also=also, traits=body.traits, private=body.private, source=body.source, at=body.at
    )
    return {"code": code("per", identity), "changed": changed}


@desk.reads("/people/{person}", scope="people:read", gives=PersonDetail)
def get_person(request: HttpRequest, person: str) -> Any:
    """All that is known of a person, with source and freshness."""
    found = queries.person(number_of(person))
    carried = [{**vars(one), "code": code("tag", one.number)} for one in found.tags]
    return {**vars(found), "identities": [one._asdict() for one in found.identities], "tags": carried}


@desk.writes("POST", "/people/{person}/traits", scope="people:write", gives=Learnt)
def describe(request: HttpRequest, person: str, body: Description) -> Any:
    """What was learnt of a person. What is not newer than what is known changes nothing."""
    learnt = actions.describe(
        identity=number_of(person), traits=body.traits, private=body.private, source=body.source, at=body.at
    )
    return {"changed": learnt}


@desk.reads("/people/{person}/evidence", scope="people:read", gives=Why)
def evidence(request: HttpRequest, person: str) -> Any:
    """Why all that a person is known by is one person, what a guard keeps away, and what operators decided."""
    found = graph.why(number_of(person))
    parts = {name: [outside(one) for one in getattr(found, name)] for name in ("evidence", "contested", "withdrawn")}
    return {"code": found.code, **parts, "decisions": [decided(one) for one in found.decisions]}


@desk.writes("POST", "/people/{person}/join", scope="identities:write", gives=Decided)
def join(request: HttpRequest, person: str, body: Other) -> Any:
    """Two persons are one, whatever the evidence. Two member accounts are refused."""
    return decided(deciding.join(person=number_of(person), other=number_of(body.person), **signed(request)))


@desk.writes("POST", "/people/{person}/split", scope="identities:write", gives=Decided)
def split(request: HttpRequest, person: str, body: Leaving) -> Any:
    """These identities leave and are a person of their own, until it is taken back."""
    claims = [claimed(one.namespace, one.value) for one in body.identities]
    leaving = queries.numbered(claims)
    return decided(deciding.split(person=number_of(person), leaving=leaving, **signed(request)))


@desk.writes("POST", "/people/decisions/{decision}/undo", scope="identities:write", gives=Decided)
def undo(request: HttpRequest, decision: str) -> Any:
    """Take a join or a split back: the map is what the evidence says."""
    found = graph.decision_numbered(number("dec", decision, "a decision"))
    return decided(deciding.undo(decision=found, **signed(request)))


@desk.reads("/people/{person}/timeline", scope="people:read", gives=Page[Happening])
def timeline(request: HttpRequest, person: str, after: After = None, limit: Limit = 50) -> Any:
    """What happened to a person, newest first. Behaviour that only landed stands under /api/events."""
    page = queries.timeline(number_of(person), place(after), limit)
    return {"items": [happened(one) for one in page.rows], "next": cursor(page.next)}


@desk.writes("PUT", "/people/{person}/tags/{tag}", scope="people:write", gives=Changed)
def tag_person(request: HttpRequest, person: str, tag: str) -> Any:
    """Set a tag on a person."""
    return {"changed": actions.tag(tag=named(tag), identities=[number_of(person)], **signed(request))}


@desk.writes("DELETE", "/people/{person}/tags/{tag}", scope="people:write", gives=Changed)
def untag_person(request: HttpRequest, person: str, tag: str) -> Any:
    """Take a tag from a person."""
    return {"changed": actions.untag(tag=named(tag), identities=[number_of(person)], **signed(request))}


@desk.reads("/tags", scope="people:read", gives=list[Tag])
def list_tags(request: HttpRequest) -> Any:
    """All tags, by group and name."""
    return [{**row._asdict(), "code": code("tag", row.number)} for row in queries.tag_list()]


@desk.writes("POST", "/tags", scope="people:write", gives=Tag)
def make_tag(request: HttpRequest, body: NewTag) -> Any:
    """The tag of that name, made where it is new and brought back where it was retired."""
    made = actions.make_tag(body.group, body.name, exclusive=body.exclusive)
    outside = {"code": code("tag", made.pk), "group": made.group.name, "exclusive": made.group.exclusive}
    return {**outside, "name": made.name, "retired_at": made.retired_at}


@desk.writes("POST", "/tags/{tag}/people", scope="people:write", gives=Changed)
def tag_many(request: HttpRequest, tag: str, body: Crowd) -> Any:
    """Set a tag on many people at once: all of them, or none where one is unknown."""
    return {"changed": actions.tag(tag=named(tag), identities=map(number_of, body.people), **signed(request))}


def outside(one: graph.Evidence) -> dict[str, Any]:
    return {**vars(one), "code": code("tie", one.number), "a": one.a._asdict(), "b": one.b._asdict()}


def decided(one: Any) -> dict[str, Any]:
    return {"code": code("dec", getattr(one, "pk", None) or one.number), "kind": one.kind, "by": one.by, "at": one.at}


def named(tag: str) -> models.Tag:
    return queries.tag_numbered(number("tag", tag, "a tag"))


def signed(request: HttpRequest) -> dict[str, Any]:
    return {"by": signature(request), "at": clock.now()}
