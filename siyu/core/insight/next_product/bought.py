"""Who has bought which product, on how many days, when first and when last."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np

YEAR = 365
KINDS = {"person": np.int64, "product": np.int64}


@dataclass(frozen=True)
class Bought:
    """One entry a person and product, by person, then product; days are counted back from `until`, at least 1."""

    person: np.ndarray
    product: np.ndarray
    times: np.ndarray
    """Days on which this person bought this product."""
    last: np.ndarray
    first: np.ndarray
    """Days ago."""
    every_buyer: np.ndarray
    """Of the product: how many people bought it,"""
    every_time: np.ndarray
    """on how many days of theirs all together,"""
    buyers_again: np.ndarray
    """and how many of them more than once."""
    days: np.ndarray
    """Of the person: days with a purchase,"""
    seen: np.ndarray
    """and days since the last."""
    taken: np.ndarray
    """1 where this person took this product on `until` or later, as far as `purchases` knows."""

    def __len__(self) -> int:
        return len(self.person)

    def part(self, rows: slice) -> "Bought":
        return Bought(**{name: getattr(self, name)[rows] for name in Bought.__dataclass_fields__})


def prepare(db: duckdb.DuckDBPyConnection, until: date) -> None:
    """Make the table `purchases` (person, product, day) of the year before `until` on an `open_facts` cursor."""
    db.execute(
        """CREATE OR REPLACE TEMP TABLE purchases AS
        SELECT DISTINCT person, product, day FROM sales
        WHERE person IS NOT NULL AND product IS NOT NULL AND day >= $since AND day < $until""",
        {"since": until - timedelta(days=YEAR), "until": until},
    )


def bought(db: duckdb.DuckDBPyConnection, until: date) -> Bought:
    """As it stood when `until` began; from `purchases`."""
    found = db.execute(
        """WITH known AS (SELECT person, product, $until - day AS age FROM purchases),
        pairs AS (
            SELECT person, product, count(*) FILTER (age > 0) AS times, min(age) FILTER (age > 0) AS last,
                max(age) AS first, (min(age) <= 0)::INT AS taken
            FROM known GROUP BY person, product HAVING times > 0),
        goods AS (
            SELECT product, count(*) AS every_buyer, sum(times)::BIGINT AS every_time,
                count(*) FILTER (times > 1) AS buyers_again
            FROM pairs GROUP BY product),
        people AS (
            SELECT person, count(DISTINCT age) AS days, min(age) AS seen FROM known WHERE age > 0 GROUP BY person)
        SELECT * FROM pairs JOIN goods USING (product) JOIN people USING (person) ORDER BY person, product""",
        {"until": until},
    ).fetchnumpy()
    return Bought(**{name: np.asarray(found[name], dtype=KINDS.get(name, np.int32)) for name in found})
