"""What wallets hold."""

from collections.abc import Iterable
from typing import NamedTuple

from siyu.core.ledger.models import Account


class Balances(NamedTuple):
    pending: int = 0
    available: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    reversed: int = 0
    debt: int = 0
    """Below zero: so much is owed."""


def balances(owner: int, *, unit: str = "points") -> Balances:
    """As the books stand; what time has done since the last sweep is written when the wallet is next used."""
    return balances_of([owner], unit=unit).get(owner, Balances())


def balances_of(owners: Iterable[int], *, unit: str = "points") -> dict[int, Balances]:
    rows = Account.objects.filter(owner__in=owners, unit=unit, kind__in=Balances._fields)
    found: dict[int, dict[str, int]] = {}
    for owner, kind, balance in rows.values_list("owner", "kind", "balance"):
        found.setdefault(owner or 0, {})[kind] = balance
    return {owner: Balances(**parts) for owner, parts in found.items()}
