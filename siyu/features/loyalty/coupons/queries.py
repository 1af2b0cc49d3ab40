"""Questions about coupons: for operators what was given and what it cost, for members what they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from siyu.core.ledger.models import Account
from siyu.features.commerce import shopfront
from siyu.features.commerce.categories import paths
from siyu.features.commerce.desk import code as order_code
from siyu.features.commerce.models import Listing
from siyu.features.commerce.pricing import RULES, Quote
from siyu.features.commerce.shopfront import Desk
from siyu.features.loyalty.benefits import KINDS, given_to
from siyu.features.loyalty.benefits.queries import Held
from siyu.features.loyalty.benefits.rights import Right
from siyu.features.loyalty.coupons import offers
from siyu.features.loyalty.coupons.pricing import NAME
from siyu.features.loyalty.coupons.writing import NoSuchTemplate, Terms
from siyu.features.loyalty.models import CouponBatch, CouponCode, CouponHandout, CouponTemplate
from siyu.features.loyalty.points.spending import Payable, payable

PAGE = 50
STATES = {
    "draft": Q(published_at=None, closed_at=None),
    "published": Q(published_at__isnull=False, closed_at=None),
    "closed": Q(closed_at__isnull=False),
}


@dataclass(frozen=True)
class Row:
    """A template with what became of its codes and its money."""

    template: CouponTemplate
    state: str
    codes: dict[str, int]
    """By state; `unclaimed` of the issued belong to nobody yet."""
    left: int | None
    """Of the budget; none: it has none."""
    reserved: int
    cost: int

    @property
    def used(self) -> float | None:
        """Of the budget, what is promised or gone."""
        budget = self.template.budget
        return None if not budget or self.left is None else 1 - self.left / budget


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: int | None


@dataclass(frozen=True)
class Behind:
    """An order that used a code."""

    code: str
    number: str
    order: str
    state: str
    amount: int
    back: int
    paid: int
    at: datetime


@dataclass(frozen=True)
class Whole:
    """All that a template's own page shows."""

    row: Row
    holds_for: list[str]
    orders: list[Behind]
    paid: int
    """For all orders that redeemed one, without what went back."""
    redeemed: int
    batches: list[CouponBatch]
    handouts: list[CouponHandout]

    @property
    def under_way(self) -> bool:
        return any(one.done_at is None for one in self.handouts)


@dataclass(frozen=True)
class Mine:
    """A member's coupon. `state`: usable, soon, reserved, used, over."""

    text: str
    title: str
    kind: str
    worth: int
    cap: int | None
    minimum: int
    state: str
    stacks: bool
    begins_at: datetime
    expires_at: datetime
    holds_for: list[str]


@dataclass(frozen=True)
class Wallet:
    """All that a member can use, and what is over."""

    coupons: list[Mine]
    over: list[Mine]
    rights: list[Held]


@dataclass(frozen=True)
class Choice:
    """A coupon at the desk: used with what it takes off, or refused with why."""

    text: str
    title: str
    used: bool
    amount: int
    why: str
    expires_at: datetime


@dataclass(frozen=True)
class AtDesk:
    desk: Desk
    coupons: list[Choice]
    best: bool
    """Nobody has chosen: it is the best combination of all."""
    points: Payable | None
    """What points can pay of it."""


def templates(*, state: str = "", search: str = "", after: int = 0, limit: int = PAGE) -> Page:
    """The newest first."""
    found = CouponTemplate.objects.filter(STATES.get(state, Q()))
    if search:
        found = found.filter(Q(title__icontains=search) | Q(word=search.strip().upper()))
    if after:
        found = found.filter(pk__lt=after)
    some = list(found.order_by("-pk")[: limit + 1])
    return Page(rows(some[:limit]), some[limit - 1].pk if len(some) > limit else None)


def rows(some: list[CouponTemplate]) -> list[Row]:
    counted, stands = counts(some), accounts(some)
    return [
        Row(
            one,
            state_of(one),
            counted.get(one.pk, {}),
            None if one.budget is None else stands.get((one.pk, "budget"), 0),
            stands.get((one.pk, "reserved"), 0),
            stands.get((one.pk, "cost"), 0),
        )
        for one in some
    ]


def state_of(one: CouponTemplate) -> str:
    if one.closed_at:
        return "closed"
    return "published" if one.published_at else "draft"


def counts(some: Iterable[CouponTemplate]) -> dict[int, dict[str, int]]:
    codes = CouponCode.objects.filter(template__in=[one.pk for one in some])
    found: dict[int, dict[str, int]] = {}
    grouped = codes.order_by().values_list("template", "state")
    for template, state, n, unclaimed in grouped.annotate(n=Count("pk"), free=Count("pk", filter=Q(identity=None))):
        here = found.setdefault(template, {})
        here[state] = n
        if state == "issued" and unclaimed:
            here["unclaimed"] = unclaimed
    return found


def accounts(some: Iterable[CouponTemplate]) -> dict[tuple[int, str], int]:
    names = {f"coupon:{one.pk}": one.pk for one in some}
    kinds = ("budget", "reserved", "cost")
    found = Account.objects.filter(unit="money", kind__in=kinds, owner=None, name__in=names).order_by("pk")
    return {(names[name], kind): balance for name, kind, balance in found.values_list("name", "kind", "balance")}


def template(number: int) -> CouponTemplate:
    one = CouponTemplate.objects.filter(pk=number).first()
    if one is None:
        raise NoSuchTemplate("there is no such coupon")
    return one


def whole(number: int) -> Whole:
    one = template(number)
    held = CouponCode.objects.filter(template=one, order__isnull=False)
    redeemed = held.filter(redeemed_at__isnull=False)
    sums = redeemed.aggregate(paid=Sum(F("order__amount")), n=Count("order", distinct=True))
    recent = held.select_related("order").order_by("-order", "-pk")[:PAGE]
    return Whole(
        rows([one])[0],
        places(one),
        [behind(code) for code in recent],
        sums["paid"] or 0,
        sums["n"],
        list(one.batches.order_by("-pk")[:PAGE]),
        list(one.handouts.order_by("-pk")[:PAGE]),
    )


def behind(code: CouponCode) -> Behind:
    order = code.order
    assert order
    return Behind(
        code.text, order.number, order_code(order.pk), code.state, code.amount, code.back, order.amount,
        code.redeemed_at or order.opened_at or code.issued_at,
    )  # fmt: skip


def places(one: CouponTemplate) -> list[str]:
    """What it holds for, in words; nothing: everything."""
    shelves = dict(paths()) if one.categories.all() else {}
    listings = [listing.title for listing in one.listings.all()]
    return [*sorted(shelves[category.pk] for category in one.categories.all()), *sorted(listings)]


def codes(number: int, *, state: str = "", search: str = "", after: int = 0, limit: int = PAGE) -> list[CouponCode]:
    """Of a template, the newest first."""
    found = CouponCode.objects.filter(template=number).select_related("order")
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(text=search.strip().upper())
    if after:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:limit])


def terms(one: CouponTemplate) -> Terms:
    """What a form begins with."""
    listings = [listing.pk for listing in one.listings.all()]
    categories = [category.pk for category in one.categories.all()]
    names = [name for name in Terms.__dataclass_fields__ if name not in ("listings", "categories")]
    said = {name: getattr(one, name) for name in names}
    return Terms(**said, listings=sorted(listings), categories=sorted(categories))


def for_sale() -> list[tuple[int, str]]:
    return list(Listing.objects.order_by("title", "pk").values_list("pk", "title"))


def handout(number: int) -> CouponHandout | None:
    return CouponHandout.objects.select_related("template").filter(pk=number).first()


def of_member(identity: int) -> list[CouponCode]:
    """The newest first."""
    return list(CouponCode.objects.filter(identity=identity).order_by("-pk")[: 2 * offers.MOST])


def wallet(identity: int, *, at: datetime) -> Wallet:
    some = mine(identity, at=at)
    rights = [one for one in given_to(identity, at=at) if isinstance(KINDS.get(one.kind), Right)]
    gone = [one for one in some if one.state in ("used", "over")]
    return Wallet([one for one in some if one not in gone], gone, rights)


def mine(identity: int, *, at: datetime) -> list[Mine]:
    """What can be used first, by when it ends; then what is over."""
    found = with_goods(CouponCode.objects.filter(identity=identity).exclude(state="void"))
    some = [shown(code, at) for code in found.order_by("-pk")[: 2 * offers.MOST]]
    turn = ("usable", "reserved", "soon", "used", "over")
    return sorted(some, key=lambda one: (turn.index(one.state), one.expires_at))


def with_goods(found: QuerySet[CouponCode]) -> QuerySet[CouponCode]:
    return found.select_related("template").prefetch_related("template__listings", "template__categories")


def shown(code: CouponCode, at: datetime) -> Mine:
    one = code.template
    names = [c.name for c in one.categories.all()] + [listing.title for listing in one.listings.all()]
    return Mine(
        code.text, one.title, one.kind, one.worth, one.cap, one.minimum, standing(code, at), one.stacks, code.begins_at,
        code.expires_at, sorted(names),
    )  # fmt: skip


def standing(code: CouponCode, at: datetime) -> str:
    if code.state in ("redeemed", "reversed"):
        return "used"
    if code.state == "expired" or (code.state == "issued" and code.expires_at <= at):
        return "over"
    if code.state == "reserved":
        return "reserved"
    return "soon" if code.begins_at > at else "usable"


def at_the_desk(*, identity: int, kind: str, codes: tuple[str, ...], at: datetime) -> AtDesk:
    """The cart of a member at the desk, with every coupon of theirs: what it takes off, or why it does not."""
    desk = shopfront.desk(identity=identity, kind=kind, codes=codes, at=at)
    held, choice = offers.chosen(desk.quote.basket, before_coupons(desk.quote))
    used = {one.offer.code: one.amount for one in choice.used}
    found = [
        Choice(
            one.text, one.title, one.code in used, used.get(one.code, 0), choice.refused.get(one.code, ""),
            one.expires_at,
        )
        for one in held
    ]  # fmt: skip
    turn = sorted(found, key=lambda one: (not one.used, one.why != "", one.expires_at))
    return AtDesk(desk, turn, not offers.coupons_of(codes), payable(desk.quote))


def before_coupons(quote: Quote) -> list[int]:
    """What each line costs after the rules that come before coupons."""
    earlier = set(list(RULES)[: list(RULES).index(NAME)])
    return [line.listed + sum(step.amount for step in line.steps if step.rule in earlier) for line in quote.lines]
