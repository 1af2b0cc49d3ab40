"""/api/traffic: the tree of channels, what they cost, the rules for touches, cost and return."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from siyu.features.traffic import figures, incremental, queries, ruling, spending
from siyu.features.traffic import tree as growing
from siyu.features.traffic.models import SIGNS, Channel
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Amount, Moment, number
from siyu.kit import clock

desk = Desk(tags=["traffic"])
Domain = Literal["public", "commercial", "private"]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Cut = Literal["channel", "platform", "domain", "campaign", "creator", "cohort"]


class TrafficChannel(Schema):
    code: str
    name: str
    platform: Annotated[str, Field(description="The code of the one that it stands on now")]
    domain: Domain
    owner: Annotated[str | None, Field(description="An operator's name to sign in")]
    retired_at: Moment | None


class NewPlatform(Schema):
    code: Code
    name: Name
    domain: Domain


class NewChannel(Schema):
    code: Code
    name: Name
    platform: Code


class PlatformShape(NewPlatform):
    retired_at: Moment | None = None


class NewCampaign(Schema):
    code: Code
    name: Name
    begins_on: date | None = None
    ends_on: date | None = None


class CampaignShape(NewCampaign):
    retired_at: Moment | None = None


class TrafficTree(Schema):
    platforms: list[PlatformShape]
    channels: list[TrafficChannel]
    campaigns: list[CampaignShape]


class SpendShape(Schema):
    """What a day of a channel cost; said again of the same key, it replaces."""

    day: date
    channel: Code
    campaign: Annotated[str, Field(max_length=100)] = ""
    creator: Annotated[str, Field(max_length=100)] = ""
    currency: Annotated[str, Field(max_length=3, description="Empty: the base currency")] = ""
    amount: Annotated[int, Field(ge=0, le=spending.MOST, description="Minor units of its currency")]
    rate: Annotated[Decimal | None, Field(gt=0, lt=1_000_000, description="The day's; null: the last known")] = None


class SpendEntry(SpendShape):
    cost: Annotated[Amount, Field(description="In minor units of the base currency")]
    by: str


class Entered(Schema):
    news: Annotated[bool, Field(description="false: that was known")]


class NewTouchRule(Schema):
    """`seen`: what a touch must show, by sign; a star at the end stands for anything."""

    seen: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(max_length=8)]
    channel: Code
    campaign: Annotated[str, Field(max_length=100)] = ""
    place: Annotated[int, Field(ge=0, le=ruling.LAST_PLACE, description="The lowest that fits counts")] = 100


class TouchRule(NewTouchRule):
    number: int
    by: str
    made_at: Moment


class ReturnShape(Schema):
    """A line of cost and return; null: divided by nothing, or nobody knows."""

    key: str
    name: str
    spend: Amount
    people: int
    orders: int
    gmv: Amount
    net: Amount
    cac: Amount | None
    aov: Amount | None
    arpu: Amount | None
    contribution: Amount | None
    basis: Annotated[Literal["known", "assumed", "part", "unknown"], Field(description="How well it is known")]
    ltv: Annotated[Amount | None, Field(description="Contribution per buyer so far")]
    ltv_to_cac: float | None
    payback: Annotated[int | None, Field(description="The month since the first order in which the CAC is back")]
    curve: Annotated[list[Amount], Field(description="Contribution per buyer until the end of month 1, 2, …")]
    repurchase: float | None
    retention: float | None


class Interval(Schema):
    """What would not have been, with a 95 % interval."""

    gained: float
    low: float
    high: float


class Incremental(Schema):
    """What trials measured of everybody they reached."""

    trials: int
    people: int
    orders: Interval
    gmv: Annotated[Interval | None, Field(description="Minor units; null: not all of the trials measured it")]


class ReturnLine(ReturnShape):
    incremental: Annotated[
        Incremental | None, Field(description="Of channels and campaigns: what holdouts measured; null: nothing was")
    ]


class Returns(Schema):
    by: Cut
    as_of: Moment
    window_days: int
    margin: Annotated[int | None, Field(description="Basis points of sales assumed where no cost is known")]
    rows: list[ReturnLine]
    total: ReturnShape


class TouchShape(Schema):
    happened_at: Moment
    kind: Literal["visit", "scan", "add", "message", "view", "order"]
    channel: Annotated[str, Field(description="A code of the tree, or `unknown`")]
    campaign: str
    creator: str
    domain: str


@desk.reads("/traffic/tree", scope="traffic:read", gives=TrafficTree)
def get_traffic_tree(request: HttpRequest) -> Any:
    """Platforms, channels and campaigns, retired ones too."""
    platforms = [limb.platform for _, _, some in queries.tree() for limb in some]
    return {
        "platforms": [{name: getattr(one, name) for name in PLATFORM} for one in platforms],
        "channels": [told(one) for one in queries.channels(retired=True)],
        "campaigns": [{name: getattr(one, name) for name in CAMPAIGN} for one in queries.campaigns()],
    }


PLATFORM = ("code", "name", "domain", "retired_at")
CAMPAIGN = ("code", "name", "begins_on", "ends_on", "retired_at")


def told(one: queries.Standing) -> dict[str, Any]:
    said = {name: getattr(one.channel, name) for name in ("code", "name", "retired_at")}
    owner = one.channel.owner.get_username() if one.channel.owner else None
    return said | {"platform": one.platform.code, "domain": one.platform.domain, "owner": owner}


@desk.writes("POST", "/traffic/platforms", scope="traffic:write", gives=PlatformShape)
def open_platform(request: HttpRequest, body: NewPlatform) -> Any:
    """A new platform; its code is for ever."""
    made = growing.open_platform(**body.dict(), at=clock.now())
    return {name: getattr(made, name) for name in PLATFORM}


@desk.writes("POST", "/traffic/channels", scope="traffic:write", gives=TrafficChannel)
def open_channel(request: HttpRequest, body: NewChannel) -> Any:
    """A new channel on a platform; it belongs to nobody yet."""
    made = growing.open_channel(**body.dict(), by=signature(request), at=clock.now())
    return told(standing(made))


def standing(channel: Channel) -> queries.Standing:
    return queries.Standing(channel, queries.history(channel.code)[0].platform)


@desk.writes("POST", "/traffic/campaigns", scope="traffic:write", gives=CampaignShape)
def open_campaign(request: HttpRequest, body: NewCampaign) -> Any:
    """A new campaign; touches are of it whose utm_campaign is its code."""
    made = growing.open_campaign(**body.dict(), by=signature(request), at=clock.now())
    return {name: getattr(made, name) for name in CAMPAIGN}


@desk.reads("/traffic/spend", scope="traffic:read", gives=list[SpendEntry])
def list_spend(
    request: HttpRequest, channel: str = "", since: date | None = None, until: date | None = None,
    skip: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Any:  # fmt: skip
    """Fifty entries, the newest days first; `until` is the day after the last."""
    rows = queries.spent(channel=channel[:50], since=since, until=until, before=skip)[: queries.PAGE]
    return [
        {
            "day": row.day, "channel": row.channel.code, "campaign": row.campaign.code if row.campaign else "",
            "creator": row.creator, "currency": row.currency, "amount": row.amount, "rate": row.rate, "cost": row.cost,
            "by": row.by,
        }
        for row in rows
    ]  # fmt: skip


@desk.writes("POST", "/traffic/spend", scope="traffic:write", gives=Entered)
def enter_spend(request: HttpRequest, body: SpendShape) -> Any:
    """What a day cost; the newest word counts."""
    return {"news": spending.record(**body.dict(), by=signature(request), at=clock.now())}


@desk.reads("/traffic/rules", scope="traffic:read", gives=list[TouchRule])
def list_touch_rules(request: HttpRequest) -> Any:
    """Rules in force, in the order in which they are asked."""
    return [queries.as_dict(rule) for rule in queries.rules()]


@desk.writes("POST", "/traffic/rules", scope="traffic:write", gives=TouchRule)
def write_touch_rule(request: HttpRequest, body: NewTouchRule) -> Any:
    """A rule; it holds for the past too."""
    if unknown := set(body.seen) - set(SIGNS):
        raise ruling.BadTouchRule(f"a rule looks at {', '.join(SIGNS)}, not at {', '.join(sorted(unknown))[:100]}")
    made = ruling.write(
        channel=body.channel, campaign=body.campaign, place=body.place, by=signature(request), at=clock.now(),
        **body.seen,
    )  # fmt: skip
    return queries.as_dict(made)


@desk.writes("POST", "/traffic/rules/{number}/close", scope="traffic:write", gives=list[TouchRule])
def close_touch_rule(request: HttpRequest, number: Annotated[int, Field(ge=0, lt=2**62)]) -> Any:
    """It counts no more, for the past neither; the rules that are left."""
    ruling.close(rule=number, at=clock.now())
    return [queries.as_dict(rule) for rule in queries.rules()]


@desk.reads("/traffic/return", scope="traffic:read", gives=Returns)
def get_cost_and_return(
    request: HttpRequest, by: Cut = "channel", since: date | None = None, until: date | None = None
) -> Any:
    """What buyers cost and bring, as the worker has drawn it; `until` is the last day of first orders and spend."""
    after = until + timedelta(days=1) if until and until < date.max else None
    found = figures.answer(by, since=since, until=after)
    about = {"by": by, "as_of": found.as_of, "window_days": found.window, "margin": found.margin}
    return about | {"rows": incremental.told(found), "total": found.total.as_dict()}


@desk.reads("/people/{person}/touches", scope="traffic:read", gives=list[TouchShape])
def list_touches(request: HttpRequest, person: str) -> Any:
    """The newest fifty touches of a person, each with its channel by the rules of now."""
    who = number("per", person, "a person")
    with open_touchpoints() as db:
        found = queries.touches_of(db, who)
    return [one._asdict() | {"happened_at": aware(one.happened_at)} for one in found]


def aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
