"""The search against a slower one that tries everything; and stories of single rules."""

from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from siyu.features.loyalty.coupons import rules
from siyu.features.loyalty.coupons.rules import Goods, Offer, best
from tests.features.shop.brand import NOW

END = NOW + timedelta(days=9)


def offer(code: int, kind: str = "amount", worth: int = 300, **said) -> Offer:
    usual = {
        "text": f"C{code}", "template": code, "title": f"C{code}", "cap": None, "minimum": 0, "stacks": False,
        "group": "", "begins_at": NOW, "expires_at": END,
    }  # fmt: skip
    return Offer(code=code, kind=kind, worth=worth, **usual | said)


def tea(standing: int = 2500, quantity: int = 1) -> Goods:
    return Goods(1, 7, quantity, standing)


def cake(standing: int = 1000, quantity: int = 1) -> Goods:
    return Goods(2, 8, quantity, standing)


def codes(choice: rules.Choice) -> list[int]:
    return [used.offer.code for used in choice.used]


def test_it_works():
    choice = best([offer(1), offer(2, "percent", 2000)], [tea()], NOW)
    assert (codes(choice), choice.amount, choice.refused) == ([2], 500, {1: "does_not_stack"})


def test_those_that_stack_go_together_percentages_first():
    some = [offer(1, stacks=True), offer(2, "percent", 1000, stacks=True)]
    choice = best(some, [tea()], NOW)
    assert (codes(choice), [used.amount for used in choice.used]) == ([2, 1], [250, 300])


def test_one_of_a_group():
    some = [offer(n, worth=100 * n, stacks=True, group="autumn") for n in (1, 2)]
    choice = best([*some, offer(3, worth=50, stacks=True)], [tea()], NOW)
    assert (codes(choice), choice.refused) == ([2, 3], {1: "one_of_its_group"})


def test_one_alone_beats_two_together():
    choice = best(
        [offer(1, worth=100, stacks=True), offer(2, worth=100, stacks=True), offer(3, worth=201)], [tea()], NOW
    )
    assert (codes(choice), choice.refused) == ([3], {1: "does_not_stack", 2: "does_not_stack"})


def test_every_refusal_says_why():
    some = [
        offer(1, minimum=2501),
        offer(2, listings=frozenset({9})),
        offer(3, shelves=frozenset({9})),
        offer(4, expires_at=NOW),
        offer(5, begins_at=NOW + timedelta(seconds=1)),
        offer(6, left=299),
        offer(7, state="redeemed"),
        offer(8, state="reserved"),
        offer(9, listings=frozenset({2}), minimum=1),
    ]
    choice = best(some, [tea()], NOW)
    assert choice.used == ()
    assert choice.refused == {
        1: "below_minimum", 2: "wrong_products", 3: "wrong_products", 4: "expired", 5: "not_yet", 6: "budget_spent",
        7: "redeemed", 8: "reserved", 9: "wrong_products",
    }  # fmt: skip


def test_a_minimum_counts_only_what_it_holds_for():
    only_cake = offer(1, listings=frozenset({2}), minimum=1500)
    assert best([only_cake], [tea(), cake()], NOW).refused == {1: "below_minimum"}
    assert best([only_cake], [tea(), cake(1500)], NOW).used[0].parts == (0, 300)


def test_a_shelf_and_a_listing_are_alternatives():
    both = offer(1, listings=frozenset({1}), shelves=frozenset({8}))
    assert best([both], [tea(2000), cake(1000)], NOW).used[0].parts == (200, 100)


def test_a_percentage_has_a_cap_and_rounds_down():
    assert best([offer(1, "percent", 1000, cap=99)], [tea()], NOW).amount == 99
    assert best([offer(1, "percent", 3333)], [tea(100)], NOW).amount == 33


def test_a_gift_is_one_piece_of_the_dearest():
    free = offer(1, "gift", 1, shelves=frozenset({7, 8}))
    assert best([free], [tea(2500, 2), cake(1000)], NOW).used[0].parts == (1250, 0)


def test_what_expires_first_is_used_first():
    soon = offer(2, expires_at=END - timedelta(days=1))
    assert codes(best([offer(1), soon], [tea()], NOW)) == [2]


def test_what_would_take_off_nothing_is_kept():
    some = [offer(1, worth=10**6, stacks=True), offer(2, stacks=True, expires_at=END + timedelta(days=1))]
    choice = best(some, [tea()], NOW)
    assert (codes(choice), choice.amount, choice.refused) == ([1], 2499, {2: "nothing_left"})


def test_of_many_the_best_ten_are_tried():
    some = [offer(n, worth=n, stacks=True) for n in range(1, 41)]
    choice = best(some, [tea()], NOW)
    assert codes(choice) == list(range(31, 41))
    assert set(choice.refused.values()) == {"too_many"}


OFFERS = st.builds(
    offer,
    code=st.integers(1, 6),
    kind=st.sampled_from(["amount", "percent"]),
    worth=st.integers(1, 4000),
    template=st.integers(1, 4),
    stacks=st.booleans(),
    group=st.sampled_from(["", "", "a", "b"]),
    minimum=st.integers(0, 2000),
    cap=st.none() | st.integers(1, 500),
    left=st.none() | st.integers(0, 3000),
    listings=st.frozensets(st.sampled_from([1, 2, 3]), max_size=2),
    shelves=st.frozensets(st.sampled_from([7, 8]), max_size=1),
    expires_at=st.sampled_from([NOW, END, END + timedelta(days=1)]),
) | st.builds(
    offer, code=st.integers(7, 8), kind=st.just("gift"), worth=st.just(1), stacks=st.booleans(),
    listings=st.frozensets(st.sampled_from([1, 2]), min_size=1),
)  # fmt: skip
GOODS = st.builds(
    Goods, st.sampled_from([1, 2, 3]), st.sampled_from([None, 7, 8]), st.integers(1, 3), st.integers(0, 3000)
)


@given(st.lists(OFFERS, max_size=6, unique_by=lambda one: one.code), st.lists(GOODS, min_size=1, max_size=4))
def test_nothing_better_is_overlooked(offers, goods):
    choice = best(offers, goods, NOW)
    assert choice.amount == dearest_of_all(offers, goods)
    assert {*codes(choice)} | choice.refused.keys() == {one.code for one in offers}
    assert not {*codes(choice)} & choice.refused.keys()
    for n, line in enumerate(goods):
        assert 0 <= sum(used.parts[n] for used in choice.used) <= line.standing
    assert choice.amount <= max(0, sum(line.standing for line in goods) - 1)
    for used in choice.used:
        assert used.amount > 0
        assert used.offer.left is None or used.amount <= used.offer.left
        assert all(part == 0 or rules.holds_for(used.offer, line) for part, line in zip(used.parts, goods, strict=True))


def dearest_of_all(offers: list[Offer], goods: list[Goods]) -> int:
    """Every ordered choice of them, thrown away where a rule of the house forbids it."""
    most = 0
    for size in range(1, len(offers) + 1):
        for some in permutations(offers, size):
            most = max(most, taken_off(some, goods))
    return most


RANK = {"gift": 0, "percent": 1, "amount": 2}


def taken_off(some: tuple[Offer, ...], goods: list[Goods]) -> int:
    """What these take off one after another, in plain words; 0 where they may not."""
    order = [(RANK[one.kind], one.template, one.code) for one in some]
    families = [one.group or one.template for one in some]
    if order != sorted(order) or len(set(families)) < len(some) or (len(some) > 1 and not all(o.stacks for o in some)):
        return 0
    left = [line.standing for line in goods]
    for one in some:
        mine = [
            n for n, line in enumerate(goods)
            if not (one.listings or one.shelves) or line.listing in one.listings or line.shelf in one.shelves
        ]  # fmt: skip
        if one.expires_at <= NOW or not mine or sum(goods[n].standing for n in mine) < one.minimum:
            return 0
        sums = sum(left[n] for n in mine)
        off = {"amount": one.worth, "percent": sums * one.worth // 10_000}.get(one.kind)
        if one.kind == "gift":
            off = max(left[n] // goods[n].quantity for n in mine)
        off = min(off, sums, sum(left) - 1, one.cap or off)
        if off <= 0 or (one.left is not None and off > one.left):
            return 0
        for n, part in zip(mine, shared(one, off, [left[n] for n in mine], goods, mine), strict=True):
            left[n] -= part
    return sum(line.standing for line in goods) - sum(left)


def shared(one: Offer, off: int, prices: list[int], goods: list[Goods], mine: list[int]) -> list[int]:
    if one.kind == "gift":
        pieces = [price // goods[n].quantity for price, n in zip(prices, mine, strict=True)]
        first = pieces.index(max(pieces))
        return [off if n == first else 0 for n in range(len(mine))]
    exact = [off * price / sum(prices) for price in prices]
    parts = [int(off * price // sum(prices)) for price in prices]
    short = sorted(range(len(prices)), key=lambda n: -(off * prices[n] % sum(prices)))
    for n in short[: off - sum(parts)]:
        parts[n] += 1
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))
    return parts
