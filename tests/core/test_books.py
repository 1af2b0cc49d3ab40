"""What is written in the books stands, and always sums to zero."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from siyu.core.ledger import books
from siyu.core.ledger.books import Overdrawn, Posting, WrongAmount, WrongUnit
from siyu.core.ledger.models import Account, Entry, Transfer
from siyu.kit.refusals import KeyReused

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def purse(owner: int, unit: str = "points") -> int:
    return books.account(unit=unit, kind="available", owner=owner)


def source(unit: str = "points") -> int:
    return books.account(unit=unit, kind="source", name="gifts", open=True)


def give(owner: int, amount: int, key: str) -> int:
    return books.post(key=key, source=source(), target=purse(owner), amount=amount, reason="gift", at=NOON)


def take(owner: int, amount: int, key: str) -> int:
    return books.post(key=key, source=purse(owner), target=source(), amount=amount, reason="taken", at=NOON)


def test_what_one_has_another_gave():
    give(1, 100, "a")
    take(1, 30, "b")
    assert (books.balance(purse(1)), books.balance(source())) == (70, -70)
    rows = Entry.objects.filter(account=purse(1)).order_by("version").values_list("version", "amount", "balance")
    assert list(rows) == [(1, 100, 100), (2, -30, 70)]


def test_a_key_counts_once_and_for_one_wish():
    first = give(1, 100, "a")
    assert give(1, 100, "a") == first
    with pytest.raises(KeyReused):
        give(1, 101, "a")
    with pytest.raises(KeyReused):
        give(2, 100, "a")
    assert books.balance(purse(1)) == 100


def test_a_spent_key_is_known_even_when_nothing_is_left():
    give(1, 100, "a")
    spent = take(1, 100, "b")
    assert take(1, 100, "b") == spent


def test_nobody_spends_what_they_have_not():
    give(1, 100, "a")
    with pytest.raises(Overdrawn):
        take(1, 101, "b")
    assert not Transfer.objects.filter(key="b").exists()
    assert books.balance(purse(1)) == 100


def test_of_many_wishes_all_are_granted_or_none():
    wishes = [Posting(f"n{n}", source(), purse(n), n, "gift", NOON) for n in range(1, 500)]
    books.post_all(wishes)
    assert books.post_all(wishes) == dict(Transfer.objects.values_list("key", "pk"))
    assert books.balance(source()) == -sum(range(1, 500))
    with pytest.raises(Overdrawn):
        books.post_all([*(w._replace(key="x" + w.key) for w in wishes), Posting("y", purse(1), source(), 3, "t", NOON)])
    assert Transfer.objects.count() == 499


@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_is_above_zero(amount):
    with pytest.raises(WrongAmount):
        give(1, amount, "a")


def test_units_are_known_and_never_mixed():
    with pytest.raises(WrongUnit):
        purse(1, "stars")
    with pytest.raises(WrongUnit):
        books.post(key="a", source=source("money"), target=purse(1), amount=5, reason="gift", at=NOON)


def test_an_account_of_the_house_has_parts_and_one_balance():
    for owner in (3, 8, 11):
        part = books.shared(unit="points", kind="source", name="spend", owner=owner)
        books.post(key=f"{owner}", source=part, target=purse(owner), amount=10, reason="spend", at=NOON)
    assert Account.objects.filter(name="spend").count() == 2
    assert books.balance_of(unit="points", kind="source", name="spend") == -30


EDITS = {
    "an amount": "UPDATE ledger_transfer SET amount = 7",
    "a time": "UPDATE ledger_transfer SET at = '2020-01-01 00:00:00+00'",
    "a side": "UPDATE ledger_entry SET amount = 7",
    "a word": "UPDATE ledger_transfer SET memo = 'nobody'",
    "gone": "DELETE FROM ledger_entry",
    "an owner": "UPDATE ledger_account SET owner = 5",
    "an account": "DELETE FROM ledger_account",
    "nobody's": "INSERT INTO ledger_transfer (key, digest, source_id, target_id, amount, reason, about, at, by, memo) "
    "SELECT 'b', digest, source_id, 4711, amount, reason, about, at, by, memo FROM ledger_transfer",
    "one more": "INSERT INTO ledger_entry (transfer_id, account_id, version, amount, balance) "
    "SELECT transfer_id, account_id, 9, 7, 107 FROM ledger_entry",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_database_itself_refuses_to_edit(edit):
    give(1, 100, "a")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(edit)


def test_an_erasure_may_blank_a_memo():
    books.post(key="a", source=source(), target=purse(1), amount=5, reason="by hand", at=NOON, memo="for Li")
    Transfer.objects.update(memo="")
    assert Transfer.objects.get().memo == ""


class EverySequence(TestCase):
    """Whatever is asked in whatever order: sums are zero, nobody is below it, and balances are what entries say."""

    asked = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 50), st.integers(0, 12))

    @given(st.lists(asked, max_size=30), st.integers(1, 5))
    def test_it(self, wishes, at_once):
        numbers = [source(), purse(1), purse(2), purse(3)]
        held, granted = [0, 0, 0, 0], {}
        for start in range(0, len(wishes), at_once):
            some = [(a, b, n, f"k{k}") for a, b, n, k in wishes[start : start + at_once] if a != b]
            after, new = expected(some, held, granted)
            try:
                books.post_all([Posting(k, numbers[a], numbers[b], n, "wish", NOON) for a, b, n, k in some])
            except (Overdrawn, KeyReused):
                assert after is None
            else:
                assert after is not None
                held, granted = after, new
        assert [books.balance(number) for number in numbers] == held
        assert sum(held) == 0
        sums = dict(Entry.objects.values_list("account").annotate(Sum("amount")))
        assert [sums.get(number, 0) for number in numbers] == held


def expected(some, held, granted):
    """What an account book of paper would say; None: refused."""
    after, new = list(held), dict(granted)
    for a, b, n, key in some:
        if key in new:
            if new[key] != (a, b, n):
                return None, granted
            continue
        new[key] = a, b, n
        after[a] -= n
        after[b] += n
        if a and after[a] < 0:
            return None, granted
    return after, new
