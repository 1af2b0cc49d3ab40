"""A wallet becomes part of another one, lot by lot, and leaves it again with what is its own.

Both ways lots keep their origin, their time of expiry and what was ever done to them, so that what earned a lot can be
refunded before, between and after. What the other owner took of the lots meanwhile is theirs: it goes on as a lot that
is owed at once, and whoever leaves has it back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from siyu.core.ledger import books
from siyu.core.ledger.books import Posting
from siyu.core.ledger.models import PLACES, Lot, LotMove, Transfer
from siyu.core.ledger.wallets.opening import KINDS, opened, write
from siyu.core.ledger.wallets.verbs import LOT, caught_up
from siyu.core.ledger.wallets.wallet import Wallet
from siyu.kit.rows import insert


@dataclass(frozen=True)
class Handed:
    """What a later return needs: which lots went over, and the last transfer before they did."""

    lots: tuple[int, ...]
    after: int


@transaction.atomic
def hand_over(*, owner: int, to: int, key: str, at: datetime, unit: str = "points") -> Handed:
    """All lots of an owner are another's from now on; debts of either are paid at once of what is there."""
    wallets = opened([owner, to], unit)
    for wallet in wallets.values():
        wallet.catch_up(at)
    write(wallets.values(), at=at)
    after = last_transfer()
    lots = tuple(Lot.objects.filter(owner=owner, unit=unit).order_by("pk").values_list("pk", flat=True))
    pass_on(lots, wallets[owner], wallets[to], key=key, at=at)
    pay_debts([to], unit, at)
    return Handed(lots, after)


@transaction.atomic
def hand_back(
    handed: Handed, *, to: int, key: str, at: datetime, also: Iterable[int] = (), unit: str = "points"
) -> None:
    """These lots, and those that came since and are `also` theirs, are their first owner's again, whoever has them."""
    wanted = {*handed.lots, *also}
    lots = Lot.objects.filter(pk__in=wanted, unit=unit).exclude(owner=to).order_by("owner", "pk")
    theirs: dict[int, list[int]] = {}
    for pk, owner in lots.values_list("pk", "owner"):
        theirs.setdefault(owner, []).append(pk)
    for owner, some in theirs.items():
        wallets = opened([owner, to], unit, named=some)
        disentangle(wallets[owner], set(some), handed.after, key=key, at=at)
        again = opened([owner, to], unit)
        pass_on(some, again[owner], again[to], key=f"{key}:{owner}", at=at)
    pay_debts([to, *theirs], unit, at)


def pass_on(lots: Sequence[int], source: Wallet, target: Wallet, *, key: str, at: datetime) -> None:
    """Each place of them by one transfer; a debt goes the other way."""
    sums = dict.fromkeys(KINDS, 0)
    for lot in Lot.objects.filter(pk__in=lots):
        for place in PLACES:
            sums[place] += getattr(lot, place)
        sums["debt"] -= lot.owed
    books.post_all([
        Posting(f"{key}:{kind}", giver.accounts[kind], taker.accounts[kind], abs(n), "hand over", at, key)
        for kind, n in sums.items() if n
        for giver, taker in [(source, target) if n > 0 else (target, source)]
    ])  # fmt: skip
    Lot.objects.filter(pk__in=lots).update(owner=target.owner)


def disentangle(wallet: Wallet, leaving: set[int], after: int, *, key: str, at: datetime) -> None:
    """Undo what lots that leave and lots that stay did for each other."""
    wallet.catch_up(at)
    for debtor, payer, amount in wallet.between(leaving):
        wallet.undo("part", debtor, payer, amount, owing=True)
    taken = list(taken_since(leaving, after))
    charged = {place: sum(n for _, where, n in taken if where == place) for place in ("held", "spent")}
    for move, place, n in taken:
        lot = wallet.lots[move.lot_id]
        wallet.shift("part", lot, place, "available", n - wallet.redeem("part", lot, place, n))
    write([wallet], at=at)
    for place, n in charged.items():
        if n:
            charge(wallet, place, n, [move for move, where, _ in taken if where == place], key=key, at=at)


def taken_since(lots: set[int], after: int) -> Iterable[tuple[LotMove, str, int]]:
    """What of these lots was taken after that transfer and did not come back: (move, held or spent, how much). What
    had been set aside before was taken before."""
    before = LotMove.objects.filter(
        lot=OuterRef("lot"), transfer__about=OuterRef("transfer__about"), transfer__reason="hold", transfer__lte=after
    )
    taking = Q(transfer__reason__in=("hold", "spend")) | Q(~Exists(before), transfer__reason="capture")
    moves = LotMove.objects.filter(taking, lot__in=lots, transfer__gt=after)
    for move in moves.select_related("transfer__target").order_by("pk"):
        if left := move.amount - move.returned:
            yield move, move.transfer.target.kind, left


def charge(wallet: Wallet, place: str, amount: int, moves: list[LotMove], *, key: str, at: datetime) -> None:
    """A lot of the same size that is gone in the same way, and owed: it bears what was taken from now on."""
    pays = books.shared(unit=wallet.unit, kind="source", name="parted accounts", owner=wallet.owner)
    name = f"{key}:{wallet.owner}:{place}:charged"
    made = books.post(
        key=name, source=pays, target=wallet.accounts[place], amount=amount, reason="part", at=at, about=key
    )
    row = dict.fromkeys(LOT, 0) | {"owner": wallet.owner, "unit": wallet.unit, "origin": made, "about": key,
                                   "earned_at": at, "matures_at": None, "expires_at": None, "amount": amount,
                                   place: amount}  # fmt: skip
    insert(Lot, LOT, [tuple(row[name] for name in LOT)])
    lot = Lot.objects.get(origin=made)
    bear(moves, lot)
    owing = opened([wallet.owner], wallet.unit, named=[lot.pk])[wallet.owner]
    owing.owe("part", owing.lots[lot.pk], amount)
    write([owing], at=at)


def bear(moves: list[LotMove], lot: Lot) -> None:
    """What of these moves still counts is the other lot's."""
    left: Counter[int] = Counter()
    for move in moves:
        left[move.transfer_id] += move.amount - move.returned
        mine = LotMove.objects.filter(pk=move.pk)
        mine.update(amount=move.returned) if move.returned else mine.delete()
    insert(LotMove, ("transfer", "lot", "amount", "returned"), [(pk, lot.pk, n, 0) for pk, n in sorted(left.items())])


def pay_debts(owners: Iterable[int], unit: str, at: datetime) -> None:
    wallets = caught_up(set(owners), unit, at)
    for wallet in wallets:
        wallet.settle()
    write(wallets, at=at)


def last_transfer() -> int:
    return Transfer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
