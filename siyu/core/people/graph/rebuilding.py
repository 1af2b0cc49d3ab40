"""The whole map anew: after the limits, strengths or rules that it follows have changed.

Evidence that hangs together is taken in heaps, each in a transaction of its own, so that whoever signs in meanwhile
waits for one heap only; killed, it is begun again and finds the first heaps as they should be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people.graph.observing import MAP, project_again
from siyu.core.people.graph.projection import components
from siyu.core.people.graph.standing import STANDING
from siyu.core.people.models import Decision, Edge

HEAP = 20_000
"""Identities that are projected at once; what hangs together stays together, however large."""
RULE = "rebuild"


@dataclass(frozen=True)
class Rebuilt:
    identities: int
    """That any evidence speaks of; all others are alone, whatever the rules."""
    moved: int
    """Identities that are of another person now."""
    refused: dict[str, tuple[int, int]]
    """{guard: ties that it refused before, and now}, where that is not the same."""
    overruled: list[int]
    """Joins by operators that a guard is against now: they stand, and hold nobody together until it is not."""


def rebuild(*, at: datetime, progress: Callable[[int, int], object] = lambda done, total: None) -> Rebuilt:
    """Project everything; what comes out different is announced like any other change of who is whom."""
    before, heaps = refusals(), list(heaps_of_all())
    total, done, moved = sum(map(len, heaps)), 0, 0
    for heap in heaps:
        with transaction.atomic():
            one_at_a_time(MAP)
            said = dict.fromkeys(heap.tolist(), (at, RULE))
            moved += len(project_again(said, fresh={}, imported=True))
        done += len(heap)
        progress(done, total)
    after = refusals()
    changed = {
        guard: (before.get(guard, 0), after.get(guard, 0))
        for guard in sorted({*before, *after})
        if before.get(guard, 0) != after.get(guard, 0)
    }
    return Rebuilt(total, moved, changed, overruled())


def refusals() -> dict[str, int]:
    rows: Any = STANDING.exclude(refused="").order_by().values_list("refused").annotate(Count("pk"))
    return dict(rows)


def overruled() -> list[int]:
    edges = Edge.objects.exclude(refused="").filter(decision__undone_at=None, decision__kind="join")
    return list(Decision.objects.filter(pk__in=edges.values("decision")).order_by("pk").values_list("pk", flat=True))


def heaps_of_all() -> Iterator[np.ndarray]:
    """Identities with evidence, those that hang together in the same heap."""
    pairs = np.fromiter(
        STANDING.order_by("pk").values_list("a_id", "b_id").iterator(50_000), dtype=np.dtype((np.int64, 2))
    ).reshape(-1, 2)
    nodes, places = np.unique(pairs, return_inverse=True)
    if not len(nodes):
        return
    ends = places.reshape(-1, 2)
    label = components(len(nodes), ends[:, 0], ends[:, 1])
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label)
    ends_at = np.cumsum(sizes)
    cuts = np.unique(np.searchsorted(ends_at, np.arange(HEAP, len(nodes), HEAP), side="left"))
    yield from (nodes[part] for part in np.split(order, ends_at[cuts]) if len(part))
