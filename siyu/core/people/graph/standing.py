"""The part of the graph that a change can reach, read from the tables, and what the projection says, written back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import batched
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q

from siyu.core.people import accounts, namespaces
from siyu.core.people.graph import projection
from siyu.core.people.graph.projection import REASONS, Graph, Map, project
from siyu.core.people.models import Edge, Identity, Separation

CHUNK = 5_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

PART = "part of another account"
"""What such an account is to the guards; no value can be sent of it."""

STANDING = Edge.objects.filter(withdrawn_at=None)
EDGE = ("pk", "a_id", "b_id", "rule", "at", "decision_id", "refused")


@dataclass(frozen=True)
class Stretch:
    """Whole clusters, as they stand in the tables."""

    nodes: list[tuple]
    """pk, namespace, value, cluster, person; in the order of pk"""
    edges: list[tuple]
    """as `EDGE` names them"""
    separations: list[tuple[int, int]]
    crowded: set[int]
    joined: set[int]
    """Accounts that are part of another one, and count as none."""

    def graph(self) -> Graph:
        number = np.array([row[0] for row in self.nodes], np.int64)
        names = [PART if row[0] in self.joined else row[1] for row in self.nodes]
        spaces = tuple(sorted(set(names)))
        code = {name: n for n, name in enumerate(spaces)}
        strength = {row[0]: namespaces.of(row[1]).strength for row in self.nodes}
        sides = np.searchsorted(number, np.array([row[1:3] for row in self.edges], np.int64).reshape(-1, 2))
        pairs = np.searchsorted(number, np.array(self.separations, np.int64).reshape(-1, 2))
        return Graph(
            number=number,
            space=np.array([code[name] for name in names], np.int16),
            key=np.array([key(row[1], row[2]) for row in self.nodes], np.uint64),
            spaces=spaces,
            crowded=np.isin(number, np.array(sorted(self.crowded), np.int64)),
            a=sides[:, 0].astype(np.int32),
            b=sides[:, 1].astype(np.int32),
            rank=np.array([self.rank(row, strength) for row in self.edges], np.int16),
            at=np.array([(row[4] - EPOCH) // MICROSECOND for row in self.edges], np.int64),
            separated=pairs,
        )

    @staticmethod
    def rank(row: tuple, strength: dict[int, int]) -> int:
        return projection.rank(row[3], min(strength[row[1]], strength[row[2]]))


def key(namespace: str, value: str) -> int:
    return int.from_bytes(blake2b(f"{namespace}\0{value}".encode(), digest_size=8).digest())


def reach(touched: Iterable[int], fresh: dict[int, int]) -> Stretch:
    """All that a change at these identities can move. `fresh`: how many ties of each the change has brought."""
    near = set(touched) | beside_the_freed(touched, fresh)
    nodes = {row for some in parts(clusters(near)) for row in identities(some)}
    alone = near - {row[0] for row in nodes}
    rows = sorted({*nodes, *(row for some in parts(alone) for row in members(some))})
    weak = {row[0] for row in rows if namespaces.of(row[1]).strength < projection.WEAK}
    crowded = {pk for pk, ties in counted(weak) if ties > projection.CROWD}
    edges = edges_among({row[0] for row in rows}, crowded)
    return Stretch(rows, edges, separations_of(rows), crowded, joined_among(rows))


def joined_among(rows: list[tuple]) -> set[int]:
    mine = [row[0] for row in rows if row[1] == accounts.NAMESPACE]
    return set(accounts.joined().filter(joined__in=mine).values_list("joined", flat=True)) if len(mine) > 1 else set()


def beside_the_freed(touched: Iterable[int], fresh: dict[int, int]) -> set[int]:
    """The neighbours of those that were crowded before the change and are no more: their ties count again."""
    lost = [pk for pk in touched if fresh.get(pk, 0) < 0]
    weak = {
        pk
        for some in parts(lost)
        for pk, namespace in spaces_of(some)
        if namespaces.of(namespace).strength < projection.WEAK
    }
    freed = [pk for pk, ties in counted(weak) if ties <= projection.CROWD < ties - fresh[pk]]
    return {pk for some in parts(freed) for pair in neighbours(some) for pk in pair}


def spaces_of(some: Sequence[int]) -> Iterable[tuple[int, str]]:
    return Identity.objects.filter(pk__in=some).values_list("pk", "namespace")


def counted(weak: set[int]) -> Iterator[tuple[int, int]]:
    """How many ties each has, counted a little past the crowd and no further."""
    side = f"""(SELECT count(*) FROM (SELECT 1 FROM people_edge
        WHERE {{}} = i.id AND withdrawn_at IS NULL AND decision_id IS NULL LIMIT {2 * projection.CROWD}) ties)"""
    for some in parts(weak):
        with connection.cursor() as cursor:
            among = ", ".join(map(str, some))
            ties = f"{side.format('a_id')} + {side.format('b_id')}"
            cursor.execute(f"SELECT i.id, {ties} FROM people_identity i WHERE i.id IN ({among})")
            yield from cursor.fetchall()


def neighbours(some: Sequence[int]) -> Iterable[tuple[int, int]]:
    return STANDING.filter(Q(a__in=some) | Q(b__in=some)).values_list("a_id", "b_id")


def clusters(near: set[int]) -> set[int]:
    found = (Identity.objects.filter(pk__in=some).values_list("cluster", flat=True) for some in parts(near))
    return {cluster for some in found for cluster in some if cluster is not None}


NODE = ("pk", "namespace", "value", "cluster", "person_id")


def identities(some: Sequence[int]) -> Iterable[tuple]:
    return Identity.objects.filter(cluster__in=some).values_list(*NODE)


def members(some: Sequence[int]) -> Iterable[tuple]:
    return Identity.objects.filter(pk__in=some).values_list(*NODE)


def edges_among(nodes: set[int], crowded: set[int]) -> list[tuple]:
    """What stands between them; between two of the crowd nothing is asked."""
    open_ = nodes - crowded
    found = [row for some in parts(open_) for row in STANDING.filter(a__in=some).values_list(*EDGE)]
    if beside := nodes & crowded:
        back = STANDING.filter(a__in=beside)
        found += [row for some in parts(open_) for row in back.filter(b__in=some).values_list(*EDGE)]
        found += STANDING.filter(a__in=beside, b__in=beside).values_list(*EDGE)
    return [row for row in found if row[1] in nodes and row[2] in nodes]


def separations_of(nodes: list[tuple]) -> list[tuple[int, int]]:
    inside = {row[0] for row in nodes}
    found = (
        pair for some in parts(inside) for pair in Separation.objects.filter(a__in=some).values_list("a_id", "b_id")
    )
    return sorted({(a, b) for a, b in found if b in inside})


def parts(numbers: Iterable[int]) -> Iterator[tuple[int, ...]]:
    return batched(sorted(numbers), CHUNK)


@dataclass(frozen=True)
class Moved:
    """What a projection changed."""

    persons: dict[int, tuple[int, int]]
    """{identity: (person before, person now)}"""
    cluster: dict[int, int]
    """{identity: cluster now}, of all that were looked at"""


def settle(stretch: Stretch) -> Moved:
    """Project it anew and write what is different; whoever calls holds the map."""
    graph = stretch.graph()
    found = project(graph)
    mark(stretch, found)
    return place(stretch, graph, found)


def mark(stretch: Stretch, found: Map) -> None:
    reasons = (REASONS[code] for code in found.refused.tolist())
    changed = [(reason, row[0]) for row, reason in zip(stretch.edges, reasons, strict=True) if reason != row[-1]]
    run("UPDATE people_edge SET refused = %s WHERE id = %s", changed)


def place(stretch: Stretch, graph: Graph, found: Map) -> Moved:
    person, cluster = graph.number[found.person].tolist(), graph.number[found.cluster].tolist()
    alone = (np.bincount(found.cluster, minlength=len(person))[found.cluster] == 1).tolist()
    rows = list(zip(stretch.nodes, person, cluster, alone, strict=True))
    ties = [(None if single else c, row[0]) for row, _, c, single in rows if row[3] != (None if single else c)]
    run("UPDATE people_identity SET cluster = %s WHERE id = %s", ties)
    moved = {row[0]: (row[4], p) for row, p, _, _ in rows if row[4] != p}
    return Moved(moved, {row[0]: c for row, _, c, _ in rows})


def run(statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
