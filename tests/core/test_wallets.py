"""Points are earned in lots, spent by what expires first, and come back to where they came from."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from siyu.core.ledger import books, wallets
from siyu.core.ledger.books import WrongAmount
from siyu.core.ledger.models import Lot
from siyu.core.ledger.proving import prove
from siyu.core.ledger.wallets import Balances, Grant, NotEnough
from siyu.core.ledger.wallets.verbs import NothingToTakeBack, Unknown
from siyu.kit.refusals import KeyReused

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LI = 7


def day(n: int) -> datetime:
    return NOON + timedelta(days=n)


def earn(amount: int, key: str, *, expires: int | None = None, pending: bool = False, owner: int = LI, at: int = 0):
    source = books.shared(unit="points", kind="source", name="spend", owner=owner)
    until = None if expires is None else day(expires)
    return wallets.earn(
        Grant(owner, amount, key, source, "order", day(at), about=f"order:{key}", pending=pending, expires_at=until)
    )


def spend(amount: int, key: str, at: int = 0, *, hold: bool = False) -> int:
    return wallets.spend(owner=LI, amount=amount, key=key, at=day(at), hold=hold)


def has(**parts: int) -> None:
    assert wallets.balances(LI) == Balances(**parts)
    assert prove(at=NOON).findings == []


def lot(key: str) -> Lot:
    return Lot.objects.get(origin__key=key)


def test_what_is_earned_can_be_spent():
    earn(100, "a")
    spend(30, "b")
    has(available=70, spent=30)


def test_what_expires_first_is_spent_first():
    earn(50, "late", expires=60)
    earn(50, "soon", expires=30)
    earn(50, "never")
    spend(60, "b")
    assert [(lot(key).available, lot(key).spent) for key in ("soon", "late", "never")] == [(0, 50), (40, 10), (50, 0)]


def test_what_has_expired_is_not_spent_although_nobody_swept():
    earn(50, "soon", expires=30)
    earn(50, "late", expires=60)
    with pytest.raises(NotEnough):
        spend(60, "b", at=30)
    spend(50, "b", at=30)
    has(spent=50, expired=50)


def test_a_sweep_does_what_time_has_done_and_only_once():
    earn(50, "soon", expires=30)
    earn(70, "order", pending=True)
    wallets.ripen(of="order", matures_at=day(10), expires_at=day(40))
    assert [(one.reason, one.amount) for one in wallets.sweep(at=day(10))] == [("mature", 70)]
    has(available=120)
    assert [(one.reason, one.amount) for one in wallets.sweep(at=day(40))] == [("expire", 120)]
    assert wallets.sweep(at=day(41)) == []
    has(expired=120)


def test_a_refund_brings_points_back_to_their_lots():
    earn(50, "soon", expires=30)
    earn(50, "late", expires=60)
    spend(80, "order", at=1)
    wallets.give_back(of="order", amount=60, key="refund", at=day(40))
    assert (lot("soon").available, lot("late").available) == (50, 30)
    wallets.sweep(at=day(40))
    has(available=30, spent=20, expired=50)
    with pytest.raises(NothingToTakeBack):
        wallets.give_back(of="order", amount=21, key="again", at=day(40))


def test_what_is_held_is_nobodys_until_it_is_decided():
    earn(100, "a")
    spend(60, "cart", hold=True)
    with pytest.raises(NotEnough):
        spend(50, "b")
    has(available=40, held=60)
    wallets.capture(of="cart", key="paid", at=day(1))
    has(available=40, spent=60)
    wallets.give_back(of="paid", amount=60, key="refund", at=day(2))
    spend(100, "other", hold=True)
    wallets.release(of="other", key="lapsed", at=day(3))
    has(available=100)


def test_an_earning_that_is_taken_back_leaves_a_debt_and_the_next_pays_it():
    earn(100, "a")
    spend(80, "gift")
    wallets.claim_back(of="a", amount=100, key="refund", at=day(1))
    has(spent=80, reversed=20, debt=-80)
    earn(50, "b")
    has(spent=80, reversed=20, debt=-30)
    earn(50, "c")
    has(available=20, spent=80, reversed=20)


def test_when_the_gift_comes_back_too_whoever_paid_gets_theirs():
    earn(100, "a", expires=30)
    spend(80, "gift")
    wallets.claim_back(of="a", amount=100, key="refund", at=day(1))
    earn(100, "b", expires=60, at=2)
    has(available=20, spent=80, reversed=20)
    wallets.give_back(of="gift", amount=80, key="gift back", at=day(3))
    assert (lot("a").reversed, lot("b").available) == (100, 100)
    has(available=100, reversed=100)


def test_pending_points_that_are_taken_back_owe_nothing():
    earn(100, "a", pending=True)
    wallets.claim_back(of="a", amount=40, key="part", at=day(1))
    has(pending=60, reversed=40)


def test_a_retry_changes_nothing_and_another_wish_under_the_key_is_refused():
    earn(100, "a")
    spent = spend(60, "b")
    assert spend(60, "b") == spent
    claimed = wallets.claim_back(of="a", amount=50, key="r", at=NOON)
    assert wallets.claim_back(of="a", amount=50, key="r", at=NOON) == claimed
    back = wallets.give_back(of="b", amount=10, key="g", at=NOON)
    assert wallets.give_back(of="b", amount=10, key="g", at=NOON) == back
    with pytest.raises(KeyReused):
        spend(61, "b")
    with pytest.raises(KeyReused):
        wallets.give_back(of="b", amount=11, key="g", at=NOON)
    has(spent=50, reversed=50)


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_above_zero(amount):
    earn(100, "a")
    for verb in (lambda: spend(amount, "b"), lambda: earn(amount, "c")):
        with pytest.raises(WrongAmount):
            verb()


def test_nothing_comes_back_of_what_never_was():
    with pytest.raises(Unknown):
        wallets.give_back(of="nothing", amount=1, key="a", at=NOON)
    with pytest.raises(Unknown):
        wallets.claim_back(of="nothing", amount=1, key="a", at=NOON)


def test_partial_refunds_agree_in_every_order():
    """An order was bought with points and earned some; three refunds give back parts of both."""
    seen = set()
    for who, order in enumerate(permutations([(20, 30), (50, 10), (30, 60)])):
        owner = 100 + who
        earn(60, f"{who} soon", expires=30, owner=owner)
        earn(60, f"{who} late", expires=60, owner=owner)
        wallets.spend(owner=owner, amount=100, key=f"{who} bought", at=NOON)
        earn(100, f"{who} earned", owner=owner)
        wallets.spend(owner=owner, amount=90, key=f"{who} gift", at=NOON)
        for n, (back, claimed) in enumerate(order):
            wallets.give_back(of=f"{who} bought", amount=back, key=f"{who} back {n}", at=day(1))
            wallets.claim_back(of=f"{who} earned", amount=claimed, key=f"{who} claim {n}", at=day(1))
        lots = Lot.objects.filter(owner=owner).order_by("pk")
        seen.add((wallets.balances(owner), *lots.values_list("available", "spent", "reversed", "settled", "owed")))
    assert len(seen) == 1
    assert prove(at=NOON).findings == []
