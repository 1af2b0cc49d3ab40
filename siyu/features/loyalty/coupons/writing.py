"""Templates: an operator writes one, publishes it, gives it more money or codes, and closes it."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from siyu.core.eventlog.announce import announce
from siyu.events.benefits import CouponClosed, CouponPublished
from siyu.features.commerce.models import Category, Listing
from siyu.features.loyalty.coupons import purse
from siyu.features.loyalty.models import CouponTemplate
from siyu.kit.refusals import Refused

MOST = 10**12
LONGEST = 3650
LETTERS = set(string.ascii_uppercase + string.digits + "-_")


class BadCoupon(Refused):
    code = "bad_coupon"
    status = 422


class NoSuchTemplate(Refused):
    code = "no_such_coupon"
    status = 404


class AlreadyPublished(Refused):
    """What codes are worth that are out already is a promise."""

    code = "coupon_is_published"
    status = 409


class Closed(Refused):
    code = "coupon_is_closed"
    status = 409


class WordTaken(Refused):
    code = "word_taken"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an operator writes; money in minor units. What `kind` and `worth` mean, see the table."""

    title: str
    kind: str
    worth: int
    cap: int | None = None
    minimum: int = 0
    listings: Sequence[int] = ()
    categories: Sequence[int] = ()
    stacks: bool = False
    group: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    days: int | None = None
    budget: int | None = None
    count: int | None = None
    each: int = 1
    word: str = ""
    returns: bool = False


LATER = ("title", "budget", "count", "each", "returns", "ends_at")
"""What can be changed of a published one: more codes, more money, a later end."""
FIELDS = (
    "title", "kind", "worth", "cap", "minimum", "stacks", "group", "begins_at", "ends_at", "days", "budget", "count",
    "each", "word", "returns",
)  # fmt: skip


@transaction.atomic
def write(*, terms: Terms, by: str, at: datetime, template: int | None = None) -> CouponTemplate:
    """A new draft, or what an old template says from now on."""
    check(terms)
    one = locked(template) if template else CouponTemplate(created_at=at)
    if one.closed_at:
        raise Closed("it is closed; write a new one")
    if one.published_at:
        kept(one, terms)
    before = one.budget
    for name in FIELDS:
        setattr(one, name, getattr(terms, name))
    one.word = terms.word.strip().upper()
    save(one)
    one.listings.set(known(Listing, terms.listings))
    one.categories.set(known(Category, terms.categories))
    if one.published_at:
        purse.fund(one, before, by=by, at=at)
    return one


def check(terms: Terms) -> None:
    """Everything that the constraints would refuse, in words."""
    word = terms.word.strip().upper()
    wrong = {
        "a title has 1 to 100 characters": not 0 < len(terms.title.strip()) <= 100,
        "it takes off an amount, a percentage, or a piece": terms.kind not in dict(CouponTemplate.KINDS),
        "what it takes off is more than nothing": not 0 < terms.worth <= MOST,
        "a percentage is at most 100": terms.kind == "percent" and terms.worth > 10_000,
        "a gift is one piece": terms.kind == "gift" and terms.worth != 1,
        "a gift says which goods": terms.kind == "gift" and not (terms.listings or terms.categories),
        "only a percentage has a cap, above nothing": terms.cap is not None
        and not (terms.kind == "percent" and 0 < terms.cap <= MOST),
        "a minimum is not below zero": not 0 <= terms.minimum <= MOST,
        "it says until when, or for how many days": terms.ends_at is None and terms.days is None,
        f"1 to {LONGEST} days": terms.days is not None and not 0 < terms.days <= LONGEST,
        "it ends after it began": bool(terms.begins_at and terms.ends_at and terms.begins_at >= terms.ends_at),
        "a budget is not below zero": terms.budget is not None and not 0 <= terms.budget <= MOST,
        "a number of codes is not below zero": terms.count is not None and not 0 <= terms.count <= MOST,
        "a member may have 1 to 1,000": not 0 < terms.each <= 1000,
        "a group has at most 30 characters": len(terms.group) > 30,
        "a word has 3 to 30 letters, digits, - or _": bool(word)
        and not (3 <= len(word) <= 30 and set(word) <= LETTERS),
    }
    if said := [sentence for sentence, holds in wrong.items() if holds]:
        raise BadCoupon("; ".join(said))


def locked(template: int) -> CouponTemplate:
    """The template, and nobody else issues of it until the transaction ends."""
    one = CouponTemplate.objects.select_for_update(no_key=True).filter(pk=template).first()
    if one is None:
        raise NoSuchTemplate("there is no such coupon")
    return one


def kept(one: CouponTemplate, terms: Terms) -> None:
    """Refuse to change what a code that is out promises."""
    same = all(getattr(one, name) == getattr(terms, name) for name in FIELDS if name not in (*LATER, "word"))
    goods = {*one.listings.values_list("pk", flat=True)} == {*terms.listings}
    shelves = {*one.categories.values_list("pk", flat=True)} == {*terms.categories}
    if not (same and goods and shelves and one.word == terms.word.strip().upper()):
        raise AlreadyPublished("what it takes off, for what and when is promised; close it and write a new one")
    sooner = one.ends_at and (terms.ends_at is None or terms.ends_at < one.ends_at)
    if sooner or (terms.each < one.each) or (one.budget is None) != (terms.budget is None):
        raise AlreadyPublished("a published coupon gets a later end and more codes, never fewer; its budget stays one")
    if terms.count is not None and terms.count < one.issued:
        raise AlreadyPublished(f"{one.issued} codes are out already")


def save(one: CouponTemplate) -> None:
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError:
        raise WordTaken("another coupon goes by that word") from None


def known(model: type, numbers: Sequence[int]) -> list[int]:
    found = list(model.objects.filter(pk__in=numbers).values_list("pk", flat=True))  # type: ignore[attr-defined]
    if len(found) < len(set(numbers)):
        raise BadCoupon("it holds for goods or shelves that are not there")
    return found


@transaction.atomic
def publish(*, template: int, by: str, at: datetime) -> CouponTemplate:
    """From now on codes are issued, and the budget is there. Twice is once."""
    one = locked(template)
    if one.closed_at:
        raise Closed("it is closed; write a new one")
    if one.published_at is None:
        one.published_at = at
        one.save(update_fields=["published_at"])
        purse.fund(one, None, by=by, at=at)
        announce(CouponPublished(at=at, template=one.pk, title=one.title))
    return one


@transaction.atomic
def close(*, template: int, at: datetime) -> CouponTemplate:
    """No more codes; those that are out hold. Twice is once."""
    one = locked(template)
    if one.closed_at is None:
        one.closed_at = at
        one.save(update_fields=["closed_at"])
        announce(CouponClosed(at=at, template=one.pk))
    return one
