"""A wallet goes into another one and comes out again: whose points are whose in the end does not depend on it.

The oracle is a notebook of two lines: what each earned, less what each spent. While the two are one, the one who is
kept spends; what was claimed back or returned is its earner's or its spender's, whenever that happens.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.core.ledger import books, wallets
from siyu.core.ledger.models import Lot
from siyu.core.ledger.proving import prove
from siyu.core.ledger.wallets import Grant, NotEnough

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALICE, BOB = 1, 2


def earn(owner: int, amount: int, key: str, days: int | None = None) -> None:
    source = books.shared(unit="points", kind="source", name="spend", owner=owner)
    ends = NOON + timedelta(days=days) if days else None
    wallets.earn(Grant(owner, amount, key, source, "order", NOON, key, expires_at=ends))


def spend(owner: int, amount: int, key: str, *, hold: bool = False) -> None:
    wallets.spend(owner=owner, amount=amount, key=key, at=NOON, about=key, hold=hold)


def have(owner: int) -> int:
    found = wallets.balances(owner)
    return found.available + found.debt


def together() -> wallets.Handed:
    return wallets.hand_over(owner=ALICE, to=BOB, key="join", at=NOON)


def apart(handed: wallets.Handed, also: tuple[int, ...] = (), at: datetime = NOON) -> None:
    wallets.hand_back(handed, to=ALICE, key="part", at=at, also=also)
    assert prove(at=NOON).findings == []


def test_joined_and_parted_at_once_nothing_happened():
    earn(ALICE, 50, "a1", days=30)
    earn(ALICE, 20, "a2")
    spend(ALICE, 30, "tea")
    wallets.claim_back(of="a1", amount=45, key="a1 back", at=NOON)
    earn(BOB, 7, "b1")
    before = wallets.balances(ALICE), wallets.balances(BOB), list(Lot.objects.order_by("pk").values())
    handed = together()
    assert prove(at=NOON).findings == []
    assert (have(ALICE), have(BOB)) == (0, 2)
    apart(handed)
    assert (wallets.balances(ALICE), wallets.balances(BOB), list(Lot.objects.order_by("pk").values())) == before


def test_who_is_kept_pays_for_what_they_took_of_the_others():
    earn(ALICE, 50, "a1")
    earn(BOB, 20, "b1")
    handed = together()
    spend(BOB, 60, "kettle")
    assert have(BOB) == 10
    apart(handed)
    assert (have(ALICE), have(BOB)) == (50, -40)
    earn(BOB, 45, "b2")
    assert wallets.balances(BOB).available == 5


def test_what_was_spent_before_and_meanwhile_is_told_apart():
    earn(ALICE, 50, "a1")
    spend(ALICE, 10, "tea")
    handed = together()
    spend(BOB, 30, "kettle")
    apart(handed)
    assert (have(ALICE), have(BOB)) == (40, -30)


def test_what_was_bought_meanwhile_goes_back_to_whoever_bought_it():
    earn(ALICE, 50, "a1")
    earn(BOB, 20, "b1")
    handed = together()
    spend(BOB, 60, "kettle")
    apart(handed)
    wallets.give_back(of="kettle", amount=60, key="kettle back", at=NOON)
    assert (have(ALICE), have(BOB)) == (50, 20)
    assert prove(at=NOON).findings == []


def test_what_an_unpaid_order_holds_is_let_go_to_whoever_ordered():
    earn(ALICE, 50, "a1")
    handed = together()
    spend(BOB, 30, "order", hold=True)
    apart(handed)
    assert (have(ALICE), have(BOB)) == (50, -30)
    wallets.release(of="order", key="order gone", at=NOON)
    assert (have(ALICE), have(BOB), wallets.balances(BOB).held) == (50, 0, 0)
    assert prove(at=NOON).findings == []


def test_an_order_from_before_that_is_paid_meanwhile_is_the_one_s_own():
    earn(ALICE, 50, "a1")
    spend(ALICE, 30, "order", hold=True)
    handed = together()
    wallets.capture(of="order", key="order paid", at=NOON)
    apart(handed)
    assert (have(ALICE), have(BOB), wallets.balances(ALICE).spent) == (20, 0, 30)


def test_a_debt_that_the_other_paid_is_owed_again():
    earn(ALICE, 50, "a1")
    spend(ALICE, 50, "tea")
    wallets.claim_back(of="a1", amount=50, key="a1 back", at=NOON)
    earn(BOB, 20, "b1")
    assert (have(ALICE), have(BOB)) == (-50, 20)
    handed = together()
    assert (have(ALICE), have(BOB), wallets.balances(BOB).available) == (0, -30, 0)
    apart(handed)
    assert (have(ALICE), have(BOB)) == (-50, 20)


def test_points_that_expired_meanwhile_are_gone():
    earn(ALICE, 50, "a1", days=3)
    handed = together()
    spend(BOB, 30, "tea")
    apart(handed, at=NOON + timedelta(days=4))
    wallets.sweep(at=NOON + timedelta(days=4))
    assert wallets.balances(ALICE).expired == 50
    assert (have(ALICE), have(BOB)) == (0, -30)


def test_what_the_one_earned_meanwhile_can_leave_with_them():
    handed = together()
    earn(BOB, 40, "a's order")
    spend(BOB, 10, "tea")
    apart(handed, also=(Lot.objects.get().pk,))
    assert (have(ALICE), have(BOB)) == (40, -10)


DEED = st.tuples(
    st.sampled_from(["earn", "spend", "hold", "capture", "release", "refund", "claim"]), st.sampled_from([ALICE, BOB]),
    st.integers(1, 9),
)  # fmt: skip


class Notebook:
    def __init__(self) -> None:
        self.sums: Counter[int] = Counter()
        self.calls, self.joined = 0, False
        self.lots: list[tuple[str, int, int]] = []
        self.takes: list[list] = []
        """[key, owner, amount, held]"""

    def do(self, what: str, who: int, n: int) -> None:
        self.calls += 1
        key = f"call {self.calls}"
        if what in ("earn", "spend", "hold"):
            who = BOB if self.joined else who
            (self.earn if what == "earn" else self.take)(what, who, n, key)
        elif what == "claim" and self.lots:
            self.claim(n, key)
        elif what in ("capture", "release", "refund"):
            self.decide(what, n, key)

    def earn(self, _: str, who: int, n: int, key: str) -> None:
        earn(who, n, key)
        self.sums[who] += n
        self.lots.append((key, who, n))

    def take(self, what: str, who: int, n: int, key: str) -> None:
        try:
            spend(who, n, key, hold=what == "hold")
        except NotEnough:
            return
        self.sums[who] -= n
        self.takes.append([key, who, n, what == "hold"])

    def claim(self, n: int, key: str) -> None:
        of, who, left = self.lots.pop(n % len(self.lots))
        wallets.claim_back(of=of, amount=min(n, left), key=key, at=NOON)
        self.sums[who] -= min(n, left)

    def decide(self, what: str, n: int, key: str) -> None:
        open_ = [take for take in self.takes if take[3] == (what != "refund")]
        if not open_:
            return
        take = open_[n % len(open_)]
        if what == "capture":
            wallets.capture(of=take[0], key=key, at=NOON)
            take[0], take[3] = key, False
            return
        self.takes.remove(take)
        back = take[2] if what == "release" else min(n, take[2])
        if what == "release":
            wallets.release(of=take[0], key=key, at=NOON)
        else:
            wallets.give_back(of=take[0], amount=back, key=key, at=NOON)
        self.sums[take[1]] += back


@given(before=st.lists(DEED, max_size=12), during=st.lists(DEED, max_size=12), after=st.lists(DEED, max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_notebook_agrees(before, during, after):
    from django.db import transaction

    with transaction.atomic():
        book = Notebook()
        for deed in before:
            book.do(*deed)
        handed, book.joined = together(), True
        for deed in during:
            book.do(*deed)
        assert have(BOB) == book.sums[ALICE] + book.sums[BOB] and have(ALICE) == 0
        apart(handed)
        book.joined = False
        for deed in after:
            book.do(*deed)
        assert (have(ALICE), have(BOB)) == (book.sums[ALICE], book.sums[BOB])
        assert prove(at=NOON).findings == []
        transaction.set_rollback(True)
