"""/api/ledger: the books, every figure down to its transfers."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.ledger import proving, queries
from siyu.interfaces.api.desk import Desk
from siyu.interfaces.api.shapes import After, Moment, Page, code, number
from siyu.kit import clock

desk = Desk(tags=["ledger"])


class BooksKind(Schema):
    """All accounts of a kind; a house's are told apart by name. The balances of a unit sum to zero."""

    unit: str
    kind: str
    name: str
    accounts: int
    balance: int


class BooksAccount(Schema):
    code: str
    name: str
    share: int
    balance: int
    entries: int


class BooksLine(Schema):
    version: Annotated[int, Field(description="1 is the account's first entry")]
    at: Moment
    transfer: str
    reason: str
    about: str
    amount: int
    balance: Annotated[int, Field(description="After it")]


class BalanceThen(Schema):
    account: str
    at: Moment
    balance: int


class BooksProof(Schema):
    holds: bool
    at: Moment
    rules: int
    findings: list[dict[str, Any]]


@desk.reads("/ledger/kinds", scope="ledger:read", gives=list[BooksKind])
def list_book_kinds(request: HttpRequest) -> Any:
    """What stands on which kind of account."""
    return [one._asdict() for one in queries.kinds()]


@desk.reads("/ledger/accounts", scope="ledger:read", gives=Page[BooksAccount])
def list_book_accounts(request: HttpRequest, unit: str, kind: str, name: str = "", after: After = None) -> Any:
    """The accounts of a kind."""
    rows = queries.accounts(unit=unit, kind=kind, name=name, after=account_of(after) if after else 0)
    said = [{**vars(one), "code": code("acc", one.pk), "entries": one.version} for one in rows]
    return {"items": said, "next": said[-1]["code"] if len(rows) == queries.SHOWN else None}


@desk.reads("/ledger/accounts/{account}/lines", scope="ledger:read", gives=Page[BooksLine])
def list_book_lines(request: HttpRequest, account: str, after: After = None) -> Any:
    """An account's entries, the newest first."""
    found = queries.account(account_of(account))
    lines = queries.statement(found.pk, before=number("lin", after, "a line") if after else 0)
    said = [{**one._asdict(), "transfer": code("trf", one.transfer)} for one in lines]
    return {"items": said, "next": code("lin", lines[-1].version) if len(lines) == queries.SHOWN else None}


@desk.reads("/ledger/accounts/{account}/balance", scope="ledger:read", gives=BalanceThen)
def get_book_balance(request: HttpRequest, account: str, at: Moment | None = None) -> Any:
    """What stood on an account at a moment, by all that had happened until then; without one: now."""
    moment: datetime = at or clock.now()
    found = queries.account(account_of(account))
    return {"account": account, "at": moment, "balance": queries.balance_at(found.pk, moment)}


@desk.writes("POST", "/ledger/proof", scope="ledger:write", gives=BooksProof)
def prove_books(request: HttpRequest) -> Any:
    """Prove the books: every balance its entries' sum, every unit zero, every lot accounted for."""
    made = proving.prove(at=clock.now())
    return {"holds": not made.findings, "at": made.at, "rules": len(proving.RULES), "findings": made.findings}


def account_of(text: str) -> int:
    return number("acc", text, "an account")
