"""Something new: which product that a person never had goes with all they have.

A linear item-to-item model (ridge regression of every product on all others over people, in closed form) says how much
having X speaks for having Y, all else of the basket considered. What is told is simpler: the product of theirs that
speaks for it most, and how much more often buyers of that one have it.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from siyu.core.insight.next_product.bought import Bought

PRODUCTS = 1_500
"""Only products with most buyers are put forward as new; the model's cost grows with the cube of it."""
RIDGE = 20.0
"""Times the root of how many people: firm for few, loose for many."""
SOON = 0.5
"""How likely a purchase within the horizon is, of how likely it is that they should have it at all."""
FAINT = 1e-6
"""What popularity alone counts: it orders what the model has no word on."""


@dataclass(frozen=True)
class Fresh:
    products: np.ndarray
    """By number."""
    people: int
    together: np.ndarray
    """How many people have both; on the diagonal: how many have it."""
    speaks: np.ndarray
    """How much having the row's product speaks for the column's."""

    @property
    def buyers(self) -> np.ndarray:
        return np.diag(self.together)

    @property
    def share(self) -> np.ndarray:
        """Of all people who have it."""
        return self.buyers / max(self.people, 1)


def learn(known: Bought) -> Fresh:
    """From everybody who has bought."""
    numbers, buyers = np.unique(known.product, return_counts=True)
    products = np.sort(numbers[np.argsort(-buyers, kind="stable")[:PRODUCTS]])
    people = np.unique(known.person)
    has = owned(known, people, products)
    together = (has.T @ has).toarray()
    return Fresh(products, len(people), together, speaks(together, RIDGE * np.sqrt(max(len(people), 1))))


def speaks(together: np.ndarray, ridge: float) -> np.ndarray:
    """The ridge regression of each column on all others, from their products alone."""
    if not together.size:
        return together
    lapack = scipy.linalg.lapack
    factor, _ = lapack.spotrf(together + ridge * np.eye(len(together), dtype=np.float32), lower=1, overwrite_a=1)
    half, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    precision = np.tril(half) + np.tril(half, -1).T
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    return weights


def owned(known: Bought, people: np.ndarray, products: np.ndarray) -> "scipy.sparse.csr_array":
    """1 where a person has had a product; rows are `people`, columns `products`."""
    asked = np.isin(known.person, people) & np.isin(known.product, products)
    rows, columns = np.searchsorted(people, known.person[asked]), np.searchsorted(products, known.product[asked])
    return scipy.sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(people), len(products)))


@dataclass(frozen=True)
class Offers:
    """What is new to whom: one row a person and product."""

    person: np.ndarray
    product: np.ndarray
    score: np.ndarray
    because: np.ndarray
    """The product of theirs that speaks for it most; 0: none does, many people have it."""
    lift: np.ndarray
    """How much more often buyers of that one have it than buyers at large."""
    share: np.ndarray
    """Of all buyers who have it."""


def offer(model: Fresh, has: "scipy.sparse.csr_array", people: np.ndarray, most: int) -> Offers:
    """The best new products for each of `people`, whose rows `has` holds; equal ones by number."""
    share = model.share
    expected = has @ model.speaks + FAINT * share
    # The place breaks ties, by less than any two different scores differ.
    ordered = expected - 1e-12 * np.arange(len(share))
    ordered[has.nonzero()] = -np.inf
    best = firsts(ordered, most)
    kept = np.take_along_axis(ordered, best, axis=1) > -np.inf
    rows, columns = np.nonzero(kept)
    chosen = best[rows, columns]
    because, lift = reasons(model, has, rows, chosen)
    score = SOON * np.clip(expected[rows, chosen], 0, 1)
    return Offers(people[rows], model.products[chosen], score, because, lift, share[chosen])


def firsts(ordered: np.ndarray, most: int) -> np.ndarray:
    """The columns of the highest values of every row, highest first."""
    if most < ordered.shape[1]:
        best = np.argpartition(-ordered, most, axis=1)[:, :most]
        within = np.argsort(-np.take_along_axis(ordered, best, axis=1), axis=1, kind="stable")
        return np.take_along_axis(best, within, axis=1)
    return np.argsort(-ordered, axis=1, kind="stable")


def reasons(
    model: Fresh, has: "scipy.sparse.csr_array", rows: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each offer the owned product that speaks for it most, and its lift; 0 where none says more than chance."""
    counts = np.diff(has.indptr)[rows]
    offer = np.repeat(np.arange(len(rows)), counts)
    first = np.cumsum(counts) - counts
    have = has.indices[has.indptr[rows][offer] + np.arange(len(offer)) - first[offer]]
    lifts = model.together[have, chosen[offer]] * model.people
    lifts /= np.maximum(model.buyers[have] * model.buyers[chosen[offer]], 1)
    weight = np.where(lifts > 1, model.speaks[have, chosen[offer]], 0)
    heaviest = np.zeros(len(rows), weight.dtype)
    np.maximum.at(heaviest, offer, weight)
    # Backwards: of two equally heavy ones the first is written last, and stays.
    found = np.flatnonzero((weight > 0) & (weight == heaviest[offer]))[::-1]
    because, lift = np.zeros(len(rows), np.int64), np.zeros(len(rows))
    because[offer[found]], lift[offer[found]] = model.products[have[found]], lifts[found]
    return because, lift
