"""RFM: recency, frequency and money in fifths, and eleven segments with names.

Edges are the 20, 40, 60 and 80 % quantiles of all buyers by linear interpolation; a score is the number of edges with
edge + 1 <= x, plus 1, and for recency the other way round. "+ 1" is one day, one order, one whole unit of currency.
People with equal values get equal scores, and edges are compared as whole numbers: every engine finds the same cells.
"""

from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy

from siyu.kit import money

FIFTHS = 5


class Box(NamedTuple):
    """A segment's cells: from and to, both included."""

    segment: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]


ANY = (1, 5)
BOXES = (
    Box("champions", (4, 5), (4, 5), (4, 5)),
    Box("loyal", (4, 5), (4, 5), (1, 3)),
    Box("loyal", (3, 3), (4, 5), ANY),
    Box("potential_loyalist", (4, 5), (2, 3), ANY),
    Box("new", (5, 5), (1, 1), ANY),
    Box("promising", (4, 4), (1, 1), ANY),
    Box("need_attention", (3, 3), (2, 3), (3, 5)),
    Box("about_to_sleep", (3, 3), (2, 3), (1, 2)),
    Box("about_to_sleep", (3, 3), (1, 1), ANY),
    Box("at_risk", (2, 2), (3, 5), ANY),
    Box("at_risk", (1, 1), (4, 5), (1, 3)),
    Box("at_risk", (1, 1), (3, 3), (3, 5)),
    Box("cannot_lose", (1, 1), (4, 5), (4, 5)),
    Box("hibernating", (2, 2), (1, 2), ANY),
    Box("hibernating", (1, 1), (3, 3), (1, 2)),
    Box("hibernating", (1, 1), (2, 2), (3, 5)),
    Box("lost", (1, 1), (2, 2), (1, 2)),
    Box("lost", (1, 1), (1, 1), ANY),
)
NAMES = {
    "champions": gettext_lazy("champions"),
    "loyal": gettext_lazy("loyal"),
    "potential_loyalist": gettext_lazy("potential loyalists"),
    "new": gettext_lazy("new"),
    "promising": gettext_lazy("promising"),
    "need_attention": gettext_lazy("need attention"),
    "about_to_sleep": gettext_lazy("about to sleep"),
    "at_risk": gettext_lazy("at risk"),
    "cannot_lose": gettext_lazy("cannot lose them"),
    "hibernating": gettext_lazy("hibernating"),
    "lost": gettext_lazy("lost"),
}
SEGMENTS = tuple(NAMES)


def scores(db: duckdb.DuckDBPyConnection, relation: str) -> str:
    """r, f and m as SQL columns over a relation of recency_days, orders and net: fifths of its own buyers."""
    found = db.execute(f"SELECT recency_days, orders, net FROM {relation} WHERE orders > 0").fetchnumpy()
    whole = 10 ** money.exponent(settings.SIYU.currency)
    columns = {
        "r": score("recency_days", edges(found["recency_days"]), falling=True),
        "f": score("orders", edges(found["orders"])),
        "m": score("net", edges(found["net"], step=whole)),
    }
    return ", ".join(f"CASE WHEN orders > 0 THEN {expression} END AS {name}" for name, expression in columns.items())


def edges(values: np.ndarray, step: int = 1) -> list[int]:
    """Five times (edge + step) of the four edges: an edge between two whole numbers is a whole number of fifths."""
    if not len(values):
        return []
    ranks = [(len(values) - 1) * k for k in range(1, FIFTHS)]
    wanted = {rank // FIFTHS for rank in ranks} | {-(-rank // FIFTHS) for rank in ranks}
    ordered = np.partition(values, sorted(wanted))
    return [_between(ordered, rank) + FIFTHS * step for rank in ranks]


def _between(ordered: np.ndarray, rank: int) -> int:
    low, part = divmod(rank, FIFTHS)
    high = min(low + 1, len(ordered) - 1) if part else low
    return int(ordered[low]) * (FIFTHS - part) + int(ordered[high]) * part


def score(column: str, edges: Sequence[int], *, falling: bool = False) -> str:
    """1 to 5 as a SQL expression; `falling`: less is better."""
    passed = " + ".join(f"({FIFTHS} * {column} >= {edge})::INT" for edge in edges) or "0"
    return f"({FIFTHS} - ({passed}))" if falling else f"(1 + {passed})"


def segment() -> str:
    """The segment's name as a SQL expression over r, f and m; nothing without scores."""
    cases = " ".join(f"WHEN {_within(box)} THEN '{box.segment}'" for box in BOXES)
    return f"CASE {cases} END"


def _within(box: Box) -> str:
    bounds = (("r", box.r), ("f", box.f), ("m", box.m))
    return " AND ".join(f"{name} BETWEEN {low} AND {high}" for name, (low, high) in bounds if (low, high) != ANY)
