"""Any sequence of what can happen to a wallet ends where a drawer full of numbered coins would.

The oracle knows nothing of sums: each point is a coin in a place, and whatever is claimed of a lot is a slip with the
coin that paid it.
"""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from siyu.core.ledger import books, wallets
from siyu.core.ledger.models import PLACES, Lot
from siyu.core.ledger.proving import prove
from siyu.core.ledger.wallets import Grant, NotEnough
from siyu.core.ledger.wallets.verbs import NothingToTakeBack

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
OWNERS = itertools.count(1)
SMALL = st.integers(1, 12)
NEVER = 10**6


def day(n: int) -> datetime:
    return NOON + timedelta(days=n)


class Coin:
    def __init__(self, lot: int, place: str) -> None:
        self.lot, self.place = lot, place


class Drawer:
    """The same wallet, coin by coin. A lot is the number of its turn; `until` is the day on which it expires."""

    def __init__(self) -> None:
        self.coins: list[Coin] = []
        self.until: list[int] = []
        self.ripe: list[int] = []
        self.slips: list[list[Coin | None]] = []
        self.bags: dict[str, list[Coin]] = {}

    def earn(self, amount: int, until: int, ripe: int | None) -> None:
        lot = len(self.until)
        self.until.append(until)
        self.ripe.append(NEVER if ripe is None else ripe)
        self.slips.append([])
        self.coins += [Coin(lot, "pending" if ripe is not None else "available") for _ in range(amount)]
        self.settle()

    def at(self, place: str, lot: int | None = None) -> list[Coin]:
        found = [coin for coin in self.coins if coin.place == place and lot in (None, coin.lot)]
        return sorted(found, key=self.turn)

    def turn(self, coin: Coin) -> tuple[int, int]:
        return self.until[coin.lot], coin.lot

    def today(self, today: int) -> None:
        for one in range(today + 1):
            for coin in self.at("pending"):
                if self.ripe[coin.lot] <= one:
                    coin.place = "available"
            for coin in self.at("available"):
                if self.until[coin.lot] <= one:
                    coin.place = "expired"
            self.settle()

    def settle(self) -> None:
        for slips in self.slips:
            for n, paid in enumerate(slips):
                if paid is None and (coins := self.at("available")):
                    slips[n] = coins[0]
                    coins[0].place = "settled"

    def take(self, amount: int, place: str, bag: str) -> None:
        self.bags[bag] = self.at("available")[:amount]
        for coin in self.bags[bag]:
            coin.place = place

    def claim(self, lot: int, amount: int) -> None:
        for place in ("pending", "available", "expired"):
            for coin in self.at(place, lot)[:amount]:
                coin.place = "reversed"
                amount -= 1
        for _ in self.at("settled", lot)[:amount]:
            slips = next(slips for slips in reversed(self.slips) if any(c and c.lot == lot for c in slips))
            paid = next(c for c in slips if c and c.lot == lot)
            slips[slips.index(paid)] = None
            paid.place = "reversed"
            amount -= 1
        self.slips[lot] += [None] * amount
        self.settle()

    def claimable(self, lot: int) -> int:
        return sum(coin.lot == lot and coin.place != "reversed" for coin in self.coins) - len(self.slips[lot])

    def back(self, bag: str, amount: int, target: str) -> None:
        coins, self.bags[bag] = self.bags[bag][:amount], self.bags[bag][amount:]
        for coin in coins:
            slips = self.slips[coin.lot]
            coin.place = target if target == "spent" or not slips else "reversed"
            if target == "available" and slips:
                slip = None if None in slips else max((c for c in slips if c), key=self.turn)
                slips.remove(slip)
                if slip:
                    slip.place = "available"
        self.settle()


class Wallets(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.drawer, self.now, self.calls, self.spent, self.held = Drawer(), 0, 0, [], []
        self.lots: list[str] = []
        self.owner = next(OWNERS)

    def key(self) -> str:
        self.calls += 1
        return f"{self.owner} call {self.calls}"

    @rule(amount=SMALL, lives=st.none() | st.integers(1, 9), waits=st.none() | st.integers(1, 5))
    def earn(self, amount, lives, waits):
        self.lots.append(self.key())
        source = books.shared(unit="points", kind="source", name="spend", owner=self.owner)
        until, ripe = (None if n is None else self.now + n for n in (lives, waits))
        self.drawer.today(self.now)
        wallets.sweep(at=day(self.now))
        self.drawer.earn(amount, NEVER if until is None else until, ripe)
        moments = (None if n is None else day(n) for n in (ripe, until))
        wallets.earn(
            Grant(self.owner, amount, self.lots[-1], source, "order", day(self.now), "", ripe is not None, *moments)
        )

    @rule(days=st.integers(1, 4), sweeping=st.booleans())
    def wait(self, days, sweeping):
        self.now += days
        if sweeping:
            wallets.sweep(at=day(self.now))

    @rule(amount=SMALL, hold=st.booleans(), again=st.booleans())
    def spend(self, amount, hold, again):
        key = self.key()
        wish = {"owner": self.owner, "amount": amount, "key": key, "at": day(self.now), "hold": hold}
        self.drawer.today(self.now)
        if amount > len(self.drawer.at("available")):
            with pytest.raises(NotEnough):
                wallets.spend(**wish)
            return
        for _ in range(1 + again):
            wallets.spend(**wish)
        self.drawer.take(amount, "held" if hold else "spent", key)
        (self.held if hold else self.spent).append(key)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), captured=st.booleans())
    def decide(self, data, captured):
        of = data.draw(st.sampled_from(self.held))
        self.held.remove(of)
        key = self.key()
        self.drawer.today(self.now)
        if captured:
            self.drawer.bags[key] = list(self.drawer.bags[of])
            self.spent.append(key)
        self.drawer.back(of, NEVER, "spent" if captured else "available")
        (wallets.capture if captured else wallets.release)(of=of, key=key, at=day(self.now))

    @precondition(lambda self: self.spent)
    @rule(data=st.data(), amount=SMALL, again=st.booleans())
    def give_back(self, data, amount, again):
        of, key = data.draw(st.sampled_from(self.spent)), self.key()
        self.drawer.today(self.now)
        wish = {"of": of, "amount": amount, "key": key, "at": day(self.now)}
        if amount > len(self.drawer.bags[of]):
            with pytest.raises(NothingToTakeBack):
                wallets.give_back(**wish)
            return
        self.drawer.back(of, amount, "available")
        for _ in range(1 + again):
            wallets.give_back(**wish)

    @precondition(lambda self: self.lots)
    @rule(data=st.data(), amount=SMALL)
    def claim_back(self, data, amount):
        lot = data.draw(st.integers(0, len(self.lots) - 1))
        wish = {"of": self.lots[lot], "amount": amount, "key": self.key(), "at": day(self.now)}
        self.drawer.today(self.now)
        if amount > self.drawer.claimable(lot):
            with pytest.raises(NothingToTakeBack):
                wallets.claim_back(**wish)
            return
        self.drawer.claim(lot, amount)
        wallets.claim_back(**wish)

    def teardown(self):
        wallets.sweep(at=day(self.now))
        self.drawer.today(self.now)
        assert prove(at=NOON).findings == []
        for number, lot in enumerate(Lot.objects.filter(owner=self.owner).order_by("pk")):
            drawer = {place: len(self.drawer.at(place, number)) for place in (*PLACES, "settled")}
            assert {place: getattr(lot, place) for place in drawer} == drawer
            assert lot.owed == self.drawer.slips[number].count(None)
        has = wallets.balances(self.owner)
        assert has.available == len(self.drawer.at("available"))
        assert has.debt == -sum(slips.count(None) for slips in self.drawer.slips)


class TestWallets(Wallets.TestCase, TestCase):
    settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
