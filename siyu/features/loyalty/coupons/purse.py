"""The money of coupons in the ledger: a budget, what orders that are not paid hold of it, and what coupons have cost.

A template without a budget draws on the account that all budgets are filled from.
"""

from collections.abc import Iterable
from datetime import datetime

from siyu.core.ledger import books
from siyu.core.ledger.books import Posting
from siyu.core.ledger.models import Account
from siyu.features.loyalty.models import CouponCode, CouponTemplate
from siyu.kit.refusals import Refused


class BudgetSpent(Refused):
    code = "budget_spent"
    status = 409


def budget(template: CouponTemplate) -> int:
    if template.budget is None:
        return source()
    return own("budget", template.pk)


def source() -> int:
    """What all budgets are filled from."""
    return books.account(unit="money", kind="promotion", name="coupons", open=True)


def own(kind: str, template: int) -> int:
    return books.account(unit="money", kind=kind, name=f"coupon:{template}")


def fund(template: CouponTemplate, before: int | None, *, by: str, at: datetime) -> None:
    """Bring the budget from what it was to what the template says; what is used already cannot be taken out."""
    more = (template.budget or 0) - (before or 0)
    if not more:
        return
    house, ours = source(), own("budget", template.pk)
    giver, taker = (house, ours) if more > 0 else (ours, house)
    key = f"coupon:{template.pk}:budget:{before or 0}>{template.budget or 0}:{at.timestamp()}"
    try:
        books.post(key=key, source=giver, target=taker, amount=abs(more), reason="coupon.budget", at=at, by=by)
    except books.Overdrawn:
        raise BudgetSpent("more of the budget than that is used already") from None


def left(templates: Iterable[int]) -> dict[int, int]:
    """{template: what is left of its budget}"""
    names = {f"coupon:{pk}": pk for pk in templates}
    found = Account.objects.filter(unit="money", kind="budget", owner=None, name__in=names).order_by("pk")
    return {names[name]: balance for name, balance in found.values_list("name", "balance")} if names else {}


def reserve(codes: Iterable[CouponCode], at: datetime) -> None:
    move(codes, "reserve", at)


def redeem(codes: Iterable[CouponCode], at: datetime) -> None:
    move(codes, "redeem", at)


def release(codes: Iterable[CouponCode], at: datetime) -> None:
    move(codes, "release", at)


def move(codes: Iterable[CouponCode], what: str, at: datetime) -> None:
    """For each code all of its amount, once a turn."""
    wishes = [posting(code, what, code.amount, at) for code in codes]
    try:
        books.post_all(wishes)
    except books.Overdrawn:
        raise BudgetSpent("the budget of that coupon is spent") from None


def back(code: CouponCode, amount: int, at: datetime) -> None:
    """Of what a code cost, so much more comes back; a code's pieces come back one after another."""
    books.post_all([posting(code, f"back:{code.back}", amount, at)])


def posting(code: CouponCode, what: str, amount: int, at: datetime) -> Posting:
    giver, taker = ends(code.template, what.partition(":")[0])
    key = f"order:{code.order_id}:coupon:{code.pk}:{code.turn}:{what}"
    about = f"order:{code.order_id}"
    return Posting(key, giver, taker, amount, f"coupon.{what.partition(':')[0]}", at, about)


def ends(template: CouponTemplate, what: str) -> tuple[int, int]:
    if what == "reserve":
        return budget(template), own("reserved", template.pk)
    if what == "redeem":
        return own("reserved", template.pk), own("cost", template.pk)
    return own("reserved" if what == "release" else "cost", template.pk), budget(template)
