"""Levels are a pure function: what is held is a fold over moments."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.features.loyalty.levels.judging import entries, keeping
from siyu.features.loyalty.levels.reading import BadScheme, read
from siyu.features.loyalty.levels.rules import (
    Dimension,
    Level,
    Scheme,
    Standing,
    Window,
    begins,
    entered,
    judge,
    kept,
    last_anniversary,
    score,
)
from tests.features.loyalty.people import NOON, day

EVER = Window("lifetime")


def scheme(*enters: int, keep: float = 0.5, grace: int = 0, falling: str = "one", needs: int = 0) -> Scheme:
    levels = tuple(
        Level(f"V{n}", enter, int(enter * keep), {"b": needs * n} if needs else {}, {})
        for n, enter in enumerate(enters, 1)
    )
    both = (Dimension("a", "orders", "", EVER, 1, 1), Dimension("b", "check_ins", "", EVER, 3, 2))
    return Scheme(both, levels, grace, falling, "revoke")


SCHEMES = st.builds(
    lambda steps, keep, grace, falling, needs: scheme(
        *[sum(steps[: n + 1]) for n in range(len(steps))], keep=keep, grace=grace, falling=falling, needs=needs
    ),
    st.lists(st.integers(1, 20), min_size=1, max_size=5), st.sampled_from([0, 0.5, 0.9, 1]), st.integers(0, 5),
    st.sampled_from(["one", "recompute", "none"]), st.integers(0, 4),
)  # fmt: skip
NUMBERS = st.tuples(st.integers(-5, 60), st.integers(-5, 40))
RANKS = st.integers(0, 6)


def test_it_works():
    five = scheme(10, 20, 30, grace=2)
    now = judge(five, (25, 0), Standing(0, NOON), day(1), falling=False)
    assert now == Standing(2, day(1))
    low = judge(five, (5, 0), now, day(2), falling=True)
    assert low == Standing(2, day(1), day(2)), "the grace runs"
    assert judge(five, (5, 0), low, day(3), falling=True) == low
    assert judge(five, (10, 0), low, day(3), falling=True) == now, "enough to keep it"
    assert judge(five, (5, 0), low, day(4), falling=True) == Standing(1, day(4))


@given(SCHEMES, NUMBERS)
def test_who_enters_keeps(rules, numbers):
    assert kept(rules, numbers, entered(rules, numbers))


@given(SCHEMES, NUMBERS, RANKS, st.integers(0, 9), st.booleans())
def test_judging_twice_is_judging_once(rules, numbers, rank, n, falling):
    """At one moment; only steps down one by one go on, where there is no grace."""
    once = judge(rules, numbers, Standing(rank, NOON), day(n), falling=falling)
    if rules.falling != "one" or rules.grace_days:
        assert judge(rules, numbers, once, day(n), falling=falling) == once


@given(SCHEMES, NUMBERS, RANKS, st.integers(0, 9))
def test_what_one_does_never_makes_one_fall(rules, numbers, rank, n):
    rank = min(rank, len(rules.levels))
    assert judge(rules, numbers, Standing(rank, NOON), day(n), falling=False).rank == max(rank, entered(rules, numbers))


@given(SCHEMES, NUMBERS, NUMBERS, RANKS)
def test_more_is_never_worse(rules, numbers, more, rank):
    better = tuple(a + abs(b) for a, b in zip(numbers, more, strict=True))
    assert score(rules, better) >= score(rules, numbers) and entered(rules, better) >= entered(rules, numbers)
    held = [judge(rules, some, Standing(rank, NOON), day(1), falling=True).rank for some in (numbers, better)]
    assert held[1] >= held[0]


@given(SCHEMES, NUMBERS, RANKS, st.integers(0, 20))
def test_falling_is_as_the_policy_says(rules, numbers, rank, n):
    rank = min(rank, len(rules.levels))
    then = judge(rules, numbers, Standing(rank, NOON, NOON), day(n), falling=True)
    if then.rank < rank:
        assert n >= rules.grace_days and not kept(rules, numbers, rank) and rules.falling != "none"
        assert then.rank == (rank - 1 if rules.falling == "one" else entered(rules, numbers))
        assert then == Standing(then.rank, day(n))


@given(SCHEMES, NUMBERS, RANKS, st.integers(0, 9))
def test_a_lock_holds_until_it_ends(rules, numbers, rank, n):
    locked = Standing(rank, NOON, None, day(5))
    then = judge(rules, numbers, locked, day(n), falling=True)
    assert (then == locked) if n < 5 else then.locked_until is None


@given(SCHEMES, st.lists(NUMBERS, min_size=1, max_size=20))
def test_in_sets_it_is_the_same(rules, everybody):
    import numpy as np

    found = np.array(everybody)
    assert entries(rules, found).tolist() == [entered(rules, numbers) for numbers in everybody]
    for rank in range(len(rules.levels) + 1):
        wanted = [kept(rules, numbers, rank) for numbers in everybody]
        assert keeping(rules, found, np.full(len(found), rank)).tolist() == wanted


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        (EVER, None),
        (Window("rolling", 30), datetime(2026, 5, 2, 4, tzinfo=UTC)),
        (Window("calendar", 0, "month"), datetime(2026, 5, 31, 16, tzinfo=UTC)),
        (Window("calendar", 0, "quarter"), datetime(2026, 3, 31, 16, tzinfo=UTC)),
        (Window("calendar", 0, "year"), datetime(2025, 12, 31, 16, tzinfo=UTC)),
        (Window("level"), NOON - timedelta(days=3)),
        (Window("anniversary"), datetime(2026, 2, 20, 16, tzinfo=UTC)),
    ],
)
def test_windows_begin_in_the_brands_zone(window, wanted):
    joined = datetime(2024, 2, 21, 4, tzinfo=UTC)
    assert begins(window, NOON, "Asia/Shanghai", since=NOON - timedelta(days=3), joined=joined) == wanted


@pytest.mark.parametrize(
    ("joined", "at", "wanted"),
    [("2024-02-29", "2025-02-28", "2024-02-29"), ("2024-02-29", "2025-03-02", "2025-03-01"),
     ("2024-02-29", "2028-02-29", "2027-03-01"), ("2026-01-05", "2026-06-01", "2026-01-05")],
)  # fmt: skip
def test_anniversaries(joined, at, wanted):
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (joined, at, wanted)]
    assert last_anniversary(moments[0], moments[1], "UTC") == moments[2]


SPEND = {"name": "spend", "metric": "spend", "window": {"kind": "rolling", "days": 365}, "points": 1, "per": 100}
SOUND = {
    "dimensions": [SPEND], "levels": [{"name": "V1", "enter": 10, "keep": 5}, {"name": "V2", "enter": 20, "keep": 10}],
    "grace_days": 30, "falling": "one", "losing": "leave",
}  # fmt: skip


def changed(path: str, value) -> dict:
    import copy

    found = copy.deepcopy(SOUND)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    here = found
    for part in way:
        here = here[part]
    here[last] = value
    return found


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, changed("grace_days", -1), changed("grace_days", True), changed("falling", "down"),
        changed("losing", ""), changed("levels", []), changed("levels.0.enter", 20), changed("levels.0.keep", 11),
        changed("levels.0.keep", "5"), changed("levels.1.name", "V1"), changed("levels.0.needs", {"likes": 1}),
        changed("levels.0.keeps", {"spend": 1}), changed("levels.0.more", 1), changed("levels.0.name", " "),
        changed("dimensions", []), changed("dimensions", [SPEND, SPEND]), changed("dimensions.0.metric", "likes"),
        changed("dimensions.0.metric", "event"), changed("dimensions.0.event", "order.placed"),
        changed("dimensions.0.per", 0), changed("dimensions.0.window", {"kind": "weekly"}),
        changed("dimensions.0.window", {"kind": "rolling"}), changed("dimensions.0.window", {"kind": "calendar"}),
        changed("more", 1),
    ],
)  # fmt: skip
def test_a_scheme_that_makes_no_sense_is_refused(raw):
    with pytest.raises(BadScheme):
        read(raw)


def test_a_sound_scheme_is_read():
    assert [one.name for one in read(SOUND).levels] == ["V1", "V2"]
