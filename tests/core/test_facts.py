"""The facts are the same whichever of links, corrections and cancellations a lake holds: only the road differs."""

from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from siyu.core.insight.facts import open_facts
from tests.selling import order, row, sell

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALICE, BOB, HER_PHONE = 1, 2, 3
TEA, CAKE = 1, 2
BOUGHT = [
    order(1, ALICE, date(2026, 3, 1), (TEA, 100)),
    order(2, BOB, date(2026, 3, 2), (TEA, 200)),
    order(3, HER_PHONE, date(2026, 3, 3), (CAKE, 300)),
]
LATER = {
    "linked": row("identity.linked", date(2026, 4, 1), HER_PHONE, ALICE),
    "corrected": order(1, ALICE, date(2026, 4, 2), (TEA, 150)) | {"name": "order.corrected"},
    "cancelled": row("order.cancelled", date(2026, 4, 3), BOB, 2),
}
AS_IT_WAS = {1: (ALICE, 100), 2: (BOB, 200), 3: (HER_PHONE, 300)}


def orders(as_of: datetime | None = None) -> dict[int, tuple[int, int]]:
    with open_facts(as_of) as db:
        found = db.execute('SELECT "order", person, amount FROM orders').fetchall()
    return {number: (person, amount) for number, person, amount in found}


def expected(happened: tuple[str, ...]) -> dict[int, tuple[int, int]]:
    now = dict(AS_IT_WAS)
    if "linked" in happened:
        now[3] = (ALICE, 300)
    if "corrected" in happened:
        now[1] = (ALICE, 150)
    if "cancelled" in happened:
        del now[2]
    return now


@pytest.mark.parametrize("happened", [some for size in range(4) for some in combinations(LATER, size)])
def test_it_works(happened):
    sell(*BOUGHT, *(LATER[what] for what in happened))
    assert orders() == expected(happened)


def test_of_then_is_without_what_came_later_but_knows_todays_map():
    sell(*BOUGHT, *LATER.values())
    assert orders(datetime(2026, 4, 1, tzinfo=UTC)) == expected(("linked",))


def test_the_moment_itself_is_not_in():
    sell(*BOUGHT)
    assert set(orders(datetime(2026, 3, 2, 12, tzinfo=UTC))) == {1}
