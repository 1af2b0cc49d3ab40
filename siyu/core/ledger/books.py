"""Accounts, and transfers between them: one road for a single one and for a million."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from itertools import batched
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from siyu.core.ledger import statement
from siyu.core.ledger.models import UNITS, Account, Entry, Transfer
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert, update

SHARES = 8
"""Parts of an account of the house on which everybody draws."""
AT_ONCE = 2_000
"""Owners or keys that are looked up together."""


class Overdrawn(Refused):
    code = "overdrawn"
    status = 409


class WrongUnit(Refused):
    code = "wrong_unit"
    status = 422


class WrongAmount(Refused):
    code = "wrong_amount"
    status = 422


class Posting(NamedTuple):
    """A wish: `amount` from account to account, once per `key`. `digest` is of a wish that makes several transfers."""

    key: str
    source: int
    target: int
    amount: int
    reason: str
    at: datetime
    about: str = ""
    by: str = ""
    memo: str = ""
    digest: str = ""


SAID = {
    "nothing_below_zero": (Overdrawn, "there is less on the account than that"),
    "ledger_below_zero": (Overdrawn, "there is less on the account than that"),
    "ledger_one_unit": (WrongUnit, "a transfer stays in one unit"),
}
"""What the database refuses, in the words of the house."""


class Standing(NamedTuple):
    unit: str
    open: bool
    balance: int
    version: int


def account(
    *, unit: str, kind: str, owner: int | None = None, name: str = "", share: int = 0, open: bool = False
) -> int:
    """The number of that account, which is made where it is new. `open`: it may go below zero."""
    if owner is not None:
        return accounts(unit=unit, kind=kind, owners=[owner], open=open)[owner]
    found = Account.objects.filter(unit=known_unit(unit), kind=kind, owner=None, name=name, share=share)
    if (pk := found.values_list("pk", flat=True).first()) is None:
        insert(Account, FIELDS, [(unit, kind, None, name, share, open, 0, 0)], ignore=True)
        pk = found.values_list("pk", flat=True).get()
    return pk


FIELDS = ("unit", "kind", "owner", "name", "share", "open", "balance", "version")


def accounts(*, unit: str, kind: str, owners: Iterable[int], open: bool = False) -> dict[int, int]:
    """{owner: account}, made where they are new."""
    found: dict[int, int] = {}
    for some in batched(sorted(set(owners)), AT_ONCE):
        theirs = Account.objects.filter(unit=known_unit(unit), kind=kind, owner__in=some).values_list("owner", "pk")
        here: dict[Any, int] = dict(theirs)
        if new := [owner for owner in some if owner not in here]:
            insert(Account, FIELDS, [(unit, kind, owner, "", 0, open, 0, 0) for owner in new], ignore=True)
            here = dict(theirs.all())
        found |= here
    return found


def known_unit(unit: str) -> str:
    if unit not in dict(UNITS):
        raise WrongUnit(f"{unit} is no unit of the books")
    return unit


def shared(*, unit: str, kind: str, name: str, owner: int) -> int:
    """The part that this owner draws on of an account of the house, which may go below zero."""
    return account(unit=unit, kind=kind, name=name, share=owner % SHARES, open=True)


def post(
    *,
    key: str,
    source: int,
    target: int,
    amount: int,
    reason: str,
    at: datetime,
    about: str = "",
    by: str = "",
    memo: str = "",
) -> int:
    """Move `amount` from account to account, and say which transfer that is; the same key again changes nothing."""
    return post_all([Posting(key, source, target, amount, reason, at, about, by, memo)])[key]


def post_all(postings: Sequence[Posting]) -> dict[str, int]:
    """{key: transfer}: all of them or, where one is refused, none. Each key counts once, here and ever.

    Accounts are locked in one order, so that no two calls wait for each other.
    """
    wishes = unique(postings)
    postgresql = connection.vendor == "postgresql"
    alone = postgresql and len(wishes) == 1 and not connection.in_atomic_block
    with nullcontext() if alone else transaction.atomic():
        made = (in_one_statement if postgresql else step_by_step)(list(wishes.values()))
        return made | earlier(wishes, made)


def unique(postings: Sequence[Posting]) -> dict[str, Posting]:
    """By key, each with the digest of its wish."""
    wishes: dict[str, Posting] = {}
    for wish in postings:
        if wish.amount <= 0:
            raise WrongAmount("a transfer moves a whole amount above zero")
        signed = wish if wish.digest else wish._replace(digest=hashed(*wish[1:5], wish.about))
        if wishes.setdefault(wish.key, signed).digest != signed.digest:
            raise KeyReused(f"the key {wish.key} is used for two wishes")
    return wishes


def hashed(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def in_one_statement(wishes: Sequence[Posting]) -> dict[str, int]:
    """{key: transfer} of those whose key is new."""
    try:
        return statement.write(wishes) if wishes else {}
    except IntegrityError as error:
        said = SAID.get(statement.refused_by(error))
        raise said[0](said[1]) if said else error from None


def step_by_step(wishes: Sequence[Posting]) -> dict[str, int]:
    """The same where a statement costs nothing but what it does."""
    standing = standings({one for wish in wishes for one in (wish.source, wish.target)})
    if any(standing[wish.source].unit != standing[wish.target].unit for wish in wishes):
        raise WrongUnit("a transfer stays in one unit")
    made = record(wishes)
    entries, after = entered([wish for wish in wishes if wish.key in made], made, standing)
    insert(Entry, ("transfer", "account", "version", "amount", "balance"), entries)
    update(Account, ("balance", "version"), after)
    return made


def standings(numbers: Iterable[int]) -> dict[int, Standing]:
    """Their numbers as they stand: on SQLite whoever writes is alone."""
    found: dict[int, Standing] = {}
    with connection.cursor() as cursor:
        for some in batched(sorted(numbers), AT_ONCE):
            marks = ", ".join(["%s"] * len(some))
            asked = f"SELECT id, unit, open, balance, version FROM ledger_account WHERE id IN ({marks})"
            cursor.execute(asked, some)
            found |= {row[0]: Standing(*row[1:]) for row in cursor.fetchall()}
    return found


def record(wishes: Iterable[Posting]) -> dict[str, int]:
    """Write those whose key is new; {key: transfer}."""
    columns = ("key", "digest", "source", "target", "amount", "reason", "about", "at", "by", "memo")
    rows = ((w.key, w.digest, w.source, w.target, w.amount, w.reason, w.about, w.at, w.by, w.memo) for w in wishes)
    return dict(insert(Transfer, columns, rows, ignore=True, returning=("key", "id")))


def earlier(wishes: Mapping[str, Posting], made: Mapping[str, int]) -> dict[str, int]:
    """Of the wishes that were granted before, which transfer; refuses those that were for something else."""
    there: dict[str, int] = {}
    for some in batched([key for key in wishes if key not in made], AT_ONCE):
        for key, pk, was in Transfer.objects.filter(key__in=some).values_list("key", "pk", "digest"):
            if was != wishes[key].digest:
                raise KeyReused(f"the key {key} was used for another transfer")
            there[key] = pk
    return there


def entered(
    wishes: Sequence[Posting], made: Mapping[str, int], standing: Mapping[int, Standing]
) -> tuple[list[tuple], list[tuple[int, int, int]]]:
    """The entries with their running balances, and what the accounts are left with."""
    now = {number: (one.balance, one.version) for number, one in standing.items()}
    touched: set[int] = set()
    entries = []
    for wish in wishes:
        for number, amount in ((wish.source, -wish.amount), (wish.target, wish.amount)):
            balance, version = now[number]
            balance, version = balance + amount, version + 1
            if balance < 0 and amount < 0 and not standing[number].open:
                raise Overdrawn("there is less on the account than that")
            now[number] = balance, version
            entries.append((made[wish.key], number, version, amount, balance))
            touched.add(number)
    return entries, [(number, *now[number]) for number in sorted(touched)]


def balance(account: int) -> int:
    return Account.objects.values_list("balance", flat=True).get(pk=account)


def balance_of(*, unit: str, kind: str, owner: int | None = None, name: str = "") -> int:
    """Over all parts; 0 where there is no such account."""
    found = Account.objects.filter(unit=unit, kind=kind, owner=owner, name=name)
    return found.aggregate(sum=Sum("balance"))["sum"] or 0
