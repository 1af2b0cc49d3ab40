"""What the books say, for whoever reads them."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from siyu.core.ledger.models import Account, Entry, LotMove, Transfer
from siyu.kit.refusals import Refused

SHOWN = 50


class NoSuchAccount(Refused):
    code = "no_such_account"
    status = 404


class NoSuchTransfer(Refused):
    code = "no_such_transfer"
    status = 404


class Kind(NamedTuple):
    """All accounts of a kind; a house's are told apart by name."""

    unit: str
    kind: str
    name: str
    accounts: int
    balance: int


def kinds() -> list[Kind]:
    """By unit: owners' accounts together by kind, the house's by name; the balances of a unit sum to zero."""
    rows = Account.objects.values_list("unit", "kind", "name").annotate(n=Count("pk"), sum=Sum("balance"))
    return [Kind(*row) for row in rows.order_by("unit", "kind", "name")]


def accounts(*, unit: str, kind: str, name: str = "", after: int = 0) -> list[Account]:
    """Those of a kind, by number; `after`: the last that was seen."""
    rows = Account.objects.filter(unit=unit, kind=kind, name=name, pk__gt=after)
    return list(rows.order_by("pk")[:SHOWN])


class Line(NamedTuple):
    version: int
    at: datetime
    transfer: int
    reason: str
    about: str
    amount: int
    balance: int


def account(number: int) -> Account:
    found = Account.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchAccount("there is no such account")
    return found


def statement(number: int, *, before: int = 0) -> list[Line]:
    """The newest entries first; `before`: the version of the last that was seen."""
    rows = Entry.objects.filter(account=number, **({"version__lt": before} if before else {}))
    columns = ("version", "transfer__at", "transfer", "transfer__reason", "transfer__about", "amount", "balance")
    return [Line(*row) for row in rows.order_by("-version").values_list(*columns)[:SHOWN]]


def balance_at(number: int, moment: datetime) -> int:
    """What stood on it by all that had happened until then, whenever it was written."""
    rows = Entry.objects.filter(account=number, transfer__at__lte=moment)
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def transfer(number: int) -> dict[str, Any]:
    """A transfer with its sides, and the lots that it moved."""
    found = Transfer.objects.select_related("source", "target").filter(pk=number).first()
    if found is None:
        raise NoSuchTransfer("there is no such transfer")
    moves = LotMove.objects.filter(transfer=found).select_related("lot").order_by("lot")
    return {"transfer": found, "moves": list(moves)}
