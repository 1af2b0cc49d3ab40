"""The map of persons: ten million edges with all guards, a hundred thousand on top, one taken away, and through the
verb on a database.

    .venv/bin/python -m bench.identity                      # 10 M edges, plain union-find on a tenth of them
    .venv/bin/python -m bench.identity --edges 1000000 --stored 200000

Limits that the project set itself: 10 M edges in 15 s and 2 GB; 100,000 new ones on top in 1 s; one removed in 1 s and
equal to a rebuild. Yardsticks of the same run: scipy's connected components without guards (what cannot be beaten), and
a plain union-find with the same guards, edge by edge in Python (what one would write first). The edges are made up and
seeded: members, phones, buyers, e-mails and devices of people, one tie in fifty to somebody else's phone or device,
tills with hundreds of customers, and operators' separations. Prints a line of JSON for each part as it ends: seconds
of the clock, and of the processor, which mean more on a machine with other work.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import numpy as np

SPACES = ("buyer", "device", "email", "member", "phone")
MEAN = {"buyer": 0.8, "device": 1.4, "email": 0.5, "member": 0.6, "phone": 1.1}
"""Of each namespace how many a person has beside the first buyer."""
NEW = 100_000
SEED = 20_261_122


def made_up(edges: int):
    """A graph of about that many edges."""
    from siyu.core.people.graph.projection import Graph, crowds

    random = np.random.default_rng(SEED)
    people = int(edges / (sum(MEAN.values()) * 1.12))
    counts = {name: random.poisson(mean, people) for name, mean in MEAN.items()}
    counts["member"] = np.minimum(counts["member"], 1)
    owner = np.concatenate([np.arange(people), *(np.repeat(np.arange(people), counts[name]) for name in SPACES)])
    code = [np.zeros(people, int)] + [np.full(counts[name].sum(), n) for n, name in enumerate(SPACES)]
    space = np.concatenate(code).astype(np.int16)
    shuffled = random.permutation(len(space))
    place = np.argsort(shuffled)
    a, b = place[owner[people:]], place[np.arange(people, len(space))]
    again = random.random(len(a)) < 0.1
    strange = np.flatnonzero(np.isin(space[people:], [1, 4]) & (random.random(len(a)) < 0.02))
    tills = place[people + np.flatnonzero(space[people:] == 1)[: people // 20_000 + 1]]
    a = np.concatenate(
        [
            a,
            a[again],
            place[random.integers(0, people, len(strange))],
            place[random.integers(0, people, len(tills) * 300)],
        ]
    )
    b = np.concatenate([b, b[again], b[strange], np.repeat(tills, 300)])
    space = space[shuffled]
    strength = np.array([50, 10, 60, 100, 80])
    weaker = np.minimum(strength[space[a]], strength[space[b]])
    rank = np.where(weaker < 50, 10_000, 0) + 128 + 100 - weaker
    a, b, rank = a.astype(np.int32), b.astype(np.int32), rank.astype(np.int16)
    return Graph(
        number=np.arange(1, len(space) + 1),
        space=space,
        key=random.integers(0, 2**63, len(space), np.uint64),
        spaces=SPACES,
        crowded=crowds(space, SPACES, a, b, rank),
        a=a,
        b=b,
        rank=rank,
        at=random.integers(0, 10**12, len(a)),
        separated=np.stack([a[:1000], b[:1000]], axis=1).astype(np.int64),
    )


def timed(part: str, work) -> tuple[dict, Any]:
    """What it took, under the name of the part, and what came of it."""
    began, cpu = time.perf_counter(), time.process_time()
    found = work()
    spent = {"seconds": round(time.perf_counter() - began, 3), "cpu_s": round(time.process_time() - cpu, 3)}
    return {"part": part, **spent, "peak_mb": peak(), "load": round(os.getloadavg()[0], 1)}, found


def part(graph, edges: np.ndarray):
    return told_apart(replace(graph, a=graph.a[edges], b=graph.b[edges], rank=graph.rank[edges], at=graph.at[edges]))


def told_apart(graph):
    """The graph, looked through for crowds."""
    from siyu.core.people.graph.projection import crowds

    return replace(graph, crowded=crowds(graph.space, graph.spaces, graph.a, graph.b, graph.rank))


def changed(old, new, before, carried: np.ndarray, ends: np.ndarray):
    """The map after a change, from the one before."""
    from siyu.core.people.graph.projection import reproject

    turned = np.flatnonzero(old.crowded != new.crowded)
    if len(turned):
        there = np.zeros(len(new.number), bool)
        there[turned] = True
        near = there[new.a] | there[new.b]
        ends = np.concatenate([ends, turned, new.a[near], new.b[near]])
    return reproject(new, replace(before, refused=carried), np.unique(ends))


def equal(one, other) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("cluster", "person", "refused"))


def plainly(graph) -> None:
    """Edge by edge in Python, with the same guards: what one would write first."""
    from siyu.core.people.graph.projection import RANK_OF_WEAK
    from siyu.core.people.namespaces import of

    limits = [of(name).per_person for name in graph.spaces]
    strong = [of(name).strength >= 50 for name in graph.spaces]
    up = list(range(len(graph.number)))
    space = graph.space.tolist()
    held: list[dict[int, int]] = [{code: 1} for code in space]
    foes: dict[int, set[int]] = {}
    for x, y in graph.separated.tolist():
        foes.setdefault(x, set()).add(y)
        foes.setdefault(y, set()).add(x)
    lost = ((graph.crowded[graph.a] | graph.crowded[graph.b]) & (graph.rank > 0)).tolist()
    order = np.lexsort((graph.at, graph.rank)).tolist()
    sides, weak = list(zip(graph.a.tolist(), graph.b.tolist(), strict=True)), (graph.rank >= RANK_OF_WEAK).tolist()
    for edge in order:
        if lost[edge]:
            continue
        x, y = sides[edge]
        while up[x] != x:
            up[x] = x = up[up[x]]
        while up[y] != y:
            up[y] = y = up[up[y]]
        if x == y or y in foes.get(x, ()):
            continue
        mine, others = held[x], held[y]
        if any(
            (limits[c] and mine.get(c, 0) + n > limits[c]) or (weak[edge] and strong[c] and c in mine)
            for c, n in others.items()
        ):
            continue
        up[y] = x
        for c, n in others.items():
            mine[c] = mine.get(c, 0) + n
        for foe in foes.pop(y, ()):
            foes[foe].discard(y)
            foes[foe].add(x)
            foes.setdefault(x, set()).add(foe)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def in_memory(edges: int) -> Iterator[dict]:
    from siyu.core.people.graph.projection import components, project

    graph = made_up(edges)
    yield {"part": "made up", "edges": len(graph.a), "identities": len(graph.number), "peak_mb": peak()}
    bare, _ = timed("scipy's components, no guards", lambda: components(len(graph.number), graph.a, graph.b))
    yield bare
    whole, after = timed("all edges projected", lambda: project(graph))
    yield whole | {"over_components": round(whole["cpu_s"] / bare["cpu_s"], 1)}
    yield {"persons": len(np.unique(after.person)), "refused": int((after.refused > 0).sum())}
    old = part(graph, np.arange(len(graph.a) - NEW))
    before = project(old)
    ends = np.concatenate([graph.a[-NEW:], graph.b[-NEW:]])
    carried = np.append(before.refused, np.zeros(NEW, np.int8))
    more, grown = timed(f"{NEW} new edges", lambda: changed(old, told_apart(graph), before, carried, ends))
    yield more | {"equals_rebuild": equal(grown, after)}
    gone = len(graph.a) // 3
    kept = np.delete(np.arange(len(graph.a)), gone)
    without, ends = part(graph, kept), np.array([graph.a[gone], graph.b[gone]])
    less, shrunk = timed("one edge removed", lambda: changed(graph, without, after, after.refused[kept], ends))
    yield less | {"equals_rebuild": equal(shrunk, project(without))}
    few = np.arange(int(len(graph.number) * 0.32))  # both ends of a tenth of the edges lie among them
    tenth = graph.part(few, np.flatnonzero(np.maximum(graph.a, graph.b) < len(few)))
    yield timed(f"{len(tenth.a)} edges projected", lambda: project(tenth))[0]
    yield timed("the same one by one in Python", lambda: plainly(tenth))[0]


def on_a_database(stored: int) -> Iterator[dict]:
    """Through the verb, with its events: `stored` edges first, then a hundred thousand on top, then the same again."""
    from django.db import transaction

    from siyu.core.eventlog.directory import Match
    from siyu.core.people.graph import deciding
    from siyu.core.people.graph.observing import observe
    from siyu.core.people.models import Edge
    from siyu.core.people.numbers import number

    graph = made_up(stored + NEW)
    day = datetime(2026, 1, 1, tzinfo=UTC)
    claims = [(SPACES[code], str(13_000_000_000 + n)) for n, code in enumerate(graph.space.tolist())]
    claims = [(space, f"{value}@shop.cn" if space == "email" else value) for space, value in claims]
    numbers = [0] * len(claims)
    for start in range(0, len(claims), 50_000):
        known = number(dict.fromkeys(claims[start : start + 50_000], day), source="bench", imported=True)
        numbers[start : start + 50_000] = [known[claim] for claim in claims[start : start + 50_000]]
    order = np.random.default_rng(SEED).permutation(len(graph.a)).tolist()
    a, b, at = graph.a.tolist(), graph.b.tolist(), graph.at.tolist()
    said = [
        Match(numbers[a[e]], numbers[b[e]], "identify", day + timedelta(microseconds=at[e]), "bench") for e in order
    ]

    def take(some: list[Match], size: int) -> None:
        for few in batched(some, size):
            with transaction.atomic():
                observe(few, imported=True)

    yield timed(f"{stored} edges stored", lambda: take(said[:-NEW], 100_000))[0]
    yield timed(f"{NEW} new ones stored", lambda: take(said[-NEW:], NEW))[0]
    yield timed("the same, known", lambda: take(said[-NEW:], 5_000))[0]
    edge = Edge.objects.filter(refused="").first()
    assert edge
    yield timed("one withdrawn", lambda: deciding.withdraw(edge=edge.pk, by="bench", at=day))[0]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--edges", type=int, default=10_000_000)
    asked.add_argument("--stored", type=int, default=1_000_000)
    asked.add_argument("--part", choices=("memory", "database"))
    said = asked.parse_args()
    if said.part is None:
        with tempfile.TemporaryDirectory(prefix="siyu-bench-") as home:
            environment = os.environ | {"SIYU_HOME": home, "SIYU_DATABASE_URL": ""}
            subprocess.run(
                [sys.executable, "-m", "siyu", "init"], env=environment, check=True, stdout=subprocess.DEVNULL
            )
            for name in ("memory", "database"):  # processes of their own, so that each has a peak of its own
                command = [sys.executable, "-m", "bench.identity", "--part", name, *sys.argv[1:]]
                subprocess.run(command, env=environment, check=True)
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "siyu.conf.settings"
    import django

    django.setup()
    for found in in_memory(said.edges) if said.part == "memory" else on_a_database(said.stored):
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
