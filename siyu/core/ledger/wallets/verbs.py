"""Earning, spending, holding, and the ways back. Each once per key; the same key for another wish is refused."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from siyu.core.ledger import books
from siyu.core.ledger.books import Posting, WrongAmount, hashed
from siyu.core.ledger.models import Lot, LotMove, Transfer
from siyu.core.ledger.wallets.opening import opened, write
from siyu.core.ledger.wallets.wallet import Wallet, turn
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert

AT_ONCE = 500
"""Wallets that a sweep opens together."""


class NotEnough(Refused):
    code = "not_enough"
    status = 409


class NothingToTakeBack(Refused):
    code = "nothing_to_take_back"
    status = 409


class Unknown(Refused):
    code = "no_such_transfer"
    status = 404


class Grant(NamedTuple):
    """`source`: the account that pays. Pending until `matures_at`, or until somebody knows when that is; what is not
    `pending` is available at once. `expires_at`: none: never."""

    owner: int
    amount: int
    key: str
    source: int
    reason: str
    at: datetime
    about: str = ""
    pending: bool = False
    matures_at: datetime | None = None
    expires_at: datetime | None = None
    by: str = ""
    memo: str = ""


class Swept(NamedTuple):
    owner: int
    reason: str
    """mature, expire"""
    amount: int


def earn(grant: Grant, *, unit: str = "points") -> int:
    """The transfer that made it."""
    return earn_all([grant], unit=unit)[grant.key]


@transaction.atomic
def earn_all(grants: Sequence[Grant], *, unit: str = "points") -> dict[str, int]:
    """{key: transfer}; whoever owes pays at once of what became available."""
    debtors = in_debt({grant.owner for grant in grants}, unit)
    at = max((grant.at for grant in grants), default=None)
    if debtors and at:
        write(caught_up(debtors, unit, at), at=at)
    targets = {
        pending: books.accounts(unit=unit, kind=kind, owners=[g.owner for g in grants if g.pending == pending])
        for pending, kind in ((True, "pending"), (False, "available"))
    }
    made = books.post_all(
        [
            Posting(g.key, g.source, targets[g.pending][g.owner], g.amount, g.reason, g.at, g.about, g.by, g.memo)
            for g in grants
        ]
    )
    insert(Lot, LOT, (lot_of(grant, made[grant.key], unit) for grant in grants), ignore=True)
    if debtors and at:
        wallets = opened(debtors, unit).values()
        for wallet in wallets:
            wallet.settle()
        write(wallets, at=at)
    return made


def caught_up(owners: Iterable[int], unit: str, at: datetime) -> list[Wallet]:
    wallets = list(opened(owners, unit).values())
    for wallet in wallets:
        wallet.catch_up(at)
    return wallets


LOT = ("owner", "unit", "origin", "about", "earned_at", "matures_at", "expires_at", "amount", "pending", "available",
       "held", "spent", "expired", "reversed", "settled", "owed", "covered")  # fmt: skip


def lot_of(g: Grant, transfer: int, unit: str) -> tuple:
    places = (g.amount, 0) if g.pending else (0, g.amount)
    nothing = (0,) * 7
    return (g.owner, unit, transfer, g.about, g.at, g.matures_at, g.expires_at, g.amount, *places, *nothing)


def in_debt(owners: Iterable[int], unit: str) -> set[int]:
    return set(Lot.objects.filter(owner__in=owners, unit=unit, owed__gt=0).values_list("owner", flat=True))


@transaction.atomic
def spend(
    *, owner: int, amount: int, key: str, at: datetime, about: str = "", hold: bool = False, unit: str = "points",
    by: str = "",
) -> int:  # fmt: skip
    """Take from what is available, what expires first; `hold`: only set aside, to be captured or released. Says which
    transfer; refuses `NotEnough`."""
    if amount <= 0:
        raise WrongAmount("a whole amount above zero is spent")
    reason = "hold" if hold else "spend"
    wish = hashed(reason, owner, unit, amount, about)
    wallet = opened([owner], unit)[owner]
    if there := done(key, wish):
        return there
    wallet.catch_up(at)
    if wallet.available < amount:
        raise NotEnough(f"{wallet.available} are available, and {amount} are wanted")
    wallet.take(reason, amount, "held" if hold else "spent")
    return write([wallet], at=at, key=key, digest=wish, about=about, by=by)[owner, reason]


def done(key: str, wish: str) -> int | None:
    there = Transfer.objects.filter(key=key).values_list("pk", "digest").first()
    if there and there[1] != wish:
        raise KeyReused(f"the key {key} was used for another transfer")
    return there[0] if there else None


def capture(*, of: str, key: str, at: datetime, by: str = "") -> int:
    """What was held under the key `of` is spent."""
    return onward("capture", "held", "spent", of=of, amount=None, key=key, at=at, by=by)


def release(*, of: str, key: str, at: datetime, by: str = "") -> int:
    """What was held under the key `of` is available again."""
    return onward("release", "held", "available", of=of, amount=None, key=key, at=at, by=by)


def give_back(*, of: str, amount: int, key: str, at: datetime, by: str = "") -> int:
    """So much of what was spent, or captured, under the key `of` comes back, to the lots that gave it."""
    return onward("refund", "spent", "available", of=of, amount=amount, key=key, at=at, by=by)


@transaction.atomic
def onward(
    reason: str, place: str, target: str, *, of: str, amount: int | None, key: str, at: datetime, by: str
) -> int:
    """Of what went to `place` under the key `of`, so much, or all that is left of it, goes to `target`."""
    wish = hashed(reason, of, amount)
    first = Lot.objects.filter(moves__transfer__key=of).values_list("owner", "unit").first()
    if first is None:
        raise Unknown("nothing was moved under that key")
    owner, unit = first
    named = list(LotMove.objects.filter(transfer__key=of).values_list("lot", flat=True))
    wallet = opened([owner], unit, named=named)[owner]
    if there := done(key, wish):
        return there
    wallet.catch_up(at)
    moves = LotMove.objects.filter(transfer__key=of)
    standing = sorted(moves, key=lambda move: turn(wallet.lots[move.lot_id]))
    left = sum(move.amount - move.returned for move in standing)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise NothingToTakeBack(f"{left} of it can come back, not {wanted}")
    wallet.bring_back(reason, standing, wanted, place, target)
    wallet.settle()
    about = Transfer.objects.values_list("about", flat=True).get(key=of)
    return write([wallet], at=at, key=key, digest=wish, about=about, by=by)[owner, reason]


@transaction.atomic
def claim_back(*, of: str, amount: int, key: str, at: datetime, about: str = "", by: str = "") -> int:
    """Take back so much of what was earned under the key `of`; what of it is gone is owed."""
    wish = hashed("reverse", of, amount)
    lot = Lot.objects.filter(origin__key=of).values("pk", "owner", "unit").first()
    if lot is None:
        raise Unknown("nothing was earned under that key")
    wallet = opened([lot["owner"]], lot["unit"], named=[lot["pk"]])[lot["owner"]]
    if there := done(key, wish):
        return there
    wallet.catch_up(at)
    held = wallet.lots[lot["pk"]]
    left = held.amount - held.reversed - held.owed - held.covered
    if not 0 < amount <= left:
        raise NothingToTakeBack(f"{left} of it can be taken back, not {amount}")
    wallet.claim("reverse", held, amount)
    wallet.settle()
    return write([wallet], at=at, key=key, digest=wish, about=about, by=by)[lot["owner"], "reverse"]


def ripen(*, of: str, matures_at: datetime, expires_at: datetime | None) -> bool:
    """What was earned under the key `of` is pending until then, now that it is known; whether that was news."""
    waiting = Lot.objects.filter(origin__key=of, pending__gt=0, matures_at=None)
    return bool(waiting.update(matures_at=matures_at, expires_at=expires_at))


@transaction.atomic
def sweep(*, at: datetime, unit: str = "points") -> list[Swept]:
    """What time alone has done to some hundred wallets; nothing: no wallet is left to look at."""
    due = Q(pending__gt=0, matures_at__lte=at) | Q(available__gt=0, expires_at__lte=at)
    owners = Lot.objects.filter(due, unit=unit).order_by("owner").values_list("owner", flat=True).distinct()[:AT_ONCE]
    wallets = caught_up(list(owners), unit, at)
    write(wallets, at=at)
    return [
        Swept(wallet.owner, step.reason, step.amount)
        for wallet in wallets
        for step in wallet.steps
        if step.reason in ("mature", "expire")
    ]
