"""Wallets opened under their locks, and written back: for one owner or for thousands, in the same few statements."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched

from django.db import connection
from django.db.models import Q

from siyu.core.ledger import books
from siyu.core.ledger.books import Posting
from siyu.core.ledger.models import PLACES, Account, Lot, LotMove, Settlement
from siyu.core.ledger.wallets.wallet import Wallet
from siyu.kit.rows import insert, update

KINDS = (*PLACES, "debt")
OPEN = Q(pending__gt=0) | Q(available__gt=0) | Q(owed__gt=0)
COLUMNS = (*PLACES, "settled", "owed", "covered")


def opened(owners: Iterable[int], unit: str, *, named: Sequence[int] = ()) -> dict[int, Wallet]:
    """{owner: wallet}, locked until the end of the transaction, with the lots that are open and those that are named
    and all that has paid, or was paid by, one of them."""
    wallets: dict[int, Wallet] = {}
    for some in batched(sorted(set(owners)), books.AT_ONCE):
        wallets |= {owner: Wallet(owner, unit, {}, 0, {}) for owner in some}
        for owner, kind, pk, version in locked(some, unit):
            wallets[owner].accounts[kind] = pk
            wallets[owner].version += version
        fill(wallets, some, unit, named)
    return wallets


def locked(owners: Sequence[int], unit: str) -> list[tuple]:
    theirs = Account.objects.filter(unit=books.known_unit(unit), owner__in=owners, kind__in=KINDS).order_by("pk")
    rows = theirs.select_for_update(no_key=True).values_list("owner", "kind", "pk", "version")
    found = list(rows)
    if len(found) < len(owners) * len(KINDS):
        there = {(owner, kind) for owner, kind, *_ in found}
        new = [(owner, kind) for owner in owners for kind in KINDS if (owner, kind) not in there]
        empty = [(unit, kind, owner, "", 0, kind == "debt", 0, 0) for owner, kind in new]
        insert(Account, books.FIELDS, empty, ignore=True)
        found = list(rows.all())
    return found


def fill(wallets: Mapping[int, Wallet], owners: Sequence[int], unit: str, named: Sequence[int]) -> None:
    either = Q(debtor__in=named) | Q(payer__in=named)
    pairs = Settlement.objects.filter(either, amount__gt=0).order_by("pk") if named else Settlement.objects.none()
    paid = list(pairs.values_list("debtor__owner", "debtor", "payer", "amount"))
    wanted = {*named, *(debtor for _, debtor, _, _ in paid), *(payer for _, _, payer, _ in paid)}
    lots = Lot.objects.filter(OPEN | Q(pk__in=wanted) if wanted else OPEN, owner__in=owners, unit=unit)
    for lot in lots.select_related("origin").order_by("pk"):
        wallets[lot.owner].lots[lot.pk] = lot
    for owner, debtor, payer, amount in paid:
        wallets[owner].paid.append((debtor, payer, amount))


def write(
    wallets: Iterable[Wallet], *, at: datetime, key: str = "", digest: str = "", about: str = "", by: str = ""
) -> dict[tuple[int, str], int]:
    """Write what was done to them; {(owner, reason): transfer}. With a key: the first step that is not of time's own
    making bears it."""
    changed = [wallet for wallet in wallets if wallet.touched]
    steps = [(wallet, n, step) for wallet in changed for n, step in enumerate(wallet.steps)]
    bearer = next((step for _, _, step in steps if key and step.reason not in ("mature", "expire", "debt")), None)
    names = [key if step is bearer else f"wallet:{w.accounts['available']}@{w.version}/{n}" for w, n, step in steps]
    made = books.post_all(
        [
            Posting(name, s.source, s.target, s.amount, s.reason, at, about, by, "", digest if s is bearer else "")
            for name, (_, _, s) in zip(names, steps, strict=True)
        ]
    )
    lots = {pk: wallet.lots[pk] for wallet in changed for pk in wallet.touched}
    update(Lot, COLUMNS, [(pk, *(getattr(lot, name) for name in COLUMNS)) for pk, lot in sorted(lots.items())])
    moves = [(made[name], lot, n, 0) for name, (_, _, s) in zip(names, steps, strict=True) for lot, n in s.lots.items()]
    insert(LotMove, ("transfer", "lot", "amount", "returned"), moves)
    update(LotMove, ["returned"], [(move.pk, move.returned) for wallet in changed for move in wallet.returned])
    settle(changed)
    return {(w.owner, step.reason): made[name] for name, (w, _, step) in reversed(list(zip(names, steps, strict=True)))}


def settle(wallets: Iterable[Wallet]) -> None:
    """Write payments between lots, and those that were taken back."""
    sums: Counter[tuple[int, int]] = Counter()
    for wallet in wallets:
        for debtor, payer, amount in wallet.news:
            sums[debtor, payer] += amount
    rows = [(abs(amount), *pair) for pair, amount in sorted(sums.items())]
    with connection.cursor() as cursor:
        for amount, debtor, payer in rows:
            then = f"amount = ledger_settlement.amount {'+' if sums[debtor, payer] > 0 else '-'} excluded.amount"
            cursor.execute(
                f"""INSERT INTO ledger_settlement (amount, debtor_id, payer_id) VALUES (%s, %s, %s)
                ON CONFLICT (debtor_id, payer_id) DO UPDATE SET {then}""",
                [amount, debtor, payer],
            )
