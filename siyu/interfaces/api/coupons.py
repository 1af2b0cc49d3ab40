"""/api/coupons and what members have been given."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.loyalty import benefits
from siyu.features.loyalty.benefits.queries import Held, shown
from siyu.features.loyalty.coupons import issuing, queries, writing
from siyu.features.loyalty.coupons.writing import MOST, Terms
from siyu.features.loyalty.models import CouponCode, CouponTemplate
from siyu.interfaces.api.desk import Desk, key_of, signature
from siyu.interfaces.api.loyalty import member
from siyu.interfaces.api.shapes import EPOCH, After, Amount, Limit, Moment, Page, code, cursor, number, place
from siyu.kit import clock

desk = Desk(tags=["coupons"])
Kind = Literal["amount", "percent", "gift"]
Money = Annotated[int, Field(ge=0, le=MOST, description="Minor units of the base currency")]
Whole = Annotated[int, Field(ge=0, le=MOST)]
State = Literal["issued", "reserved", "redeemed", "reversed", "expired", "void"]


class CouponState(Schema):
    """What a coupon is. `worth`: minor units of an amount, hundredths of a percent, 1 of a gift."""

    title: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    kind: Kind
    worth: Annotated[int, Field(ge=1, le=MOST)]
    cap: Annotated[Money | None, Field(description="The most that a percentage takes off")] = None
    minimum: Annotated[Money, Field(description="What the goods that it holds for must cost together")] = 0
    listings: Annotated[list[str], Field(max_length=500)] = []
    shelves: Annotated[list[str], Field(max_length=100, description="With all below them; neither: everything")] = []
    stacks: Annotated[bool, Field(description="An order may use others beside it")] = False
    group: Annotated[str, Field(max_length=30, description="An order uses one of a group")] = ""
    begins_at: Moment | None = None
    ends_at: Moment | None = None
    days: Annotated[int | None, Field(ge=1, le=3650, description="How long a code lasts")] = None
    budget: Annotated[Money | None, Field(description="null: as much as comes")] = None
    count: Annotated[Whole | None, Field(description="Codes in all")] = None
    each: Annotated[int, Field(ge=1, le=1000, description="Codes for a member")] = 1
    word: Annotated[str, Field(max_length=30, description="What everybody may type")] = ""
    returns: Annotated[bool, Field(description="The code comes back when all of its order went back")] = False


class Coupon(CouponState):
    code: str
    state: Literal["draft", "published", "closed"]
    issued: int
    codes: Annotated[dict[str, int], Field(description="By state; of those issued, `unclaimed` are nobody's yet")]
    left: Annotated[Amount | None, Field(description="Of the budget")]
    reserved: Amount
    cost: Amount


class Code(Schema):
    """`text` is what is typed."""

    code: str
    coupon: str
    text: str
    state: State
    issued_at: Moment
    begins_at: Moment
    expires_at: Moment
    redeemed_at: Moment | None
    order: str | None
    amount: Amount


class NewCodes(Schema):
    codes: Annotated[int, Field(ge=1, le=issuing.BATCH)]


class Made(Schema):
    coupon: str
    codes: int


class Typed(Schema):
    text: Annotated[str, Field(min_length=1, max_length=40)]


class CouponIssuing(Schema):
    person: str
    because: Annotated[str, Field(min_length=1, max_length=40)] = "api"


class Benefit(Schema):
    """`audience`: as a consumer, or as a small business."""

    code: str
    kind: str
    words: str
    audience: Literal["consumer", "business"]
    because: str
    state: Literal["granted", "used", "expired", "revoked"]
    granted_at: Moment
    expires_at: Moment | None
    ended_at: Moment | None


class Benefits(Schema):
    items: list[Benefit]


class Codes(Schema):
    items: list[Code]


class Giving(Schema):
    kind: Annotated[str, Field(max_length=30)]
    terms: Annotated[dict[str, str | int], Field(max_length=10)]
    because: Annotated[str, Field(min_length=1, max_length=60)]
    audience: Literal["consumer", "business"] = "consumer"
    expires_at: Moment | None = None


@desk.reads("/coupons", scope="coupons:read", gives=Page[Coupon])
def list_coupons(
    request: HttpRequest,
    *,
    state: Literal["", "draft", "published", "closed"] = "",
    search: str = "",
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Coupons, newest first, with what became of their codes and budgets."""
    seen = place(after)
    page = queries.templates(state=state, search=plain(search), after=seen[1] if seen else 0, limit=limit)
    return {"items": [told(row) for row in page.rows], "next": cursor((EPOCH, page.next)) if page.next else None}


@desk.reads("/coupons/{coupon}", scope="coupons:read", gives=Coupon)
def get_coupon(request: HttpRequest, coupon: str) -> Any:
    """A coupon, with what became of its codes and its budget."""
    return told(queries.rows([queries.template(numbered(coupon))])[0])


@desk.writes("POST", "/coupons", scope="coupons:write", gives=Coupon)
def make_coupon(request: HttpRequest, body: CouponState) -> Any:
    """A draft: no code of it is issued yet."""
    made = writing.write(terms=terms(body), by=signature(request), at=clock.now())
    return done(request, made, "written")


@desk.writes("PUT", "/coupons/{coupon}", scope="coupons:write", gives=Coupon)
def write_coupon(request: HttpRequest, coupon: str, body: CouponState) -> Any:
    """A coupon as it is now. Once published it gets a later end, more codes, another budget and title, and no more."""
    made = writing.write(terms=terms(body), by=signature(request), at=clock.now(), template=numbered(coupon))
    return done(request, made, "written")


@desk.writes("POST", "/coupons/{coupon}/publish", scope="coupons:write", gives=Coupon)
def publish_coupon(request: HttpRequest, coupon: str) -> Any:
    """Codes are issued from now on, and the budget is there."""
    made = writing.publish(template=numbered(coupon), by=signature(request), at=clock.now())
    return done(request, made, "published")


@desk.writes("POST", "/coupons/{coupon}/close", scope="coupons:write", gives=Coupon)
def close_coupon(request: HttpRequest, coupon: str) -> Any:
    """No more codes; those that are out hold."""
    return done(request, writing.close(template=numbered(coupon), at=clock.now()), "closed")


@desk.reads("/coupons/{coupon}/codes", scope="coupons:read", gives=Page[Code])
def list_codes(
    request: HttpRequest, coupon: str, *, state: State | Literal[""] = "", after: After = None, limit: Limit = 50
) -> Any:
    """Codes of a coupon, newest first."""
    seen = place(after)
    found = queries.codes(numbered(coupon), state=state, after=seen[1] if seen else 0, limit=limit + 1)
    items = [outside(one) for one in found[:limit]]
    return {"items": items, "next": cursor((EPOCH, found[limit - 1].pk)) if len(found) > limit else None}


@desk.writes("POST", "/coupons/{coupon}/codes", scope="coupons:write", gives=Made, keyed=True)
def make_codes(request: HttpRequest, coupon: str, body: NewCodes) -> Any:
    """Codes that belong to whoever types them first."""
    made = issuing.generate(
        template=numbered(coupon), codes=body.codes, key=key_of(request), by=signature(request), at=clock.now()
    )
    trail.note(made.template, "codes_made", codes=made.count, through=signature(request))
    return {"coupon": coupon, "codes": made.count}


@desk.writes("POST", "/coupons/{coupon}/issue", scope="coupons:write", gives=Code, keyed=True)
def issue_coupon(request: HttpRequest, coupon: str, body: CouponIssuing) -> Any:
    """A code for a member."""
    made = issuing.issue(
        template=numbered(coupon), identity=member(body.person), key=key_of(request), because=body.because,
        at=clock.now(),
    )  # fmt: skip
    trail.note(made.template, "issued", code=made.text, through=signature(request))
    return outside(made)


@desk.writes("POST", "/coupons/codes/{code}/void", scope="coupons:write", gives=Code)
def void_code(request: HttpRequest, code: str) -> Any:
    """Take an unused code back. `code` is its `cpc_…`, not its text."""
    made = issuing.void(code=number("cpc", code, "a code of a coupon"), at=clock.now())
    trail.note(made.template, "code_voided", code=made.text, through=signature(request))
    return outside(made)


@desk.reads("/people/{person}/coupons", scope="coupons:read", gives=Codes)
def list_coupons_of(request: HttpRequest, person: str) -> Any:
    """What a member has, the newest first."""
    return {"items": [outside(one) for one in queries.of_member(member(person))]}


@desk.writes("POST", "/people/{person}/coupons/claim", scope="coupons:write", gives=Code)
def claim_coupon(request: HttpRequest, person: str, body: Typed) -> Any:
    """The member types a code: of a batch, or a word that everybody may type."""
    return outside(issuing.claim(identity=member(person), text=body.text, at=clock.now()))


@desk.reads("/people/{person}/benefits", scope="loyalty:read", gives=Benefits)
def list_benefits(
    request: HttpRequest, person: str, *, audience: Literal["", "consumer", "business"] = "", usable: bool = False
) -> Any:
    """What a member was given; `usable`: only what can be used now."""
    found = benefits.given_to(member(person), audience=audience, at=clock.now() if usable else None)
    return {"items": [told_of(one) for one in found]}


@desk.writes("POST", "/people/{person}/benefits", scope="loyalty:write", gives=Benefit, keyed=True)
def give_benefit(request: HttpRequest, person: str, body: Giving) -> Any:
    """Give a benefit of any kind: {"kind": "birthday", "terms": {"what": "a cake", "days": 7}}."""
    given = benefits.give(identity=member(person), key=f"api:{key_of(request)}", at=clock.now(), **body.model_dump())
    trail.note(given, "given", through=signature(request))
    return told_of(shown(given))


@desk.writes("POST", "/benefits/{benefit}/use", scope="loyalty:write", gives=Benefit)
def use_benefit(request: HttpRequest, benefit: str) -> Any:
    """Use it up: once, whoever is quicker."""
    used = benefits.use(grant=number("ben", benefit, "a benefit"), at=clock.now())
    trail.note(used, "used", through=signature(request))
    return told_of(shown(used))


@desk.writes("POST", "/benefits/{benefit}/revoke", scope="loyalty:write", gives=Benefit)
def revoke_benefit(request: HttpRequest, benefit: str) -> Any:
    """Take it away before it is used; what was used or is over stays as it is."""
    gone = benefits.take_away(grant=number("ben", benefit, "a benefit"), at=clock.now())
    trail.note(gone, "revoked", through=signature(request))
    return told_of(shown(gone))


def numbered(coupon: str) -> int:
    return number("cpn", coupon, "a coupon")


def plain(text: str) -> str:
    return text.replace("\0", "")[:100]


def terms(body: CouponState) -> Terms:
    said = body.model_dump(exclude={"listings", "shelves"})
    return Terms(
        **said,
        listings=[number("lst", one, "a listing") for one in body.listings],
        categories=[number("shf", one, "a shelf") for one in body.shelves],
    )


def told(row: queries.Row) -> dict[str, Any]:
    said = vars(queries.terms(row.template))
    return said | {
        "code": code("cpn", row.template.pk), "state": row.state, "issued": row.template.issued, "codes": row.codes,
        "left": row.left, "reserved": row.reserved, "cost": row.cost,
        "listings": [code("lst", one) for one in said["listings"]],
        "shelves": [code("shf", one) for one in said["categories"]],
    }  # fmt: skip


def done(request: HttpRequest, made: CouponTemplate, did: str) -> dict[str, Any]:
    trail.note(made, did, through=signature(request))
    return told(queries.rows([made])[0])


def outside(one: CouponCode) -> dict[str, Any]:
    times = {name: getattr(one, name) for name in ("issued_at", "begins_at", "expires_at", "redeemed_at")}
    order = code("ord", one.order_id) if one.order_id else None
    return times | {
        "code": code("cpc", one.pk), "coupon": code("cpn", one.template_id), "text": one.text, "state": one.state,
        "order": order, "amount": one.amount,
    }  # fmt: skip


def told_of(one: Held) -> dict[str, Any]:
    return {**vars(one), "code": code("ben", one.number)}
