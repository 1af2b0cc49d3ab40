"""/api/links, /api/live-codes, /api/routing: short links, codes that are printed, and what works where."""

import base64
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from siyu.core.links import clicks, codes, qr, queries, writing
from siyu.core.links.models import Code, Link, Place
from siyu.core.links.routing import agents, policy
from siyu.core.links.writing import Wish
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import After, Limit, Moment, Page, code, number
from siyu.kit import clock

desk = Desk(tags=["links"])
Address = Annotated[str, Field(min_length=1, max_length=2_000)]
ENDS = "expires_at"
"""Of a change: null means that it never does; of all else that nothing was said."""
Word = Annotated[str, Field(max_length=50)]


class LinkTarget(Schema):
    url: Address
    weight: Annotated[int, Field(ge=0, le=1_000)] = 1
    name: Annotated[str, Field(max_length=100)] = ""


class NewLink(Schema):
    """A link that is wanted. `key`: the same one again brings back the same link."""

    targets: Annotated[list[LinkTarget], Field(min_length=1, max_length=10)]
    title: Annotated[str, Field(max_length=100)] = ""
    code: Annotated[str, Field(max_length=40, description="Letters of its own; otherwise they are drawn")] = ""
    apps: Annotated[dict[Literal["ios", "android", "harmony"], Address], Field(description="Where the app opens")] = {}
    utm: dict[Literal["source", "medium", "campaign", "content", "term"], Annotated[str, Field(max_length=100)]] = {}
    channel: Word = ""
    campaign: Word = ""
    creator: Annotated[str, Field(max_length=100)] = ""
    person: Annotated[str | None, Field(description="Code of the person whom it is made for")] = None
    expires_at: Moment | None = None
    fallback: Annotated[str, Field(max_length=2_000)] = ""
    password: Annotated[str, Field(max_length=100)] = ""
    routed: bool = True
    key: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class LinkShape(Schema):
    code: str
    address: Annotated[str, Field(description="What is sent")]
    title: str
    targets: list[LinkTarget]
    apps: dict[str, str]
    utm: dict[str, str]
    channel: str
    campaign: str
    creator: str
    person: str | None
    expires_at: Moment | None
    fallback: str
    protected: Annotated[bool, Field(description="Has a password")]
    routed: bool
    state: Literal["running", "expired", "off"]
    made_at: Moment


class ListedLink(LinkShape):
    clicks: int
    visitors: int
    bots: Annotated[int, Field(description="Clicks that do not count")]


class LinkChange(Schema):
    """What is said is so from now on; what is not said stays."""

    targets: Annotated[list[LinkTarget], Field(min_length=1, max_length=10)] | None = None
    title: Annotated[str, Field(max_length=100)] | None = None
    apps: dict[Literal["ios", "android", "harmony"], Address] | None = None
    utm: dict[Literal["source", "medium", "campaign", "content", "term"], str] | None = None
    channel: Word | None = None
    campaign: Word | None = None
    creator: Annotated[str, Field(max_length=100)] | None = None
    expires_at: Moment | None = None
    fallback: Annotated[str, Field(max_length=2_000)] | None = None
    password: Annotated[str, Field(max_length=100)] | None = None
    routed: bool | None = None


class ManyLinks(Schema):
    links: Annotated[list[NewLink], Field(min_length=1, max_length=writing.AT_ONCE)]


class MadeLink(Schema):
    code: str
    address: str
    key: str | None


class StatPart(Schema):
    name: str
    clicks: int
    visitors: int


class LinkStats(Schema):
    """Bots are left out, of the past too; `bots` says how many clicks that were."""

    clicks: int
    visitors: int
    bots: int
    days: list[StatPart]
    targets: list[StatPart]
    places: Annotated[list[StatPart], Field(description="In which app, on which system")]
    forms: list[StatPart]


class Logo(Schema):
    logo: Annotated[str, Field(max_length=2 * qr.LARGEST, description="Base64 of a PNG, JPEG or WebP of at most 2 MiB")]

    def picture(self) -> bytes:
        try:
            return base64.b64decode(self.logo, validate=True)
        except ValueError:
            raise qr.BadSign("a logo is sent in Base64") from None


class Drawn(Schema):
    address: str
    svg: str
    png: Annotated[str, Field(description="Base64")]


@desk.reads("/links", scope="links:read", gives=Page[ListedLink])
def list_links(
    request: HttpRequest,
    *,
    search: Annotated[str, Query("", max_length=100)] = "",
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Links with their clicks, the newest first."""
    before = number("lnk", after, "a place in this list") if after else 0
    page = queries.listing(at=clock.now(), search=search, before=before, limit=limit)
    start = queries.address("")
    items = [told(one.link, one.state, start) | one.clicked._asdict() for one in page.rows]
    return {"items": items, "next": code("lnk", page.next) if page.next else None}


@desk.writes("POST", "/links", scope="links:write", gives=LinkShape)
def make_link(request: HttpRequest, body: NewLink) -> Any:
    """Make a link."""
    made = writing.make(wish(request, body), by=signature(request), at=clock.now())
    return told(made, queries.state_of(made, clock.now()))


@desk.writes("POST", "/links/bulk", scope="links:write", gives=list[MadeLink])
def make_links(request: HttpRequest, body: ManyLinks) -> Any:
    """Make up to 10,000 links: all of them or none, in their order."""
    wishes = [wish(request, one) for one in body.links]
    made = writing.make_many(wishes, by=signature(request), at=clock.now())
    start = queries.address("")
    return [
        {"code": one.code, "address": f"{start}{one.code}", "key": asked.key}
        for one, asked in zip(made, body.links, strict=True)
    ]


@desk.reads("/links/{link}", scope="links:read", gives=LinkShape)
def get_link(request: HttpRequest, link: str) -> Any:
    """One link."""
    found = queries.by_code(link)
    return told(found, queries.state_of(found, clock.now()))


@desk.writes("PATCH", "/links/{link}", scope="links:write", gives=LinkShape)
def change_link(request: HttpRequest, link: str, body: LinkChange) -> Any:
    """Change a link; within a second or two it leads there."""
    said = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None or name == ENDS}
    by, at = signature(request), clock.now()
    changed = writing.change(link=queries.by_code(link).pk, by=by, at=at, **said)
    return told(changed, queries.state_of(changed, at))


@desk.writes("POST", "/links/{link}/off", scope="links:write", gives=LinkShape)
def switch_link_off(request: HttpRequest, link: str) -> Any:
    """It leads to its fallback from now on."""
    at = clock.now()
    changed = writing.switch_off(link=queries.by_code(link).pk, by=signature(request), at=at)
    return told(changed, queries.state_of(changed, at))


@desk.writes("POST", "/links/{link}/on", scope="links:write", gives=LinkShape)
def switch_link_on(request: HttpRequest, link: str) -> Any:
    """It leads to its targets again."""
    at = clock.now()
    changed = writing.switch_on(link=queries.by_code(link).pk, by=signature(request), at=at)
    return told(changed, queries.state_of(changed, at))


@desk.reads("/links/{link}/stats", scope="links:read", gives=LinkStats)
def get_link_stats(request: HttpRequest, link: str) -> Any:
    """What it brought: by day, target, app and form."""
    return figures(queries.by_code(link).code)


@desk.reads("/links/{link}/qr", scope="links:read", gives=Drawn)
def get_link_qr(request: HttpRequest, link: str, sign: Annotated[str, Query("", max_length=2)] = "") -> Any:
    """Its QR code, with one or two letters in the middle of the SVG."""
    return drawn(queries.address(queries.by_code(link).code), sign)


@desk.asks("/links/{link}/qr", scope="links:read", gives=Drawn)
def draw_link_qr(request: HttpRequest, link: str, body: Logo) -> Any:
    """Its QR code with a logo in the middle."""
    return drawn(queries.address(queries.by_code(link).code), logo=body.picture())


def wish(request: HttpRequest, body: NewLink) -> Wish:
    said = body.dict(exclude={"person", "targets", "key"})
    key = f"{request.auth.prefix}:{body.key}" if body.key else None  # type: ignore[attr-defined]
    identity = number("per", body.person, "a person") if body.person else None
    return Wish(**said, targets=[one.dict() for one in body.targets], identity=identity, key=key)


def told(link: Link, state: str, start: str = "") -> dict[str, Any]:
    names = ("code", "title", "targets", "apps", "utm", "channel", "campaign", "creator", "expires_at", "fallback",
             "routed", "made_at")  # fmt: skip
    said = {name: getattr(link, name) for name in names} | {"state": state, "protected": bool(link.password)}
    person = code("per", link.identity) if link.identity else None
    address = f"{start}{link.code}" if start else queries.address(link.code)
    return said | {"address": address, "person": person}


def figures(short: str) -> dict[str, Any]:
    found = clicks.stats(short)
    parts = {"days": found.days, "targets": found.variants, "places": found.apps, "forms": found.forms}
    return found.all._asdict() | {name: [one._asdict() for one in some] for name, some in parts.items()}


def drawn(address: str, sign: str = "", logo: bytes | None = None) -> dict[str, str]:
    png = base64.b64encode(qr.png(address, logo=logo)).decode()
    return {"address": address, "svg": qr.svg(address, sign=sign, logo=logo), "png": png}


class NewCode(Schema):
    """A live code. It is never deleted, and always leads somewhere: give it a fallback that lasts."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    pool: Word = "staff"
    fallback: Address
    order: Literal["even", "fill"] = "even"
    code: Annotated[str, Field(max_length=40)] = ""
    channel: Word = ""
    campaign: Word = ""
    creator: Annotated[str, Field(max_length=100)] = ""
    key: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class Hours(Schema):
    days: Annotated[str, Field(pattern="^[1-7]{1,7}$", description="1 is Monday")]
    begins: Annotated[str, Field(pattern="^[0-9]{2}:[0-9]{2}$", examples=["09:00"])]
    ends: Annotated[str, Field(pattern="^[0-9]{2}:[0-9]{2}$", examples=["18:00"])]


class CodePlace(Schema):
    label: Annotated[str, Field(min_length=1, max_length=100)]
    url: Address
    text: Annotated[str, Field(max_length=200)] = ""
    hours: Annotated[list[Hours], Field(max_length=20, description="In the brand's zone; none: always")] = []
    weight: Annotated[int, Field(ge=1, le=1_000)] = 1
    most: Annotated[int | None, Field(ge=0, le=10**6, description="Visitors in all")] = None
    most_a_day: Annotated[int | None, Field(ge=0, le=10**6)] = None
    expires_at: Moment | None = None


class ShownPlace(CodePlace):
    key: str
    url: str
    taken: int
    taken_today: int
    paused: bool


class CodeShape(Schema):
    code: str
    address: Annotated[str, Field(description="What is printed")]
    title: str
    pool: str
    order: str
    fallback: str
    channel: str
    campaign: str
    creator: str
    state: Literal["running", "full", "retired"]
    places: list[ShownPlace]


@desk.reads("/live-codes", scope="links:read", gives=list[CodeShape])
def list_live_codes(request: HttpRequest) -> Any:
    """The newest live codes, with their places."""
    return [shown(one.code) for one in queries.live_codes()]


@desk.writes("POST", "/live-codes", scope="links:write", gives=CodeShape)
def make_live_code(request: HttpRequest, body: NewCode) -> Any:
    """Make a live code, to be printed."""
    said = body.dict(exclude={"key"})
    key = f"{request.auth.prefix}:{body.key}" if body.key else None  # type: ignore[attr-defined]
    return shown(codes.make(**said, key=key, by=signature(request), at=clock.now()))


@desk.reads("/live-codes/{live_code}", scope="links:read", gives=CodeShape)
def get_live_code(request: HttpRequest, live_code: str) -> Any:
    """One live code."""
    return shown(queries.live_code(live_code))


@desk.writes("PUT", "/live-codes/{live_code}/places/{key}", scope="links:write", gives=CodeShape)
def put_place(request: HttpRequest, live_code: str, key: str, body: CodePlace) -> Any:
    """A place in its pool, or the same place anew: its count goes on."""
    found = queries.live_code(live_code)
    schedule = [{"days": one.days, "from": one.begins, "to": one.ends} for one in body.hours]
    said = body.dict(exclude={"label", "hours"}) | {"schedule": schedule}
    codes.put(code=found.pk, key=key, label=body.label, at=clock.now(), **said)
    return shown(found)


@desk.writes("POST", "/live-codes/{live_code}/retire", scope="links:write", gives=CodeShape)
def retire_live_code(request: HttpRequest, live_code: str) -> Any:
    """It leads to its fallback from now on, for ever."""
    found = queries.live_code(live_code)
    return shown(codes.retire(code=found.pk, by=signature(request), at=clock.now()))


@desk.reads("/live-codes/{live_code}/stats", scope="links:read", gives=LinkStats)
def get_live_code_stats(request: HttpRequest, live_code: str) -> Any:
    """What it brought: by day, place, app and form."""
    return figures(queries.live_code(live_code).code)


@desk.reads("/live-codes/{live_code}/qr", scope="links:read", gives=Drawn)
def get_live_code_qr(request: HttpRequest, live_code: str, sign: Annotated[str, Query("", max_length=2)] = "") -> Any:
    """Its QR code."""
    return drawn(queries.address(queries.live_code(live_code).code, live=True), sign)


@desk.asks("/live-codes/{live_code}/qr", scope="links:read", gives=Drawn)
def draw_live_code_qr(request: HttpRequest, live_code: str, body: Logo) -> Any:
    """Its QR code with a logo in the middle."""
    return drawn(queries.address(queries.live_code(live_code).code, live=True), logo=body.picture())


def shown(one: Code) -> dict[str, Any]:
    names = ("code", "title", "pool", "order", "fallback", "channel", "campaign", "creator")
    said = {name: getattr(one, name) for name in names} | {"state": queries.state_of_code(one)}
    address = queries.address(one.code, live=True)
    return said | {"address": address, "places": [place(row) for row in queries.places(one)]}


def place(row: Place) -> dict[str, Any]:
    names = ("key", "label", "url", "text", "weight", "most", "most_a_day", "taken", "taken_today", "expires_at")
    hours = [{"days": one["days"], "begins": one["from"], "ends": one["to"]} for one in row.schedule]
    return {name: getattr(row, name) for name in names} | {"hours": hours, "paused": row.paused_at is not None}


class RoutingQuestion(Schema):
    agent: Annotated[str, Field(max_length=1_000, description="A user agent")]
    target: Annotated[str, Field(max_length=2_000)]


class Routed(Schema):
    app: str
    os: str
    kind: Annotated[str, Field(description="What sort of target that is")]
    form: str
    basis: Annotated[str, Field(description="official, press or assumed")]
    as_of: str
    source: str
    note: str
    wallet: str


@desk.asks("/routing", scope="links:read", gives=Routed)
def ask_routing(request: HttpRequest, body: RoutingQuestion) -> Any:
    """What would happen to somebody with this browser, and with which wallet they pay."""
    where, kind = agents.place(body.agent), policy.kind_of(body.target)
    line = policy.line(where, kind)
    said = {name: getattr(line, name) for name in ("form", "basis", "as_of", "source", "note")}
    return said | {"app": where.app, "os": where.os, "kind": kind, "wallet": policy.wallet(where).wallet}
