"""/api/sources: where behaviour comes from. Its SDKs deliver at /v1 and /sa, with keys of their own."""

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.eventlog import failed, sources
from siyu.core.eventlog.models import Source as Row
from siyu.core.insight.sources import standings
from siyu.interfaces.api.desk import Desk
from siyu.interfaces.api.shapes import After, Limit, Moment, Page, cursor, place
from siyu.kit import clock

desk = Desk(tags=["sources"])
Protocol = Annotated[str, Field(min_length=1, max_length=20, examples=list(sources.PROTOCOLS))]


class Source(Schema):
    name: str
    protocol: str
    namespace: Annotated[str, Field(description="What kind of number its user ids are")]
    made_at: Moment
    closed_at: Moment | None


class Opened(Source):
    key: Annotated[str, Field(description="Write key of Segment, token of Sensors")]


class Standing(Source):
    last_at: Moment | None
    events: int
    failed: int
    retries: int


class NewSource(Schema):
    name: Annotated[str, Field(min_length=1, max_length=50)]
    protocol: Protocol
    namespace: Annotated[str, Field(max_length=50)] = ""


class Stuck(Schema):
    number: int
    code: str
    reason: str
    received_at: Moment
    body: Annotated[str, Field(description="As it came")]


class Mended(Schema):
    message: Annotated[dict[str, Any] | None, Field(description="The message, mended; left out: as it came")] = None


class Replayed(Schema):
    number: int
    replayed_at: Moment


@desk.reads("/sources", scope="sources:read", gives=list[Standing])
def list_sources(request: HttpRequest) -> Any:
    """All sources, those that are open first, and how they go."""
    counted = ("last_at", "events", "failed", "retries")
    return [told(one.source) | {name: getattr(one, name) for name in counted} for one in standings()]


@desk.writes("POST", "/sources", scope="sources:write", gives=Opened)
def open_source(request: HttpRequest, body: NewSource) -> Any:
    """Open a source; its key goes into the SDK."""
    made = sources.create(name=body.name, protocol=body.protocol, namespace=body.namespace, at=clock.now())
    return told(made) | {"key": made.key}


@desk.writes("POST", "/sources/{source}/close", scope="sources:write", gives=Source)
def close_source(request: HttpRequest, source: str) -> Any:
    """Its key opens nothing from now on; what it has sent stays."""
    return told(sources.close(source=sources.named(source), at=clock.now()))


@desk.reads("/sources/{source}/failed", scope="sources:read", gives=Page[Stuck])
def list_failed(request: HttpRequest, source: str, *, after: After = None, limit: Limit = 50) -> Any:
    """Messages of a source that could not be taken, the newest first, as they came."""
    rows = failed.stuck(source=sources.named(source), before=place(after), limit=limit)
    more = cursor((rows[-1].received_at, rows[-1].pk)) if len(rows) == limit else None
    return {"items": [{**vars(row), "number": row.pk} for row in rows], "next": more}


@desk.writes("POST", "/sources/{source}/failed/{message}/replay", scope="sources:write", gives=Replayed)
def replay_failed(request: HttpRequest, source: str, message: int, body: Mended) -> Any:
    """Let a message land again, mended or as it came, under the time of its first arrival. The lake takes it once."""
    wrong = failed.numbered(source=sources.named(source), number=message)
    text = wrong.body if body.message is None else msgspec.json.encode(body.message).decode()
    return {"number": message, "replayed_at": failed.replay(message=wrong, body=text, at=clock.now()).replayed_at}


def told(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("name", "protocol", "namespace", "made_at", "closed_at")}
