"""Who is in it: every leaf is answered as a set of people, and the nodes are sums of sets."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from pyroaring import BitMap

from siyu.core.insight.audiences import bitmaps, compiling
from siyu.core.insight.audiences.ground import Ground
from siyu.core.insight.audiences.language import All, AnyOf, Definition, InAudience, Leaf, Node, Not, leaves
from siyu.core.insight.audiences.reading import parse
from siyu.core.insight.audiences.words import Speaker


@dataclass
class Answer:
    """The people of every node of a definition, at a moment."""

    definition: Definition
    as_of: datetime
    everyone: BitMap
    nodes: dict[int, BitMap] = field(default_factory=dict)
    ms: float = 0
    exact: bool = True

    @property
    def people(self) -> BitMap:
        return self.nodes[id(self.definition.node)]


def answer(definition: Any, as_of: datetime | None = None, *, index: bool = True) -> Answer:
    """Ask the definition of the facts: those of now, or those before `as_of` when one is given.

    `index=False` asks the log alone; the answer is the same.
    """
    started = time.perf_counter()
    definition = definition if isinstance(definition, Definition) else parse(definition)
    with Ground.under(as_of, index=index) as ground:
        found = asked(definition, ground)
    found.ms = (time.perf_counter() - started) * 1000
    return found


def asked(definition: Definition, ground: Ground) -> Answer:
    found = Answer(definition, ground.frame.as_of, ground.everyone())
    for leaf in leaves(definition.node):
        found.nodes[id(leaf)] = ground.people(leaf, found.everyone)
    join(definition.node, found)
    found.exact = ground.exact
    return found


def join(node: Node, found: Answer) -> BitMap:
    """The people of a node from those of its children, all kept on the way."""
    if isinstance(node, Leaf):
        return found.nodes[id(node)]
    below = [join(child, found) for child in node.children]
    match node:
        case All():
            people = BitMap.intersection(*below) if below else found.everyone
        case AnyOf():
            people = BitMap.union(*below) if below else BitMap()
        case Not():
            people = found.everyone - below[0]
        case InAudience():
            [people] = below
        case _:
            raise TypeError(node)
    found.nodes[id(node)] = people
    return people


def count(definition: Any, as_of: datetime | None = None) -> int:
    return len(answer(definition, as_of).people)


def members(definition: Any, as_of: datetime | None = None) -> np.ndarray:
    """The numbers of everyone in it, in order."""
    return bitmaps.to_numbers(answer(definition, as_of).people)


def sample(definition: Any, n: int, *, seed: int = 0, as_of: datetime | None = None) -> list[int]:
    """`n` of them at random; the same for the same seed and the same people."""
    return drawn_from(members(definition, as_of), n, seed)


def drawn_from(people: np.ndarray, n: int, seed: int) -> list[int]:
    return np.sort(np.random.default_rng(seed).permutation(people)[:n]).tolist()


def explain(
    definition: Any,
    as_of: datetime | None = None,
    *,
    language: str | None = None,
    draw: int = 0,
    seed: int = 0,
) -> dict[str, Any]:
    """How many each node keeps, and what it says, as plain data; and `draw` of the people, as `sample` has them."""
    found, speaker = answer(definition, as_of), Speaker(language)
    return {
        "people": len(found.people),
        "of": len(found.everyone),
        "exact": found.exact,
        "as_of": found.as_of.isoformat(),
        "ms": round(found.ms, 1),
        "tree": bar(found.definition.node, found, speaker),
        **({"sample": drawn_from(bitmaps.to_numbers(found.people), draw, seed)} if draw else {}),
    }


def bar(node: Node, found: Answer, speaker: Speaker) -> dict[str, Any]:
    return {
        "op": node.op,
        "text": speaker.node(node),
        "people": len(found.nodes[id(node)]),
        "children": [bar(child, found, speaker) for child in node.children],
    }


def count_in_one_query(definition: Any, as_of: datetime | None = None) -> int:
    """The count as one SQL query over the log: the road that needs no set in memory, and the check of the other."""
    definition = definition if isinstance(definition, Definition) else parse(definition)
    with Ground.under(as_of, index=False) as ground:
        ground.draw(definition.node)
        query = compiling.compiled(definition, ground.frame).sql("duckdb")
        [(people,)] = ground.log.execute(f"SELECT count(*) FROM ({query})").fetchall()
    return people
