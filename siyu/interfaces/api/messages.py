"""/api/people/{person}/messages and /api/suppressions: who was told what and why not, and where nothing goes."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.outreach import queries, suppressing
from siyu.core.outreach.models import Suppression
from siyu.core.people import queries as people
from siyu.core.people.codes import number_of
from siyu.core.team import trail
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import EPOCH, After, Limit, Moment, Page, Text, code, cursor, number, place
from siyu.interfaces.api.templates import Saying
from siyu.kit import clock

desk = Desk(tags=["messages"])
Reason = Literal[
    "allowed", "erased", "suppressed", "consent", "unreachable", "cap", "quiet", "control", "holdout", "budget"
]


class MessageShape(Schema):
    """What the gate said of a person: `allowed`, or why they got nothing. `state` and `why` are the outbox's."""

    title: str
    channel: str
    kind: Saying
    reason: Reason
    at: Moment
    state: Literal["", "queued", "sending", "sent", "failed", "stopped", "doubtful"]
    why: Annotated[str, Field(description="Why it failed or was stopped")]
    receipts: Annotated[list[str], Field(description="delivered, opened, clicked, replied …, as they came")]


class SuppressionShape(Schema):
    """An address that nothing is sent to. It is kept as a keyed hash, and cannot be told."""

    code: str
    namespace: Literal["phone", "email"]
    reason: str
    at: Moment
    by: str


class NewSuppression(Schema):
    namespace: Literal["phone", "email"]
    value: Text
    reason: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[a-z_]+$")] = "program"


class Lifted(Schema):
    lifted: bool


@desk.reads("/people/{person}/messages", scope="outreach:read", gives=list[MessageShape])
def list_messages(request: HttpRequest, person: str) -> Any:
    """What a person was sent, and what was kept back and why; the newest fifty."""
    return [one._asdict() for one in queries.told(people.person(number_of(person)).number)]


@desk.reads("/suppressions", scope="suppression:read", gives=Page[SuppressionShape])
def list_suppressions(request: HttpRequest, after: After = None, limit: Limit = 50) -> Any:
    """The newest first."""
    seen = place(after)
    found = queries.suppressed(before=seen[1] if seen else 0, limit=limit + 1)
    more = cursor((EPOCH, found[limit - 1].pk)) if len(found) > limit else None
    return {"items": [told(one) for one in found[:limit]], "next": more}


@desk.writes("POST", "/suppressions", scope="suppression:write", gives=SuppressionShape)
def suppress_address(request: HttpRequest, body: NewSuppression) -> Any:
    """Nothing is sent there any more, whatever it is. Twice is once; the first reason stands."""
    made = suppressing.suppress(**body.dict(), by=signature(request), at=clock.now())
    trail.note(made, "suppressed", through=signature(request))
    return told(made)


@desk.writes("POST", "/suppressions/{suppression}/lift", scope="suppression:write", gives=Lifted)
def lift_suppression(request: HttpRequest, suppression: str) -> Any:
    """Messages may go there again."""
    suppressing.free(number=number("sup", suppression, "a suppressed address"), by=signature(request), at=clock.now())
    return {"lifted": True}


def told(one: Suppression) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("namespace", "reason", "at", "by")} | {"code": code("sup", one.pk)}
