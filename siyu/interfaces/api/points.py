"""/api/people/{person}/points, /api/mall, /api/redemptions: points as programs see, give and exchange them."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.ledger.books import hashed
from siyu.features.loyalty.models import Redemption
from siyu.features.loyalty.points import earning, mall, queries
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.loyalty import member
from siyu.interfaces.api.shapes import After, Amount, Moment, Page, Text, code, number
from siyu.kit import clock

desk = Desk(tags=["points"])


class Expiring(Schema):
    at: Moment
    points: int


class Points(Schema):
    """What a member has; lots decide which of it goes first."""

    available: int
    pending: Annotated[int, Field(description="Not usable yet: waits for a receipt or a day")]
    held: Annotated[int, Field(description="Promised to orders that are not paid")]
    owed: Annotated[int, Field(description="Owed by what was taken back after it had been spent; new points pay it")]
    worth: Annotated[Amount, Field(description="Of what is available, in minor units of the base currency")]
    expiring: list[Expiring]


class PointsLine(Schema):
    at: Moment
    points: Annotated[int, Field(description="Below zero: they went")]
    reason: str
    about: str
    balance: int


class NewPoints(Schema):
    points: Annotated[int, Field(ge=1, le=earning.MOST)]
    because: Annotated[str, Field(min_length=1, max_length=200, description="Kept with the transfer")]
    lives_days: Annotated[int | None, Field(ge=1, le=3650, description="null: they do not expire")] = None


class MallOffer(Schema):
    code: str
    title: str
    text: str
    points: int
    gives: Annotated[list[str], Field(description="In words; none: goods, which are sent")]
    left: Annotated[int | None, Field(description="null: as many as are wanted")]
    most_a_member: int | None


class Exchange(Schema):
    item: Text
    address: Annotated[dict[str, str] | None, Field(description="name, phone, region, street: for goods")] = None


class Exchanged(Schema):
    code: str
    item: str
    points: int
    at: Moment
    sent_at: Moment | None
    reversed_at: Moment | None


@desk.reads("/people/{person}/points", scope="points:read", gives=Points)
def get_points(request: HttpRequest, person: str) -> Any:
    """What a member has, and what expires next."""
    return balances(member(person))


@desk.reads("/people/{person}/points/lines", scope="points:read", gives=Page[PointsLine])
def list_points_lines(request: HttpRequest, person: str, after: After = None) -> Any:
    """A member's statement, the newest first."""
    seen = number("lin", after, "a line") if after else 0
    mine = queries.of_member(member(person), at=clock.now(), before=seen)
    lines = [{**one._asdict(), "about": one.why, "balance": one.left} for one in mine.moved]
    return {"items": lines, "next": code("lin", mine.next) if mine.next else None}


@desk.writes("POST", "/people/{person}/points", scope="points:write", gives=Points, keyed=True)
def give_points(request: HttpRequest, person: str, body: NewPoints) -> Any:
    """Give points, usable at once."""
    by = signature(request)
    earning.give(
        identity=(who := member(person)), points=body.points, key=f"api:{key_of(request)}", because=f"hand:{by}"[:80],
        by=by, memo=body.because, lives_days=body.lives_days, at=clock.now(),
    )  # fmt: skip
    return balances(who)


@desk.reads("/mall", scope="points:read", gives=list[MallOffer])
def list_mall(request: HttpRequest) -> Any:
    """What points are exchanged for today."""
    return [
        {**vars(one.item), "code": code("mal", one.item.pk), "gives": one.things}
        for one in queries.offers(None, at=clock.now())
    ]


@desk.writes("POST", "/people/{person}/redemptions", scope="points:write", gives=Exchanged, keyed=True)
def redeem(request: HttpRequest, person: str, body: Exchange) -> Any:
    """Exchange a member's points for a piece; refused where points or pieces do not suffice."""
    item, key = number("mal", body.item, "something in the mall"), hashed(key_of(request))
    return told(mall.redeem(item=item, identity=member(person), key=key, address=body.address, at=clock.now()))


@desk.reads("/people/{person}/redemptions", scope="points:read", gives=list[Exchanged])
def list_redemptions(request: HttpRequest, person: str) -> Any:
    """A member's newest exchanges."""
    return [told(one) for one in queries.redemptions(identity=member(person))]


@desk.writes("POST", "/redemptions/{code}/reverse", scope="points:write", gives=Exchanged)
def reverse_redemption(request: HttpRequest, code: str) -> Any:
    """Call an exchange off: points and piece come back, and what was given is taken back. Twice is once."""
    found = number("red", code, "an exchange")
    return told(mall.reverse(redemption=found, by=signature(request), at=clock.now()))


def balances(who: int) -> dict[str, Any]:
    mine = queries.of_member(who, at=clock.now())
    expiring = [{"at": at, "points": points} for at, points in mine.expiring]
    return {**mine.balances._asdict(), "owed": -mine.balances.debt, "worth": mine.worth, "expiring": expiring}


def told(one: Redemption) -> dict[str, Any]:
    return {**vars(one), "code": code("red", one.pk), "item": code("mal", one.item_id)}
