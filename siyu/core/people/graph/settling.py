"""Guarded union of sets: in one stroke where nothing is against it, in halves and at last edge by edge where it is.

Exact because components do not touch each other, and because all of an earlier half comes before all of a later one.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from siyu.core.people.graph.projection import Graph

LEAF = 20_000
"""So few edges are taken one by one."""
FIELD = 8
"""Bits that a counter has: how many of a limited namespace a person holds."""
WORD = 64
EXACT = 52
"""Bits that a sum of counters side by side may need, so that it is exact as a float."""


class Settling:
    """A union in progress. `up` leads from a node to the first of its set, which holds what the set holds."""

    def __init__(self, graph: "Graph", limits: list[int], strong: np.ndarray, reasons: Sequence[str]) -> None:
        self.graph = graph
        self.up = np.arange(len(graph.number), dtype=np.int32)
        self.refused = np.zeros(len(graph.a), np.int8)
        self.crowded, self.separated, self.shared = (
            reasons.index(reason) for reason in ("crowded", "separated", "shared")
        )
        limited = [code for code, limit in enumerate(limits) if limit]
        self.limits = [limits[code] for code in limited]
        self.over = [reasons.index(graph.spaces[code]) for code in limited]
        self.held = counters(graph.space, limited)
        self.kinds = np.flatnonzero(strong)
        self.has = presence(graph.space, strong)

    def clusters(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What all edges together tie, guards or not, when the strong ones are settled; takes clusters that break no
        guard even so, and gives the edges of all others. Edges that have been taken need not be among them."""
        open_, nodes, a, _, label = self.tied(edges)
        whole = np.arange(len(self.up), dtype=np.int32)
        whole[nodes] = nodes[first_of(label)]
        cluster = first_of(whole[self.find(np.arange(len(self.up)))])
        return cluster, open_[self.unite_the_fine(nodes, label, strict=True)[label[a]]]

    def settle(self, edges: np.ndarray, *, strict: bool) -> None:
        """Take the edges, given in any order. `strict`: none brings two of a strong namespace together."""
        rest = self.take(edges, strict)
        graph = self.graph
        one, other = graph.key[graph.a[rest]], graph.key[graph.b[rest]]
        order = np.lexsort((np.maximum(one, other), np.minimum(one, other), graph.at[rest], graph.rank[rest]))
        self.in_turn(rest[order], strict)

    def in_turn(self, edges: np.ndarray, strict: bool) -> None:
        if len(edges) <= LEAF:
            self.one_by_one(edges, strict)
            return
        for half in np.array_split(edges, 2):
            self.in_turn(self.take(half, strict), strict)

    def take(self, edges: np.ndarray, strict: bool) -> np.ndarray:
        """Unite what the edges tie together wherever that breaks no guard; the edges of the rest, in their order."""
        open_, nodes, a, _, label = self.tied(edges)
        return open_[self.unite_the_fine(nodes, label, strict)[label[a]]]

    def tied(self, edges: np.ndarray) -> tuple[np.ndarray, ...]:
        """Edges between two sets, the sets, both ends as places among them, and by set its component."""
        a, b = self.find(self.graph.a[edges]), self.find(self.graph.b[edges])
        between = a != b
        nodes, a, b = compress(a[between], b[between], len(self.up))
        return edges[between], nodes, a, b, components(len(nodes), a, b)

    def unite_the_fine(self, nodes: np.ndarray, label: np.ndarray, strict: bool) -> np.ndarray:
        """Whether each label breaks a guard; the others become one set each."""
        bad = self.broken(nodes, label, strict)
        fine = ~bad[label]
        self.unite(nodes[fine], label[fine])
        return bad

    def find(self, nodes: np.ndarray) -> np.ndarray:
        found = self.up[nodes]
        moving = np.flatnonzero(self.up[found] != found)
        while len(moving):
            found[moving] = self.up[found[moving]]
            moving = moving[self.up[found[moving]] != found[moving]]
        return found

    def broken(self, nodes: np.ndarray, label: np.ndarray, strict: bool) -> np.ndarray:
        """By label whether uniting these sets would break a guard."""
        count = int(label.max(initial=-1)) + 1
        bad = np.zeros(count, bool)
        held = self.held[nodes]
        for field, limit in enumerate(self.limits):
            of_it = (held >> np.uint64(field * FIELD)) & np.uint64(2**FIELD - 1)
            some = np.flatnonzero(of_it)
            bad |= np.bincount(label[some], weights=of_it[some], minlength=count) > limit
        for _, some in self.having(nodes) if strict else ():
            bad |= np.bincount(label[some], minlength=count) > 1
        one, other = label[self.separated_among(nodes)].T
        bad[one[one == other]] = True
        return bad

    def having(self, nodes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Of every strong namespace its code, and the places in `nodes` of sets that hold one."""
        has = self.has[nodes]
        for code in self.kinds.tolist():
            yield code, np.flatnonzero(has[:, code // WORD] & (np.uint64(1) << np.uint64(code % WORD)))

    def separated_among(self, nodes: np.ndarray) -> np.ndarray:
        """Pairs of places in `nodes`, which ascend, that an operator separated."""
        if not len(nodes):
            return np.zeros((0, 2), np.int64)
        sides = self.find(self.graph.separated.ravel())
        places = np.minimum(np.searchsorted(nodes, sides), len(nodes) - 1)
        return places.reshape(-1, 2)[(nodes[places] == sides).reshape(-1, 2).all(axis=1)]

    def unite(self, nodes: np.ndarray, label: np.ndarray) -> None:
        """All nodes of a label become one set."""
        if not len(nodes):
            return
        count = int(label.max()) + 1
        root = np.zeros(count, np.int64)
        root[label] = nodes
        held = np.bincount(label, weights=self.held[nodes], minlength=count).astype(np.uint64)
        has = np.zeros((count, self.has.shape[1]), np.uint64)
        for code, some in self.having(nodes):
            has[label[some], code // WORD] |= np.uint64(1) << np.uint64(code % WORD)
        self.up[nodes] = root[label]
        there = np.flatnonzero(np.bincount(label))
        self.held[root[there]], self.has[root[there]] = held[there], has[there]

    def one_by_one(self, edges: np.ndarray, strict: bool) -> None:
        if not len(edges):
            return
        nodes, a, b = compress(self.find(self.graph.a[edges]), self.find(self.graph.b[edges]), len(self.up))
        sets = Sets(self, nodes, strict)
        self.refused[edges] = [sets.join(one, other) for one, other in zip(a.tolist(), b.tolist(), strict=True)]
        sets.keep()

    def persons(self) -> np.ndarray:
        """By node the first of its set."""
        return first_of(self.find(np.arange(len(self.up))))


class Sets:
    """Some of the sets as plain Python, for what has to go edge by edge."""

    def __init__(self, settling: Settling, nodes: np.ndarray, strict: bool) -> None:
        self.settling, self.nodes, self.strict = settling, nodes, strict
        self.up = list(range(len(nodes)))
        self.held = settling.held[nodes].tolist()
        first, *others = settling.has[nodes].T.tolist()
        self.has = first
        for n, words in enumerate(others, 1):
            self.has = [has | word << WORD * n for has, word in zip(self.has, words, strict=True)]
        # A field whose top bit is set by adding the slack holds more than its limit.
        self.slack = sum((2 ** (FIELD - 1) - 1 - limit) << n * FIELD for n, limit in enumerate(settling.limits))
        self.tops = sum(2 ** (FIELD - 1) << n * FIELD for n in range(len(settling.limits)))
        self.foes = self.separations()

    def separations(self) -> dict[int, set[int]]:
        foes: dict[int, set[int]] = {}
        for one, other in self.settling.separated_among(self.nodes).tolist():
            foes.setdefault(one, set()).add(other)
            foes.setdefault(other, set()).add(one)
        return foes

    def find(self, node: int) -> int:
        up = self.up
        while up[node] != node:
            up[node] = node = up[up[node]]
        return node

    def join(self, a: int, b: int) -> int:
        """Unite two sets; or the reason why not."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return 0
        if refused := self.against(a, b):
            return refused
        self.up[b] = a
        self.held[a] += self.held[b]
        self.has[a] |= self.has[b]
        for foe in self.foes.pop(b, ()):
            self.foes[foe].remove(b)
            self.foes[foe].add(a)
            self.foes.setdefault(a, set()).add(foe)
        return 0

    def against(self, a: int, b: int) -> int:
        if over := (self.held[a] + self.held[b] + self.slack) & self.tops:
            return self.settling.over[((over & -over).bit_length() - 1) // FIELD]
        if b in self.foes.get(a, ()):
            return self.settling.separated
        return self.settling.shared if self.strict and self.has[a] & self.has[b] else 0

    def keep(self) -> None:
        roots = np.array([self.find(node) for node in range(len(self.up))], np.int64)
        self.settling.up[self.nodes] = self.nodes[roots]
        sets, mask = np.unique(roots), 2**WORD - 1
        self.settling.held[self.nodes[sets]] = [self.held[root] for root in sets.tolist()]
        for n in range(self.settling.has.shape[1]):
            words = [self.has[root] >> WORD * n & mask for root in sets.tolist()]
            self.settling.has[self.nodes[sets], n] = np.array(words, np.uint64)


def counters(space: np.ndarray, limited: list[int]) -> np.ndarray:
    """Of each node how many it holds of every limited namespace, side by side in one number."""
    if len(limited) * FIELD > EXACT:
        raise ValueError(f"at most {EXACT // FIELD} namespaces may have a limit")
    one = np.zeros(int(space.max(initial=0)) + 1, np.uint64)
    for field, code in enumerate(limited):
        if code < len(one):
            one[code] = np.uint64(1) << np.uint64(field * FIELD)
    return one[space]


def presence(space: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """Of each node a bit for its strong namespace."""
    one = np.zeros((max(len(strong), 1), (len(strong) - 1) // WORD + 1 or 1), np.uint64)
    for code in np.flatnonzero(strong).tolist():
        one[code, code // WORD] = np.uint64(1) << np.uint64(code % WORD)
    return one[space]


def components(count: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """By node the number of its connected component."""
    ties = scipy.sparse.coo_array((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return scipy.sparse.csgraph.connected_components(ties, directed=False)[1]


def first_of(label: np.ndarray) -> np.ndarray:
    """By node the first node that carries the same label."""
    first = np.zeros(int(label.max(initial=-1)) + 1, np.int32)
    first[label[::-1]] = np.arange(len(label) - 1, -1, -1, dtype=np.int32)
    return first[label]


def compress(a: np.ndarray, b: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nodes that occur, ascending, and both sides as places among them."""
    if len(a) * 8 < count:
        nodes, places = np.unique(np.concatenate([a, b]), return_inverse=True)
        return nodes, places[: len(a)], places[len(a) :]
    there = np.zeros(count, bool)
    there[a] = there[b] = True
    nodes = np.flatnonzero(there)
    place = np.cumsum(there, dtype=np.int32) - 1
    return nodes, place[a], place[b]
