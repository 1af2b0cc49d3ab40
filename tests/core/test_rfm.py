"""Fifths by the published edge rule, and eleven segments that share out all cells."""

import os
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.eventlog import lake
from siyu.core.insight import rfm

SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[2] / ".." / "shared"))
# As printed in the documentation of the R package `rfm`, titles dropped: recency, orders, amount, then the scores.
PUBLISHED = {
    "Abbey O'Reilly": (205, 6, 472, 3, 4, 3),
    "Add Senger": (140, 3, 340, 4, 1, 2),
    "Aden Lesch": (194, 4, 405, 3, 2, 3),
    "Admiral Senger": (132, 5, 448, 4, 3, 3),
    "Agness O'Keefe": (90, 9, 843, 5, 5, 5),
    "Aileen Barton": (84, 9, 763, 5, 5, 5),
    "Ailene Hermann": (281, 8, 699, 3, 5, 5),
    "Aiyanna Bruen": (246, 4, 157, 3, 2, 1),
    "Ala Schmidt": (349, 3, 363, 2, 1, 2),
    "Alannah Borer": (619, 4, 196, 1, 2, 1),
}


def scored(values: list[int], step: int = 1, falling: bool = False) -> list[int]:
    with lake.connect() as db:
        db.register("given", pa.table({"n": range(len(values)), "x": pa.array(values, pa.int64())}))
        expression = rfm.score("x", rfm.edges(np.array(values), step), falling=falling)
        return [score for (score,) in db.execute(f"SELECT {expression} FROM given ORDER BY n").fetchall()]


def test_it_works():
    # edges of 1..6 by linear interpolation: 2, 3, 4, 5
    assert scored([1, 2, 3, 4, 5, 6]) == [1, 1, 2, 3, 4, 5]
    assert scored([1, 2, 3, 4, 5, 6], falling=True) == [5, 5, 4, 3, 2, 1]


def test_equal_values_score_equally():
    assert scored([1] * 10) == [1] * 10
    assert scored([1, 1, 1, 1, 1, 1, 9]) == [1, 1, 1, 1, 1, 1, 5]


def test_nobody_needs_no_edges():
    assert scored([]) == []


@given(st.lists(st.integers(-50, 400), min_size=1, max_size=60), st.sampled_from([1, 100]))
def test_scores_are_those_of_an_independent_engine(values, step):
    edges = np.quantile(np.array(values, dtype=np.longdouble), [0.2, 0.4, 0.6, 0.8], method="linear")
    expected = [1 + sum(bool(x + 1e-9 >= edge + step) for edge in edges) for x in values]
    assert scored(values, step) == expected


def test_every_cell_is_in_exactly_one_segment():
    for r, f, m in product(range(1, 6), repeat=3):
        within = [
            box.segment
            for box in rfm.BOXES
            if all(low <= x <= high for x, (low, high) in zip((r, f, m), box[1:], strict=True))
        ]
        assert len(within) == 1, (r, f, m, within)
    assert len(rfm.SEGMENTS) == 11


def test_the_sql_names_the_same_segments():
    with lake.connect() as db:
        cells = (
            "(SELECT unnest(range(1, 6)) AS r), (SELECT unnest(range(1, 6)) AS f), (SELECT unnest(range(1, 6)) AS m)"
        )
        found = db.execute(f"SELECT r, f, m, {rfm.segment()} FROM {cells}").fetchall()
        assert db.execute(
            f"SELECT {rfm.segment()} FROM (SELECT NULL::INT AS r, NULL::INT AS f, NULL::INT AS m)"
        ).fetchall() == [(None,)]
    assert len(found) == 125
    assert {segment for *_, segment in found} == set(rfm.SEGMENTS)


def test_the_published_scores_of_a_thousand_customers():
    file = SHARED / "data" / "rfm_r" / "rfm_data_orders.csv"
    if not file.exists():
        pytest.skip(f"the R package's orders are not at {file}")
    table = pyarrow.csv.read_csv(file)
    with lake.connect() as db:
        db.register("given", table)
        people = db.execute("""
            SELECT customer_id, DATE '2006-12-31' - max(order_date), count(*), sum(revenue)::BIGINT
            FROM given GROUP BY customer_id""").fetchall()
    names, recency, orders, money = (list(column) for column in zip(*people, strict=True))
    # in cents, as the house counts: one whole unit is a hundred
    found = zip(
        recency, orders, money,
        scored(recency, falling=True), scored(orders), scored([100 * amount for amount in money], step=100),
        strict=True,
    )  # fmt: skip
    found = dict(zip(names, found, strict=True))
    assert len(found) == 995
    assert {name: found[name] for name in PUBLISHED} == PUBLISHED
