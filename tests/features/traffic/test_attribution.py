"""Seven models share out the same conversions: held against published figures, brute force and exact fractions."""

import csv
import json
import math
import os
from collections import defaultdict
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from siyu.cli import main
from siyu.features.traffic.attribution import MODELS, Weights, models, of_paths

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[3] / ".." / "shared"))
PUBLISHED = SHARED / "data" / "channelattribution" / "PathData.csv"
published = pytest.mark.skipif(not PUBLISHED.exists(), reason="the published paths are not here")
FIRST = {
    "alpha": 6308, "beta": 2831, "delta": 1, "epsilon": 99, "eta": 3164, "gamma": 165, "iota": 4606, "kappa": 74,
    "lambda": 902, "mi": 2, "theta": 1606, "zeta": 27,
}  # fmt: skip
LAST = {
    "alpha": 8447, "beta": 989, "delta": 5, "epsilon": 531, "eta": 4167, "gamma": 92, "iota": 3355, "kappa": 230,
    "lambda": 1207, "mi": 2, "theta": 653, "zeta": 107,
}  # fmt: skip


def siyu(*said: object) -> tuple[dict, int]:
    answer = CliRunner().invoke(main, ["attribution", *map(str, said), "--json"])
    return json.loads(answer.stdout), answer.exit_code


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_it_works(tmp_path):
    file = written(tmp_path / "paths.csv", "path,conversions", "ads > search > ads,1", "search,2", "mail,0")
    told, status = siyu(file)
    assert status == 0 and tuple(told["models"]) == MODELS
    assert told["models"]["first"] == {"ads": 1.0, "mail": 0.0, "search": 2.0}
    assert told["models"]["last"] == {"ads": 1.0, "mail": 0.0, "search": 2.0}
    assert told["models"]["position"]["ads"] == pytest.approx(0.8)
    assert told["models"]["time_decay"]["ads"] == pytest.approx(1.25 / 1.75)
    assert told["models"]["shapley"] == {"ads": 0.5, "mail": 0.0, "search": 2.5}


# The real file of 10,000 paths over 12 channels


@pytest.fixture(scope="module")
def rows() -> list[tuple[list[str], int, int]]:
    with PUBLISHED.open() as file:
        return [
            (row["path"].split(" > "), int(row["total_conversions"]), int(float(row["total_null"])))
            for row in csv.DictReader(file)
        ]


@published
def test_published_paths_are_shared_out_as_everybody_shares_them_out(rows):
    told, _ = siyu(PUBLISHED)
    assert told["conversions"] == 19785 and told["nulls"] == 68602
    assert told["models"]["first"] == FIRST and told["models"]["last"] == LAST
    linear: dict[str, float] = defaultdict(float)
    for path, conversions, _ in rows:
        for channel in path:
            linear[channel] += conversions / len(path)
    assert told["models"]["linear"] == pytest.approx(linear, rel=1e-9)


@published
@pytest.mark.parametrize("without", [False, True])
def test_markov_on_published_paths_is_the_chain_solved_in_fractions(rows, without):
    told, _ = siyu(PUBLISHED, *(["--without-nulls"] if without else []))
    exact = markov_in_fractions([(path, won, 0 if without else lost) for path, won, lost in rows])
    assert told["models"]["markov"] == pytest.approx(exact, rel=1e-9)
    assert told["markov"]["nulls"] is not without


@published
def test_every_model_makes_the_conversions_of_published_paths_to_the_last_bit():
    told, _ = siyu(PUBLISHED)
    for credits in told["models"].values():
        assert sum(credits.values()) == sum(reversed(credits.values())) == 19785
    for credits in told["values"].values():
        assert sum(credits.values()) == told["value"]


# Brute force


def markov_in_fractions(rows: list[tuple[list[str], int, int]]) -> dict[str, float]:
    """Each channel taken out in turn, every system solved by elimination without rounding."""
    steps: dict[tuple[str, str], int] = defaultdict(int)
    for path, won, lost in rows:
        for here, there in pairwise(["(start)", *path]):
            steps[here, there] += (won + lost) * (here != there)
        steps[path[-1], "(conversion)"] += won
        steps[path[-1], "(null)"] += lost
    channels = sorted({channel for path, _, _ in rows for channel in path})
    whole = converts(steps, channels, None)
    effect = {channel: 1 - converts(steps, channels, channel) / whole for channel in channels}
    total = sum(won for _, won, _ in rows)
    return {channel: float(total * effect[channel] / sum(effect.values())) for channel in channels}


def converts(steps: dict[tuple[str, str], int], channels: list[str], without: str | None) -> Fraction:
    states = ["(start)", *(channel for channel in channels if channel != without)]
    matrix = []
    for here in states:
        out = sum(count for (origin, _), count in steps.items() if origin == here) or 1
        row = [Fraction(here == there) - Fraction(steps.get((here, there), 0), out) for there in states]
        matrix.append([*row, Fraction(steps.get((here, "(conversion)"), 0), out)])
    for n, row in enumerate(matrix):
        pivot = next(k for k in range(n, len(matrix)) if matrix[k][n])
        matrix[n], matrix[pivot] = matrix[pivot], row
        matrix[n] = [cell / matrix[n][n] for cell in matrix[n]]
        for k, other in enumerate(matrix):
            if k != n and other[n]:
                matrix[k] = [cell - other[n] * own for cell, own in zip(other, matrix[n], strict=True)]
    return matrix[0][-1]


def shapley_by_force(rows: list[tuple[list[str], int, int]]) -> dict[str, float]:
    """Every coalition of channels, worth the conversions of paths that go through no other."""
    channels = sorted({channel for path, _, _ in rows for channel in path})

    def worth(some: set[str]) -> int:
        return sum(won for path, won, _ in rows if set(path) <= some)

    found = {}
    for channel in channels:
        others = [other for other in channels if other != channel]
        found[channel] = sum(
            math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(channels))
            * (worth({*some, channel}) - worth(set(some)))
            for size in range(len(channels)) for some in combinations(others, size)
        )  # fmt: skip
    return found


channels = st.sampled_from("abcdefgh")
paths = st.lists(
    st.tuples(st.lists(channels, min_size=1, max_size=7), st.integers(0, 5), st.integers(0, 5)),
    min_size=1,
    max_size=12,
)


def shared_out(rows: list[tuple[list[str], int, int]]) -> dict[str, dict[str, float]]:
    journeys = of_paths([row[0] for row in rows], [row[1] for row in rows], nulls=[row[2] for row in rows])
    return models(journeys)


@given(paths)
def test_shapley_is_what_all_coalitions_say(rows):
    credits = shared_out(rows)["shapley"]
    assert credits == pytest.approx(shapley_by_force(rows), abs=1e-9)


@given(paths)
def test_markov_is_what_taking_out_each_channel_says(rows):
    rows = [row for row in rows if row[1] + row[2]]
    if sum(won for _, won, _ in rows):
        assert shared_out(rows)["markov"] == pytest.approx(markov_in_fractions(rows), abs=1e-7)


@given(st.lists(st.tuples(st.lists(channels, min_size=1, max_size=9), st.floats(0, 1e6)), max_size=30))
def test_credits_sum_to_the_conversions_whatever_the_order(rows):
    said = models(of_paths([path for path, _ in rows], [won for _, won in rows]))
    total = math.fsum(won for _, won in rows)
    for credits in said.values():
        assert sum(credits.values()) == sum(reversed(list(credits.values()))) == total
        assert all(credit >= 0 for credit in credits.values())


def test_a_channel_that_only_repeats_itself_is_one_step():
    once = models(of_paths([["a", "b"], ["b"]], [3, 1], nulls=[1, 2]))
    often = models(of_paths([["a", "a", "a", "b", "b"], ["b", "b"]], [3, 1], nulls=[1, 2]))
    assert once["markov"] == often["markov"] and once["shapley"] == often["shapley"]


def test_nothing_converted_and_nobody_has_credit():
    said = models(of_paths([["a", "b"]], [0], nulls=[4]))
    assert all(credits == {"a": 0.0, "b": 0.0} for credits in said.values())


def test_the_free_numbers_are_taken():
    journeys = of_paths([["a", "b", "c"]], [1])
    assert models(journeys, Weights(ends=0.5))["position"] == {"a": 0.5, "b": 0.0, "c": 0.5}
    assert models(journeys, Weights(half_life=2))["time_decay"]["a"] == pytest.approx(0.5 / (0.5 + 2**-0.5 + 1))


# Touches

TOUCHES = [
    "person,at,channel,conversion,value",
    "alice,2026-01-01 10:00:00,ads,0,",
    "alice,2026-01-08 10:00:00,mail,0,",
    "alice,2026-01-08 10:00:00,,1,20",
    "alice,2026-02-01 10:00:00,search,1,5",
    "bob,2026-01-03 10:00:00,ads,0,",
    "carol,2026-01-05 10:00:00,,1,7",
]


def test_touches_become_journeys_that_a_conversion_closes(tmp_path):
    told, status = siyu(written(tmp_path / "touches.csv", *TOUCHES))
    assert status == 0 and told["kind"] == "touches"
    assert (told["conversions"], told["nulls"], told["journeys"]) == (3, 1, 4)
    assert told["models"]["first"] == {"ads": 1.0, "mail": 0.0, "search": 1.0, "(none)": 1.0}
    assert told["models"]["last"] == {"ads": 0.0, "mail": 1.0, "search": 1.0, "(none)": 1.0}
    assert told["models"]["time_decay"]["ads"] == pytest.approx(1 / 3)  # a week is the half-life
    assert told["values"]["last"] == {"ads": 0.0, "mail": 20.0, "search": 5.0, "(none)": 7.0}


def test_a_window_leaves_out_what_is_older(tmp_path):
    told, _ = siyu(written(tmp_path / "touches.csv", *TOUCHES), "--window", 6.9)
    assert told["models"]["first"] == {"ads": 0.0, "mail": 1.0, "search": 1.0, "(none)": 1.0}


def test_rows_may_come_in_any_order_and_in_any_format(tmp_path):
    import duckdb

    backwards = written(tmp_path / "backwards.csv", TOUCHES[0], *reversed(TOUCHES[1:]))
    parquet, lines = tmp_path / "touches.parquet", tmp_path / "touches.ndjson"
    with duckdb.connect() as db:
        db.execute(f"COPY (FROM '{backwards}') TO '{parquet}'")
        db.execute(f"COPY (FROM '{backwards}') TO '{lines}' (FORMAT json)")
    said = [siyu(file)[0]["models"] for file in (backwards, parquet, lines)]
    assert said == [siyu(written(tmp_path / "touches.csv", *TOUCHES))[0]["models"]] * 3


def test_an_event_column_says_who_converted(tmp_path):
    lines = ["用户,时间,渠道,事件", "a,2026-01-01,抖音,visit", "a,2026-01-02,,下单", "b,2026-01-01,微信,visit"]
    told, _ = siyu(written(tmp_path / "touches.csv", *lines))
    assert told["models"]["last"] == {"微信": 0.0, "抖音": 1.0}


def test_paths_may_be_lists(tmp_path):
    lines = ['{"path": ["a", "b"], "conversions": 2}', '{"path": ["b"], "conversions": 1}']
    assert siyu(written(tmp_path / "paths.ndjson", *lines))[0]["models"]["first"] == {"a": 2.0, "b": 1.0}


# What it does not take

REFUSED = [
    (["path,conversions", "a > b,1", "a >  > b,1"], "step_empty", 3),
    (["path,conversions", ",1", "a,1"], "path_empty", 2),
    (["path,conversions", "a,1", "b,-1", "c,-2"], "conversions_unreadable", 3),
    (["path,conversions", "a,many"], "conversions_unreadable", 2),
    (["path,conversions,nulls", "a,1,x"], "nulls_unreadable", 2),
    (["path,conversions,value", "a,0,3"], "value_without_conversion", 2),
    (["path,conversions", "a,1", "b,1,2,3"], "row_malformed", 3),
    (["person,at,channel,conversion", "a,2026-01-01,ads,0", "b,yesterday,ads,0"], "time_unreadable", 3),
    (["person,at,channel,conversion", ",2026-01-01,ads,0"], "person_missing", 2),
    (["person,at,channel,conversion", "a,2026-01-01,,0"], "channel_missing", 2),
]


@pytest.mark.parametrize(("lines", "code", "row"), REFUSED)
def test_a_bad_row_is_named(tmp_path, lines, code, row):
    no, status = siyu(written(tmp_path / "bad.csv", *lines))
    assert (no["code"], no["row"], status) == (code, row, 1) and no["message"].startswith(f"Row {row}:")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["path,clicks", "a,1"], "column_missing"),
        (["person,at,channel", "a,2026-01-01,x"], "column_missing"),
        (["path,conversions"], "file_empty"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, lines, code):
    no, status = siyu(written(tmp_path / "bad.csv", *lines))
    assert (no["code"], status) == (code, 1)


def test_a_file_that_is_not_there(tmp_path):
    assert siyu(tmp_path / "none.csv")[0]["code"] == "file_missing"
