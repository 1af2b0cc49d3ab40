"""/api/broadcasts: words to many at a moment, against a holdout."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.insight.trials import queries as trials
from siyu.core.outreach import broadcasts
from siyu.core.outreach.broadcasts import results, writing
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.writing import Wish
from siyu.core.outreach.models import REASONS, RECEIPTS, STATES
from siyu.core.outreach.templates import queries as templates
from siyu.core.people.codes import code as person_code
from siyu.core.people.codes import number_of
from siyu.core.team import trail
from siyu.interfaces.api.audiences import Definition, saved
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.shapes import (
    EPOCH,
    After,
    Limit,
    Moment,
    NotFound,
    Page,
    code,
    cursor,
    number,
    place,
)
from siyu.interfaces.api.templates import Number, Over, Saying, TemplateCode
from siyu.kit import clock

desk = Desk(tags=["broadcasts"])
Money = Annotated[int, Field(ge=0, lt=10**13, description="Minor units of the base currency")]
State = Literal["draft", "planned", "filling", "sending", "paused", "done", "stopped"]


class VariantShape(Schema):
    template: TemplateCode
    version: Annotated[Number | None, Field(description="null: the newest")] = None
    weight: Annotated[int, Field(ge=1, le=100)] = 1


class BroadcastPlan(Schema):
    title: Annotated[str, Field(min_length=1, max_length=100)]
    channel: Over
    variants: Annotated[list[VariantShape], Field(min_length=1, max_length=writing.ARMS)]
    audience: Annotated[str | None, Field(max_length=40, description="The code of a saved one")] = None
    definition: Definition | None = None
    holdout: Annotated[int, Field(ge=0, le=writing.MOST_HELD, description="Basis points that get nothing")] = 1000
    window: Annotated[int, Field(ge=1, le=writing.LONGEST_WINDOW, description="Days in which orders count")] = 14
    quiet: Literal["defer", "drop"] = "defer"
    zone: Annotated[Literal["brand", "person"], Field(description="Whose clock it goes by")] = "brand"
    per_minute: Annotated[int | None, Field(ge=1, le=10**6)] = None
    cost: Annotated[int, Field(ge=0, lt=10**9, description="Of a message, in minor units")] = 0
    budget: Money | None = None
    campaign: Annotated[str, Field(max_length=50)] = ""


class NewBroadcast(BroadcastPlan):
    """Whom it is for is one of `audience`, `definition`, `people` and `lines`."""

    people: Annotated[list[str] | None, Field(max_length=10_000, description="Codes of people")] = None
    lines: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Field(max_length=100_000, description="Phones and e-mails; those that nobody has are told in `refused`"),
    ] = None


class BroadcastShape(BroadcastPlan):
    code: str
    kind: Saying
    state: State
    people: Annotated[int | None, Field(description="Of a list: how many there are")]
    asked: Annotated[int, Field(description="People the gate is asked about, since it started")]
    by: str
    made_at: Moment
    starts_at: Moment | None
    started_at: Moment | None
    finished_at: Moment | None


class RefusedLine(Schema):
    line: int
    reason: Literal["not_understood", "unknown", "twice"]


class Drafted(BroadcastShape):
    refused: Annotated[list[RefusedLine], Field(description="Lines of the list that are nobody's, by their place")] = []


class Start(Schema):
    starts_at: Annotated[Moment | None, Field(description="null: now")] = None


class Seen(Schema):
    mean: float
    lift: float | None
    relative: float | None


class Foreseen(Schema):
    asked: int
    reasons: Annotated[dict[str, int], Field(description="Whom the gate would keep back now, and why")]
    through: int
    held: Annotated[int, Field(description="What the holdout takes of them")]
    told: int
    sees: Annotated[dict[str, Seen], Field(description="The smallest lift that this holdout would show")]


class ArmShape(Schema):
    arm: str
    template: str
    messages: int
    states: Annotated[dict[str, int], Field(description="Of the outbox")]
    receipts: Annotated[dict[str, int], Field(description="People who …, each once")]


class Results(Schema):
    code: str
    state: State
    asked: int
    filled: Annotated[int, Field(description="How many of them the gate has spoken about")]
    reasons: Annotated[dict[str, int], Field(description="allowed, and why not; together all that were asked about")]
    arms: list[ArmShape]
    trial: Annotated[str | None, Field(description="Its code, under /api/trials")]
    found: Annotated[dict[str, Any] | None, Field(description="The trial's effect as last reckoned")]


@desk.reads("/broadcasts", scope="outreach:read", gives=Page[BroadcastShape])
def list_broadcasts(request: HttpRequest, after: After = None, limit: Limit = 50) -> Any:
    """The newest first."""
    seen = place(after)
    page = results.listing(before=seen[1] if seen else 0, limit=limit)
    items = shown([one for one, _ in page.rows])
    return {"items": items, "next": cursor((EPOCH, page.next)) if page.next else None}


@desk.writes("POST", "/broadcasts", scope="outreach:write", gives=Drafted, keyed=True)
def draft_broadcast(request: HttpRequest, body: NewBroadcast) -> Any:
    """A draft: nothing is sent yet."""
    wish, refused = wished(body)
    made = broadcasts.draft(wish=wish, by=signature(request), at=clock.now(), key=f"api:{key_of(request)}")
    return done(request, made, "drafted") | {"refused": refused}


@desk.reads("/broadcasts/{broadcast}", scope="outreach:read", gives=BroadcastShape)
def get_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """What is said to whom and when."""
    return shown([results.found(numbered(broadcast))])[0]


@desk.writes("PUT", "/broadcasts/{broadcast}", scope="outreach:write", gives=Drafted)
def change_broadcast(request: HttpRequest, broadcast: str, body: NewBroadcast) -> Any:
    """All of a draft anew."""
    wish, refused = wished(body)
    made = broadcasts.change(broadcast=numbered(broadcast), wish=wish, at=clock.now())
    return done(request, made, "changed") | {"refused": refused}


@desk.reads("/broadcasts/{broadcast}/preview", scope="outreach:read", gives=Foreseen)
def preview_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """What the gate would say now, and what a holdout of this size could see. Nothing is written."""
    found = results.preview(numbered(broadcast), at=clock.now())
    sees = {name: one._asdict() for name, one in found.sees.items()}
    return found._asdict() | {"told": found.told, "sees": sees}


@desk.reads("/broadcasts/{broadcast}/results", scope="outreach:read", gives=Results)
def get_results(request: HttpRequest, broadcast: str) -> Any:
    """Who was told, who was kept back and why, what came back, and what it did."""
    found = results.whole(numbered(broadcast))
    trial = found.broadcast.dispatch.trial if found.broadcast.dispatch else None
    return {
        "code": broadcast, "state": found.state, "asked": found.broadcast.asked, "filled": found.filled,
        "reasons": found.reasons, "trial": trials.code(trial.pk) if trial else None, "found": found.finding,
        "arms": [
            {"arm": arm.name, "template": arm.title, "messages": arm.messages, "states": arm.states,
             "receipts": arm.receipts}
            for arm in found.arms
        ],
    }  # fmt: skip


@desk.reads("/broadcasts/{broadcast}/people", scope="outreach:read", gives=Page[str])
def list_people_of_broadcast(
    request: HttpRequest, broadcast: str, what: str, arm: str = "", after: After = None
) -> Any:
    """Codes of the people behind a figure of the results: of a reason, a state or a receipt; `arm`: of that one."""
    if what not in (*REASONS, *RECEIPTS, *STATES) or (arm and arm not in "ABCDE"):
        raise NotFound(f"results have no figure {what[:20]!r} of an arm {arm[:20]!r}")
    seen = place(after)
    some = results.behind(
        numbered(broadcast), what, arm="ABCDE".index(arm) + 1 if arm else 0, after=seen[1] if seen else 0
    )
    more = cursor((EPOCH, some[-1])) if len(some) == results.SHOWN else None
    return {"items": [person_code(one) for one in some], "next": more}


@desk.writes("POST", "/broadcasts/{broadcast}/schedule", scope="broadcasts:write", gives=BroadcastShape)
def schedule_broadcast(request: HttpRequest, broadcast: str, body: Start) -> Any:
    """It starts at that moment, or now."""
    by, at = signature(request), clock.now()
    made = broadcasts.plan(broadcast=numbered(broadcast), by=by, at=at, starts_at=body.starts_at)
    return done(request, made, "broadcast_plan")


@desk.writes("POST", "/broadcasts/{broadcast}/take-back", scope="broadcasts:write", gives=BroadcastShape)
def take_back_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """A draft again, where nothing has begun."""
    return turned(request, broadcast, "take_back")


@desk.writes("POST", "/broadcasts/{broadcast}/pause", scope="broadcasts:write", gives=BroadcastShape)
def pause_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """Nothing is sent until it is resumed."""
    return turned(request, broadcast, "pause")


@desk.writes("POST", "/broadcasts/{broadcast}/resume", scope="broadcasts:write", gives=BroadcastShape)
def resume_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """It goes on where it was."""
    return turned(request, broadcast, "resume")


@desk.writes("POST", "/broadcasts/{broadcast}/stop", scope="broadcasts:write", gives=BroadcastShape)
def stop_broadcast(request: HttpRequest, broadcast: str) -> Any:
    """What has not gone out never does."""
    return turned(request, broadcast, "stop")


def turned(request: HttpRequest, broadcast: str, verb: str) -> dict[str, Any]:
    made = getattr(broadcasts, verb)(broadcast=numbered(broadcast), by=signature(request), at=clock.now())
    return done(request, made, f"broadcast_{verb}")


def numbered(broadcast: str) -> int:
    return number("bct", broadcast, "a broadcast")


def wished(body: NewBroadcast) -> tuple[Wish, list[dict[str, Any]]]:
    """What is asked for, and which lines of a list are nobody's."""
    people, refused = None, []
    if body.lines is not None:
        named = broadcasts.named(body.lines)
        people, refused = list(named.people), [{"line": bad.line, "reason": bad.reason} for bad in named.bad]
    elif body.people is not None:
        people = [number_of(one) for one in body.people]
    said = body.dict(include=set(PLAIN)) | {"definition": body.definition, "people": people}
    variants = [
        {"version": templates.version_of(one.template, one.version or 0).pk, "weight": one.weight}
        for one in body.variants
    ]
    audience = None if body.audience is None else saved(body.audience).pk
    if body.lines is not None and body.people is not None:
        raise writing.BadBroadcast("say whom it is for: an audience, a definition, or a list")
    return Wish(**said, variants=variants, audience=audience), refused


PLAIN = ("title", "channel", "holdout", "window", "quiet", "zone", "per_minute", "cost", "budget", "campaign")


def done(request: HttpRequest, made: Broadcast, did: str) -> dict[str, Any]:
    trail.note(made, did, through=signature(request))
    return shown([made])[0]


def shown(rows: list[Broadcast]) -> list[dict[str, Any]]:
    """What variants are called is asked for all of them at once."""
    names = templates.names([one["version"] for row in rows for one in row.variants])
    return [told(row, names) for row in rows]


TIMES = ("made_at", "starts_at", "started_at", "finished_at")


def told(row: Broadcast, names: dict[int, templates.Named]) -> dict[str, Any]:
    variants = [
        {"template": names[one["version"]].code, "version": names[one["version"]].number, "weight": one["weight"]}
        for one in row.variants
    ]
    return {name: getattr(row, name) for name in (*PLAIN, *TIMES, "definition", "asked", "by")} | {
        "code": code("bct", row.pk), "state": results.state_of(row), "variants": variants,
        "kind": names[row.variants[0]["version"]].kind, "people": results.listed_people(row),
        "audience": code("aud", row.audience_id) if row.audience_id else None,
    }  # fmt: skip
