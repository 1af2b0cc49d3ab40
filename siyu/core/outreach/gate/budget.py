"""The money of a dispatch in the books: laid aside when it is made, spent as people are let through."""

from datetime import datetime

from siyu.core.ledger import books
from siyu.core.outreach.models import Dispatch


def account(dispatch: Dispatch) -> int:
    return books.account(unit="money", kind="budget", name=f"dispatch:{dispatch.pk}")


def cost(dispatch: Dispatch) -> int:
    return books.account(unit="money", kind="cost", name=f"dispatch:{dispatch.pk}")


def source() -> int:
    """What all budgets are filled from."""
    return books.account(unit="money", kind="promotion", name="outreach", open=True)


def lay_aside(dispatch: Dispatch, *, by: str, at: datetime) -> None:
    if dispatch.budget:
        books.post(
            key=f"dispatch:{dispatch.pk}:budget", source=source(), target=account(dispatch), amount=dispatch.budget,
            reason="dispatch.budget", at=at, by=by,
        )  # fmt: skip


def room(dispatch: Dispatch) -> int | None:
    """How many more it pays for; none: as many as there are."""
    if dispatch.budget is None or not dispatch.cost:
        return None
    return books.balance(account(dispatch)) // dispatch.cost


def spend(dispatch: Dispatch, people: int, first: int, at: datetime) -> None:
    """For so many, the first of whom is this one: a key that comes once, since nobody is let through twice."""
    if dispatch.budget is None or not dispatch.cost or not people:
        return
    key, amount = f"dispatch:{dispatch.pk}:from:{first}", people * dispatch.cost
    books.post(key=key, source=account(dispatch), target=cost(dispatch), amount=amount, reason="dispatch.cost", at=at)


def give_back(dispatch: Dispatch, messages: list[int], at: datetime) -> None:
    """These never went out; a message comes here once, and the first of them makes the key."""
    if dispatch.budget is None or not dispatch.cost or not messages:
        return
    key, amount = f"dispatch:{dispatch.pk}:back:{min(messages)}", len(messages) * dispatch.cost
    books.post(key=key, source=cost(dispatch), target=account(dispatch), amount=amount, reason="dispatch.back", at=at)
