"""/api/templates: what is said, in versions that never change."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from siyu.core.outreach.models import Version
from siyu.core.outreach.templates import queries, writing
from siyu.core.people import queries as people
from siyu.core.people.codes import number_of
from siyu.core.team import trail
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Moment
from siyu.kit import clock

desk = Desk(tags=["templates"])
Over = Literal["inapp", "email", "sms", "web_push", "webhook", "by_hand"]
Saying = Literal["transactional", "service", "social", "marketing"]
TemplateCode = Annotated[str, Field(min_length=1, max_length=40)]
Number = Annotated[int, Field(ge=1, le=10**6)]


class TemplateWords(Schema):
    """`{name|friend}`, `{trait.city|}`, `{portrait.orders|0}`, `{link:https://…}`, `{unsubscribe}`, `{brand}`."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    subject: Annotated[str, Field(max_length=writing.LONGEST_SUBJECT)] = ""
    html: Annotated[str, Field(max_length=200_000)] = ""


class TemplateState(Schema):
    title: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Saying
    channels: Annotated[list[Over], Field(max_length=6, description="Over which it may be said; none: over all")] = []
    bodies: Annotated[dict[str, TemplateWords], Field(max_length=4, description="By language: zh-hans, en")]
    picture: Annotated[str, Field(max_length=200, description="One that was uploaded, as /media/…")] = ""


class VersionShape(Schema):
    number: int
    bodies: dict[str, TemplateWords]
    picture: str
    by: str
    made_at: Moment


class TemplateShape(Schema):
    code: str
    title: str
    kind: Saying
    channels: list[Over]
    archived_at: Moment | None
    version: Annotated[int, Field(description="The newest")]


class TemplateDetail(TemplateShape):
    versions: Annotated[list[VersionShape], Field(description="The newest first, at most a hundred")]


class Told(Schema):
    """What somebody would read; links are bare and count nothing."""

    subject: str
    text: str
    html: str
    picture: str


@desk.reads("/templates", scope="outreach:read", gives=list[TemplateShape])
def list_templates(request: HttpRequest, channel: Over | Literal[""] = "", archived: bool = False) -> Any:
    """A hundred, by title; `channel`: those that may be said over it."""
    found = queries.listing(channel=channel, archived=archived)
    return [told(row.template, row.version) for row in found]


@desk.reads("/templates/{template}", scope="outreach:read", gives=TemplateDetail)
def get_template(request: HttpRequest, template: str) -> Any:
    """A template with its words, those of old versions too."""
    return detailed(template)


@desk.writes("PUT", "/templates/{template}", scope="outreach:write", gives=TemplateDetail)
def write_template(request: HttpRequest, template: TemplateCode, body: TemplateState) -> Any:
    """A template under this code, or a new version of the one that is there. The same words again make none."""
    said = body.dict() | {"bodies": {language: words.dict() for language, words in body.bodies.items()}}
    made = writing.write(code=template, **said, by=signature(request), at=clock.now())
    trail.note(made.template, "written", version=made.number, through=signature(request))
    return detailed(template)


@desk.writes("POST", "/templates/{template}/archive", scope="outreach:write", gives=TemplateDetail)
def archive_template(request: HttpRequest, template: str) -> Any:
    """It is offered no more; what was planned with it is still said."""
    made = writing.archive(template=queries.coded(template).pk, at=clock.now())
    trail.note(made, "archived", through=signature(request))
    return detailed(template)


@desk.reads("/templates/{template}/preview", scope="outreach:read", gives=dict[str, Told])
def preview_template(
    request: HttpRequest, template: str, person: str, version: Annotated[int, Query(ge=0, le=10**6)] = 0
) -> Any:
    """What this person would read, by language; `version`: 0 is the newest."""
    found = queries.version_of(template, version)
    who = people.person(number_of(person)).number
    return {language: one._asdict() for language, one in queries.preview(found.pk, who, at=clock.now()).items()}


def told(one: Any, newest: Version) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ("code", "title", "kind", "channels", "archived_at")}
    return said | {"version": newest.number}


def detailed(code: str) -> dict[str, Any]:
    found = queries.whole(queries.coded(code).pk)
    versions = [
        {name: getattr(one, name) for name in ("number", "bodies", "picture", "by", "made_at")}
        for one in found.versions
    ]
    return told(found.template, found.versions[0]) | {"versions": versions}
