"""What members and operators see of points."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum

from siyu.core.ledger import wallets
from siyu.core.ledger.models import Account, Entry, Lot
from siyu.core.ledger.wallets import Balances
from siyu.features.loyalty import giving
from siyu.features.loyalty.models import Earning, EarnRule, MallItem, Redemption
from siyu.features.loyalty.points import mall, rules
from siyu.features.loyalty.points.spending import programme_at
from siyu.features.loyalty.who import known_by

SHOWN = 50


class Moved(NamedTuple):
    """A line of a member's statement. `points` below zero: they went; `why` is a code or an operator's words."""

    entry: int
    at: datetime
    points: int
    reason: str
    why: str
    left: int


class Mine(NamedTuple):
    balances: Balances
    worth: int
    """Of what is available, in minor units."""
    expiring: Sequence[tuple[datetime, int]]
    moved: Sequence[Moved]
    next: int | None


def of_member(identity: int, *, at: datetime, before: int = 0) -> Mine:
    """Balances, what expires next, and the newest lines; `before`: the number of the last line that was seen."""
    have = wallets.balances(identity)
    programme = programme_at(at)
    lots = Lot.objects.filter(owner=identity, unit="points", available__gt=0, expires_at__gt=at)
    soon = lots.values("expires_at").annotate(points=Sum("available")).order_by("expires_at")[:5]
    lines = statement(identity, before)
    return Mine(
        have,
        rules.worth(have.available, programme.worth) if programme else 0,
        [(row["expires_at"], row["points"]) for row in soon if row["expires_at"]],
        lines[:SHOWN],
        lines[SHOWN - 1].entry if len(lines) > SHOWN else None,
    )


def statement(identity: int, before: int = 0) -> list[Moved]:
    """What came to and left the points that can be used, and what came as pending, the newest first."""
    theirs = Account.objects.filter(owner=identity, unit="points", kind__in=("available", "pending"))
    kinds = dict(theirs.values_list("pk", "kind"))
    rows = Entry.objects.filter(account__in=kinds, **({"pk__lt": before} if before else {}))
    rows = rows.exclude(transfer__reason="mature", account__in=[pk for pk, kind in kinds.items() if kind == "pending"])
    said = rows.order_by("-pk").values_list(
        "pk", "transfer__at", "amount", "transfer__reason", "transfer__about", "balance"
    )
    return [Moved(*row) for row in said[: SHOWN + 1]]


class Liability(NamedTuple):
    """All members together; money is minor units. `breakage`: of what was spent or expired, the part that expired."""

    available: int
    pending: int
    held: int
    spent: int
    expired: int
    reversed: int
    owed: int
    worth: int
    breakage: float | None


def liability(at: datetime) -> Liability:
    sums: dict[str, int] = dict.fromkeys(Balances._fields, 0)
    theirs = Account.objects.filter(unit="points", owner__isnull=False).values_list("kind")
    sums |= {kind: n or 0 for kind, n in theirs.annotate(Sum("balance")) if kind in sums}
    programme = programme_at(at)
    open_points = sums["available"] + sums["pending"] + sums["held"]
    decided = sums["spent"] + sums["expired"]
    return Liability(
        available=sums["available"], pending=sums["pending"], held=sums["held"], spent=sums["spent"],
        expired=sums["expired"], reversed=sums["reversed"], owed=-sums["debt"],
        worth=rules.worth(open_points, programme.worth) if programme else 0,
        breakage=sums["expired"] / decided if decided else None,
    )  # fmt: skip


def overview() -> list[dict[str, Any]]:
    """The rules, with what each gave to how many."""
    gave = Count("earnings__identity", distinct=True)
    rows = EarnRule.objects.annotate(members=gave, given=Sum("earnings__points"), back=Sum("earnings__reversed"))
    return [{"rule": row, "state": state_of(row), "given": (row.given or 0) - (row.back or 0), "members": row.members}
            for row in rows.order_by("-pk")]  # fmt: skip


def state_of(rule: EarnRule) -> str:
    if rule.closed_at:
        return "closed"
    return "running" if rule.published_at else "draft"


def earnings(rule: int, *, after: int = 0) -> list[Earning]:
    """The rows behind what a rule gave, the newest first."""
    rows = Earning.objects.filter(rule=rule, **({"pk__lt": after} if after else {}))
    return list(rows.select_related("identity").order_by("-pk")[:SHOWN])


class Offer(NamedTuple):
    item: MallItem
    things: Sequence[str]
    taken: int
    affordable: bool


def offers(identity: int | None, *, at: datetime) -> list[Offer]:
    """What the mall shows, and whether this member can have it."""
    have = wallets.balances(identity).available if identity else 0
    theirs = known_by(identity)
    taken = Count("redemptions", filter=Q(redemptions__identity__in=theirs, redemptions__reversed_at=None))
    return [
        Offer(
            item, giving.in_words(item.gives), item.taken,
            item.points <= have and item.left != 0 and (item.most_a_member is None or item.taken < item.most_a_member),
        )
        for item in mall.on_show(at).annotate(taken=taken)
    ]  # fmt: skip


def items() -> list[dict[str, Any]]:
    """Every item, with how many were had, for operators."""
    had = Count("redemptions", filter=Q(redemptions__reversed_at=None))
    rows = MallItem.objects.annotate(had=had).order_by("-pk")
    return [{"item": row, "things": giving.in_words(row.gives), "had": row.had} for row in rows]


def redemptions(*, to_send: bool = False, identity: int | None = None, before: int = 0) -> list[Redemption]:
    rows = Redemption.objects.select_related("item", "identity").order_by("-pk")
    if to_send:
        rows = rows.filter(sent_at=None, reversed_at=None).exclude(address={})
    if identity:
        rows = rows.filter(identity__in=known_by(identity))
    return list((rows.filter(pk__lt=before) if before else rows)[:SHOWN])
