"""The map of persons as a pure function of evidence: which identities are one person, and which evidence is refused.

Edges are taken in the order (rank, time, who): an operator's word first, then ties between strong identities, then
those with a weak one (a device). An edge joins unless a guard says no:

    a limit      the person would have more of a namespace than one may have: a second member, a sixth phone
    separated    an operator said that the two are not one person
    shared       a weak identity would bring together two of the same strong namespace: two phones on one device
    crowded      a weak identity with so many ties that it is a till, or a mistake in an app: it ties nobody

Nothing in it depends on the order of arrival or on the numbers of identities. A refused edge always lies between two
persons and all others inside one, since persons only grow while edges are taken, and guards never soften.
"""

from dataclasses import dataclass, replace

import numpy as np

from siyu.core.people import namespaces
from siyu.core.people.graph.settling import Settling, components, first_of

WEAK = 50
"""An identity below this strength brings nobody together who could be two."""
CROWD = 50
"""A weak identity with more ties than this ties nobody."""
REASONS = ("", "crowded", "separated", "shared", *(n for n, space in namespaces.NAMESPACES.items() if space.per_person))
"""What `Map.refused` counts; a namespace stands for its limit."""
CLASSES = {"manual": 0, "split": 0, "verified": 1, "order": 3}
"""Which rules come first, others being 2: what a member showed to be theirs goes before what anybody says, and a phone
on an order may be that of whoever takes the parcel in."""


@dataclass(frozen=True)
class Graph:
    """Identities and the evidence that stands. Nodes ascend by their numbers; edges name their ends by place."""

    number: np.ndarray
    space: np.ndarray
    """The place of the namespace among `spaces`."""
    key: np.ndarray
    """A hash of namespace and value: what decides ties wherever numbers would tell who came first."""
    spaces: tuple[str, ...]
    crowded: np.ndarray
    a: np.ndarray
    b: np.ndarray
    rank: np.ndarray
    at: np.ndarray
    """Microseconds."""
    separated: np.ndarray
    """Pairs of places."""

    def part(self, nodes: np.ndarray, edges: np.ndarray) -> "Graph":
        """What lies among these nodes."""
        place = np.full(len(self.number), -1, np.int32)
        place[nodes] = np.arange(len(nodes), dtype=np.int32)
        pairs = place[self.separated]
        return replace(
            self,
            number=self.number[nodes],
            space=self.space[nodes],
            key=self.key[nodes],
            crowded=self.crowded[nodes],
            a=place[self.a[edges]],
            b=place[self.b[edges]],
            rank=self.rank[edges],
            at=self.at[edges],
            separated=pairs[(pairs >= 0).all(axis=1)],
        )


@dataclass(frozen=True)
class Map:
    """By node the place of the first identity of its cluster and of its person; by edge the reason that refuses it."""

    cluster: np.ndarray
    person: np.ndarray
    refused: np.ndarray


RANK_OF_WEAK = 10_000


def rank(rule: str, strength: int) -> int:
    """The place in the order of an edge whose weaker end is that strong."""
    manual, weak = CLASSES.get(rule, 2) == 0, strength < WEAK
    return 0 if manual else RANK_OF_WEAK * weak + 128 * CLASSES.get(rule, 2) + 100 - strength


def project(graph: Graph) -> Map:
    """The whole map. What breaks no guard is taken as a set; only the rest goes edge by edge."""
    limits = [namespaces.of(name).per_person for name in graph.spaces]
    strong = np.array([namespaces.of(name).strength >= WEAK for name in graph.spaces], bool)
    settling = Settling(graph, limits, strong, REASONS)
    lost = lost_in_the_crowd(graph)
    settling.refused[lost] = REASONS.index("crowded")
    weak = graph.rank >= RANK_OF_WEAK
    settling.settle(np.flatnonzero(~lost & ~weak), strict=False)
    cluster, rest = settling.clusters(np.flatnonzero((weak | (settling.refused > 0)) & ~lost))
    settling.settle(rest[weak[rest]], strict=True)
    person = settling.persons()
    refused = np.flatnonzero(settling.refused)
    settling.refused[refused[person[graph.a[refused]] == person[graph.b[refused]]]] = 0
    return Map(cluster, person, settling.refused)


def lost_in_the_crowd(graph: Graph) -> np.ndarray:
    if not graph.crowded.any():
        return np.zeros(len(graph.a), bool)
    return (graph.crowded[graph.a] | graph.crowded[graph.b]) & (graph.rank > 0)


def crowds(space: np.ndarray, spaces: tuple[str, ...], a: np.ndarray, b: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Which nodes are weak and have too many ties; what an operator says does not count."""
    weak = np.array([namespaces.of(name).strength < WEAK for name in spaces], bool)
    tie = rank >= RANK_OF_WEAK
    ties = np.bincount(a[tie], minlength=len(space)) + np.bincount(b[tie], minlength=len(space))
    return weak[space] & (ties > CROWD)


def reproject(graph: Graph, before: Map, touched: np.ndarray) -> Map:
    """The map after a change, from the one before: only clusters that the touched nodes are in can have changed.

    `before` speaks of this graph's nodes and edges: what is new among them is a cluster of its own, unrefused.
    """
    mine = np.zeros(len(graph.number), bool)
    mine[before.cluster[touched]] = True
    mine = mine[before.cluster]
    nodes, edges = np.flatnonzero(mine), np.flatnonzero(mine[graph.a])
    edges = edges[mine[graph.b[edges]]]
    found = project(graph.part(nodes, edges))
    after = Map(before.cluster.copy(), before.person.copy(), before.refused.copy())
    after.cluster[nodes], after.person[nodes] = nodes[found.cluster], nodes[found.person]
    after.refused[edges] = found.refused
    return after


__all__ = ["Graph", "Map", "components", "crowds", "first_of", "project", "rank", "reproject"]
