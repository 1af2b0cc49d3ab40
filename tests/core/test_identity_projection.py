"""The map of persons is a function of the evidence alone, and equals a plain walk over it, edge by edge."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.people import namespaces
from siyu.core.people.graph import projection, settling
from siyu.core.people.graph.projection import REASONS, WEAK, Graph, crowds, project, rank, reproject

SPACES = ("member", "phone", "shop", "email", "device")


@pytest.fixture(autouse=True)
def few_edges_are_many(monkeypatch):
    """So that small graphs take every road."""
    monkeypatch.setattr(settling, "LEAF", 3)
    monkeypatch.setattr(projection, "CROWD", 4)


def graph(kinds, ties, separated=()) -> Graph:
    """Nodes by the place of their namespace; ties (a, b, rule, at)."""
    space = np.array(kinds, np.int16)
    strength = [namespaces.of(SPACES[kind]).strength for kind in kinds]
    a, b = (np.array([min(t[:2]) for t in ties], np.int32), np.array([max(t[:2]) for t in ties], np.int32))
    ranks = np.array([rank(rule, min(strength[x], strength[y])) for x, y, rule, _ in ties], np.int16)
    return Graph(
        number=np.arange(1, len(kinds) + 1) * 10,
        space=space,
        key=np.array([hash((kind, n)) & 2**62 - 1 for n, kind in enumerate(kinds)], np.uint64),
        spaces=SPACES,
        crowded=crowds(space, SPACES, a, b, ranks),
        a=a,
        b=b,
        rank=ranks,
        at=np.array([at for *_, at in ties], np.int64),
        separated=np.array(list(separated), np.int64).reshape(-1, 2),
    )


def plainly(g: Graph) -> tuple[list[int], list[str]]:
    """The definition: (person by node, reason by edge)."""
    person = {n: {n} for n in range(len(g.number))}
    kind = [SPACES[code] for code in g.space]
    refused = [""] * len(g.a)
    keys = [sorted((int(g.key[a]), int(g.key[b]))) for a, b in zip(g.a, g.b, strict=True)]
    for e in sorted(range(len(g.a)), key=lambda e: (g.rank[e], g.at[e], *keys[e])):
        a, b = int(g.a[e]), int(g.b[e])
        if g.rank[e] > 0 and (g.crowded[a] or g.crowded[b]):
            refused[e] = "crowded"
            continue
        one, other = person[a], person[b]
        if one is not other:
            refused[e] = reason(g, kind, one, other, strict=g.rank[e] >= projection.RANK_OF_WEAK)
            if not refused[e]:
                one |= other
                for node in other:
                    person[node] = one
    for e in range(len(g.a)):
        if person[int(g.a[e])] is person[int(g.b[e])]:
            refused[e] = ""
    return [min(person[n]) for n in range(len(g.number))], refused


def reason(g: Graph, kind: list[str], one: set[int], other: set[int], strict: bool) -> str:
    for name, space in namespaces.NAMESPACES.items():
        if space.per_person and sum(kind[n] == name for n in one | other) > space.per_person:
            return name
    if any((a in one and b in other) or (b in one and a in other) for a, b in g.separated.tolist()):
        return "separated"
    strong = [{kind[n] for n in side if namespaces.of(kind[n]).strength >= WEAK} for side in (one, other)]
    return "shared" if strict and strong[0] & strong[1] else ""


@st.composite
def graphs(draw, most=14) -> Graph:
    kinds = draw(st.lists(st.integers(0, len(SPACES) - 1), min_size=2, max_size=most))
    node = st.integers(0, len(kinds) - 1)
    pairs = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1])
    tie = st.tuples(pairs, st.sampled_from(["identify", "order", "manual"]), st.integers(0, 5))
    ties = draw(st.lists(tie.map(lambda t: (*t[0], t[1], t[2])), max_size=30))
    return graph(kinds, ties, draw(st.lists(pairs, max_size=2)))


def said(g: Graph) -> tuple[list[int], list[str]]:
    found = project(g)
    return found.person.tolist(), [REASONS[code] for code in found.refused]


@given(graphs())
def test_it_works(g):
    assert said(g) == plainly(g)


@given(graphs(), st.randoms())
def test_the_order_of_arrival_says_nothing(g, random):
    shuffled = list(range(len(g.a)))
    random.shuffle(shuffled)
    person, refused = said(g)
    other = replace(g, a=g.b[shuffled], b=g.a[shuffled], rank=g.rank[shuffled], at=g.at[shuffled])
    assert said(other) == (person, [refused[e] for e in shuffled])


@given(graphs(), st.randoms())
def test_the_numbers_of_identities_say_nothing_of_who_is_whom(g, random):
    """Who was numbered first depends on who came first; who is one person does not."""
    places = list(range(len(g.number)))
    random.shuffle(places)
    back = np.argsort(places)
    renumbered = replace(
        g, space=g.space[places], key=g.key[places], crowded=g.crowded[places],
        a=back[g.a], b=back[g.b], separated=back[g.separated],
    )  # fmt: skip
    person, refused = said(g)
    other, again = said(renumbered)
    assert refused == again
    assert {(person[a] == person[b], other[back[a]] == other[back[b]])
            for a in range(len(places)) for b in range(len(places))} <= {(True, True), (False, False)}  # fmt: skip


@given(graphs())
def test_no_guard_is_ever_broken(g):
    found = project(g)
    for code, name in enumerate(SPACES):
        if limit := namespaces.of(name).per_person:
            assert max(np.bincount(found.person[g.space == code]), default=0) <= limit
    for a, b in g.separated.tolist():
        assert found.person[a] != found.person[b]
    assert ((found.person[g.a] != found.person[g.b]) == (found.refused > 0)).all()


@given(graphs(), st.data())
def test_a_change_gives_what_a_rebuild_gives(g, data):
    """Some edges go, some come; only clusters that they touch are looked at."""
    size = len(g.a)
    flags = st.lists(st.booleans(), min_size=size, max_size=size).map(lambda some: np.array(some, bool))
    there, later = data.draw(flags), data.draw(flags)
    old, new = cut(g, there), cut(g, later)
    before = project(old)
    carried = replace(before, refused=np.zeros(int(later.sum()), np.int8))
    carried.refused[there[later]] = before.refused[later[there]]
    changed = there != later
    turned = np.flatnonzero(old.crowded != new.crowded)
    near = changed | np.isin(g.a, turned) | np.isin(g.b, turned)
    after = reproject(new, carried, np.unique(np.concatenate([g.a[near], g.b[near]])))
    whole = project(new)
    assert after.person.tolist() == whole.person.tolist()
    assert after.cluster.tolist() == whole.cluster.tolist()
    assert after.refused.tolist() == whole.refused.tolist()


def cut(g: Graph, edges: np.ndarray) -> Graph:
    some = replace(g, a=g.a[edges], b=g.b[edges], rank=g.rank[edges], at=g.at[edges])
    return replace(some, crowded=crowds(g.space, SPACES, some.a, some.b, some.rank))


def test_large_and_tangled_equals_the_plain_walk(monkeypatch):
    monkeypatch.setattr(settling, "LEAF", 200)
    random = np.random.default_rng(7)
    kinds = random.choice(len(SPACES), 4_000, p=[0.1, 0.25, 0.25, 0.1, 0.3]).tolist()
    ties = [
        (int(a), int(b), "identify", int(at))
        for a, b, at in zip(*random.integers(0, 4_000, (2, 4_500)), random.integers(0, 300, 4_500), strict=True)
        if a != b
    ]
    g = graph(kinds, ties, random.integers([0, 2_000], [2_000, 4_000], (50, 2)))
    person, refused = said(g)
    assert (person, refused) == plainly(g)
    assert {"member", "shared", "phone", "separated"} <= set(refused)
