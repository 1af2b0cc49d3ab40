"""A wallet in memory, under its lock: what a verb does to it, before any of it is written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from siyu.core.ledger.models import Lot, LotMove

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Step:
    """A transfer that is wanted, and which lots it takes how much from."""

    reason: str
    source: int
    target: int
    amount: int = 0
    lots: dict[int, int] = field(default_factory=dict)


@dataclass
class Wallet:
    owner: int
    unit: str
    accounts: dict[str, int]
    """{place: account}, with `debt`."""
    version: int
    """It grows with every entry: a name for this moment."""
    lots: dict[int, Lot]
    """Those that are open, and those that a verb named."""
    steps: list[Step] = field(default_factory=list)
    """In the order in which they were taken, since no account may fall below zero in between."""
    paid: list[tuple[int, int, int]] = field(default_factory=list)
    """(debtor, payer, amount): payments that stood before, where a named lot takes part."""
    news: list[tuple[int, int, int]] = field(default_factory=list)
    """The same of now; below zero: taken back."""
    returned: list[LotMove] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    @property
    def available(self) -> int:
        return sum(lot.available for lot in self.lots.values())

    def step(self, reason: str, source: int, target: int, amount: int, lot: Lot) -> None:
        last = self.steps[-1] if self.steps else None
        if last is None or (last.reason, last.source, last.target) != (reason, source, target):
            self.steps.append(last := Step(reason, source, target))
        last.amount += amount
        last.lots[lot.pk] = last.lots.get(lot.pk, 0) + amount

    def shift(self, reason: str, lot: Lot, source: str, target: str, amount: int) -> None:
        """So much of a lot from place to place."""
        if amount:
            setattr(lot, source, getattr(lot, source) - amount)
            setattr(lot, target, getattr(lot, target) + amount)
            self.touched.add(lot.pk)
            self.step(reason, self.accounts[source], self.accounts[target], amount, lot)

    def catch_up(self, at: datetime) -> None:
        """What time alone has done until `at`, one moment after the other, as if somebody had always been looking."""
        for moment in sorted({then for lot in self.lots.values() for then in dues(lot) if then <= at}):
            for lot in self.in_turn():
                if lot.pending and lot.matures_at and lot.matures_at <= moment:
                    self.shift("mature", lot, "pending", "available", lot.pending)
                if lot.available and lot.expires_at and lot.expires_at <= moment:
                    self.shift("expire", lot, "available", "expired", lot.available)
            self.settle()

    def in_turn(self) -> list[Lot]:
        """What expires first is used first."""
        return sorted(self.lots.values(), key=turn)

    def take(self, reason: str, amount: int, target: str) -> None:
        """From what is available; the caller has seen that it is enough."""
        for lot in self.in_turn():
            part = min(amount, lot.available)
            self.shift(reason, lot, "available", target, part)
            amount -= part

    def claim(self, reason: str, lot: Lot, amount: int) -> None:
        """Take back what the lot brought: where it still is, else as a debt."""
        for place in ("pending", "available", "expired"):
            part = min(amount, getattr(lot, place))
            self.shift(reason, lot, place, "reversed", part)
            amount -= part
        part = min(amount, lot.settled)
        if part:
            self.unsettle(reason, part, payer=lot)
            self.shift(reason, lot, "available", "reversed", part)
        if amount - part:
            self.owe(reason, lot, amount - part)

    def owe(self, reason: str, lot: Lot, amount: int) -> None:
        """Below zero: no longer."""
        lot.owed += amount
        self.touched.add(lot.pk)
        debt, programme = self.accounts["debt"], lot.origin.source_id
        ends = (debt, programme) if amount > 0 else (programme, debt)
        self.step(reason, *ends, abs(amount), lot)

    def settle(self) -> None:
        """Debts are paid as soon as anything is available."""
        payers = [lot for lot in self.in_turn() if lot.available]
        for debtor in sorted(self.lots.values(), key=lambda lot: lot.pk):
            for payer in payers if debtor.owed else ():
                part = min(debtor.owed, payer.available)
                if part:
                    self.pay(debtor, payer, part)

    def pay(self, debtor: Lot, payer: Lot, amount: int) -> None:
        debtor.owed -= amount
        debtor.covered += amount
        payer.available -= amount
        payer.settled += amount
        self.touched |= {debtor.pk, payer.pk}
        self.news.append((debtor.pk, payer.pk, amount))
        self.step("debt", self.accounts["available"], self.accounts["debt"], amount, payer)

    def unsettle(self, reason: str, amount: int, *, payer: Lot | None = None, debtor: Lot | None = None) -> None:
        """Take payments back: of a payer, who is claimed back itself, so that its debtor owes again; or for a debtor,
        whose goods came back, so that the programme pays the payer. Who expires last comes first."""
        for one, other, paid in self.standing(payer, debtor):
            part = min(amount, paid)
            if part:
                self.undo(reason, one, other, part, owing=payer is not None)
                amount -= part

    def standing(self, payer: Lot | None, debtor: Lot | None) -> list[tuple[Lot, Lot, int]]:
        """The payments that stand of that payer, or for that debtor."""
        sums: Counter[tuple[int, int]] = Counter()
        for one, other, amount in self.paid + self.news:
            if (payer is None or other == payer.pk) and (debtor is None or one == debtor.pk):
                sums[one, other] += amount
        found = [(self.lots[one], self.lots[other], amount) for (one, other), amount in sums.items()]
        return sorted(found, key=lambda each: (turn(each[1]), each[0].pk), reverse=True)

    def between(self, some: set[int]) -> list[tuple[Lot, Lot, int]]:
        """The payments that stand from one of these lots to one that is not of them, or the other way round."""
        return [
            (debtor, payer, amount)
            for debtor, payer, amount in self.standing(None, None)
            if amount and (debtor.pk in some) != (payer.pk in some)
        ]

    def undo(self, reason: str, debtor: Lot, payer: Lot, amount: int, *, owing: bool) -> None:
        self.news.append((debtor.pk, payer.pk, -amount))
        self.touched |= {debtor.pk, payer.pk}
        payer.settled -= amount
        payer.available += amount
        debtor.covered -= amount
        debtor.owed += amount if owing else 0
        pays = self.accounts["debt"] if owing else debtor.origin.source_id
        self.step(reason, pays, self.accounts["available"], amount, payer)

    def bring_back(self, reason: str, moves: Iterable[LotMove], amount: int, place: str, target: str) -> None:
        """Of what those moves brought to `place`, so much goes to `target`, each to its lot. On its way to what is
        available, what had been claimed back meanwhile is taken first."""
        for move in moves:
            part = min(amount, move.amount - move.returned)
            if not part:
                continue
            move.returned += part
            amount -= part
            self.returned.append(move)
            lot = self.lots[move.lot_id]
            if target == "available":
                part -= self.redeem(reason, lot, place, part)
            self.shift(reason, lot, place, target, part)

    def redeem(self, reason: str, lot: Lot, place: str, amount: int) -> int:
        """Pay with what came back what was claimed of the same lot; how much that took."""
        owed = min(amount, lot.owed)
        covered = min(amount - owed, lot.covered)
        self.shift(reason, lot, place, "reversed", owed + covered)
        if owed:
            self.owe(reason, lot, -owed)
        if covered:
            self.unsettle(reason, covered, debtor=lot)
        return owed + covered


def dues(lot: Lot) -> list[datetime]:
    """When time will do something to it."""
    matures = lot.matures_at if lot.pending else None
    expires = lot.expires_at if lot.pending or lot.available else None
    return [then for then in (matures, expires) if then]


def turn(lot: Lot) -> tuple[datetime, int]:
    return lot.expires_at or NEVER, lot.pk
