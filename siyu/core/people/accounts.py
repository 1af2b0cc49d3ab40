"""Two member accounts of one person: one is kept, and what the other one held is carried over to it, until that is
taken back.

Whoever keeps something of members takes part in a module `carried`, and asks here whose it is.
"""

from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.people.models import AccountJoin, Decision, Identity, MemberSession
from siyu.events.people import AccountJoined, AccountParted

NAMESPACE = "member"


class Carrier(Protocol):
    """What a package does with what it keeps of members; in the transaction of the operator's decision."""

    name: str

    def hand_over(self, *, joined: int, kept: int, key: str, at: datetime) -> Any:
        """What the one account held is the other's from now on. Says, as JSON, what giving it back needs."""
        ...

    def hand_back(self, remembered: Any, *, joined: int, kept: int, key: str, at: datetime) -> None:
        """The two are two again."""
        ...


_carriers: dict[str, Carrier] = {}


def carry(carrier: Carrier) -> None:
    _carriers[carrier.name] = carrier


def standing() -> QuerySet[AccountJoin]:
    return AccountJoin.objects.filter(ended_at=None)


def joined() -> QuerySet[AccountJoin, Any]:
    """The identities of accounts that are part of another one, for a query that leaves them out."""
    return standing().values("joined")


def account_of(identity: int) -> int:
    """The account that this one is part of, or itself."""
    while (kept := standing().filter(joined=identity).values_list("kept", flat=True).first()) is not None:
        identity = kept
    return identity


def accounts_of(identity: int) -> list[int]:
    """The account itself, and all that are part of it."""
    found, new = [identity], [identity]
    while new:
        new = list(standing().filter(kept__in=new).order_by("pk").values_list("joined", flat=True))
        found += new
    return found


def own_account(identities: list[int]) -> int | None:
    """Of a person's identities the account that is part of no other."""
    mine = Identity.objects.filter(pk__in=identities, namespace=NAMESPACE).exclude(pk__in=joined())
    return mine.order_by("pk").values_list("pk", flat=True).first()


def join(*, decision: Decision, kept: int, joined: int) -> AccountJoin:
    """Say that they are one, before the map is drawn: the guard of accounts then counts one."""
    return AccountJoin.objects.create(decision=decision, kept_id=kept, joined_id=joined, at=decision.at)


def carry_over(one: AccountJoin, *, at: datetime) -> None:
    sides = {"joined": one.joined_id, "kept": one.kept_id}
    for name, carrier in sorted(_carriers.items()):
        one.carried[name] = carrier.hand_over(**sides, key=key(one, at), at=at)
    one.save(update_fields=["carried"])
    sign_out([one.joined_id], at)
    announce(AccountJoined(at=at, identity=one.kept_id, joined=one.joined_id))


def part(joins: QuerySet[AccountJoin], *, at: datetime, split: Decision | None = None) -> list[AccountJoin]:
    """These are two accounts from now on; before the map is drawn. The newest first, as they are given back."""
    found = list(joins.filter(ended_at=None).order_by("-pk"))
    AccountJoin.objects.filter(pk__in=[one.pk for one in found]).update(ended_at=at, split=split)
    return found


def unite(split: Decision) -> list[AccountJoin]:
    """What a split had ended stands again, now that it is taken back; before the map is drawn."""
    found = list(AccountJoin.objects.filter(split=split, decision__undone_at=None).order_by("pk"))
    AccountJoin.objects.filter(pk__in=[one.pk for one in found]).update(ended_at=None, split=None)
    return found


def carry_back(one: AccountJoin, *, at: datetime) -> None:
    sides = {"joined": one.joined_id, "kept": one.kept_id}
    for name, remembered in sorted(one.carried.items(), reverse=True):
        _carriers[name].hand_back(remembered, **sides, key=f"{key(one, at)}:back", at=at)
    sign_out([one.joined_id, one.kept_id], at)
    announce(AccountParted(at=at, identity=one.kept_id, joined=one.joined_id))


def key(one: AccountJoin, at: datetime) -> str:
    return f"accounts:{one.pk}:{at:%Y%m%dT%H%M%S%f}"


def sign_out(accounts: list[int], at: datetime) -> None:
    """Whoever is signed in says again who they are."""
    MemberSession.objects.filter(member__identity__in=accounts, ended_at=None).update(ended_at=at)
