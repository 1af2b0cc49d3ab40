"""Who is in it: every leaf is answered as a set of people, and the nodes are sums of sets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
from django.conf import settings
from pyroaring import BitMap
from sqlglot import exp

from siyu.core.insight.audiences import bitmaps, compiling
from siyu.core.insight.audiences.comparing import Frame
from siyu.core.insight.audiences.language import All, AnyOf, Definition, InAudience, Leaf, Node, Not
from siyu.core.insight.audiences.reading import parse
from siyu.core.insight.audiences.relations import measure
from siyu.core.insight.audiences.words import Speaker
from siyu.core.insight.facts import open_facts
from siyu.kit import clock
from siyu.kit.refusals import Refused


class NotYet(Refused):
    code = "portraits_not_yet"
    status = 409


PEOPLE = "SELECT person FROM persons"


@dataclass
class Answer:
    """The people of every node of a definition, at a moment."""

    definition: Definition
    as_of: datetime
    everyone: BitMap
    nodes: dict[int, BitMap] = field(default_factory=dict)
    ms: float = 0

    @property
    def people(self) -> BitMap:
        return self.nodes[id(self.definition.node)]


def answer(definition: Any, as_of: datetime | None = None) -> Answer:
    """Ask the definition of the facts: those of now, or those before `as_of` when one is given."""
    started = time.perf_counter()
    definition = definition if isinstance(definition, Definition) else parse(definition)
    with facts(definition, as_of) as (db, frame):
        found = Answer(definition, frame.as_of, fetch(db, PEOPLE))
        for leaf in set_of_leaves(definition.node):
            found.nodes[id(leaf)] = people_of(db, leaf, frame, found.everyone)
    join(definition.node, found)
    found.ms = (time.perf_counter() - started) * 1000
    return found


@contextmanager
def facts(definition: Definition, as_of: datetime | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, Frame]]:
    """A cursor on the facts, with portraits where the definition speaks of them, and from when to look at them."""
    if compiling.needs_portraits(definition.node):
        raise NotYet("No portraits yet: the worker draws them after the first import.")
    with open_facts(as_of) as db:
        frame = Frame((as_of or clock.now()).astimezone(UTC), settings.SIYU.zone)
        yield db, frame


def set_of_leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    for child in node.children:
        yield from set_of_leaves(child)


def people_of(db: duckdb.DuckDBPyConnection, leaf: Leaf, frame: Frame, everyone: BitMap) -> BitMap:
    """Whom the log says; who has no row there is in when the default passes."""
    measured = measure(leaf, frame)
    found = fetch(db, compiling.rows(measured, failed=measured.passes))
    return everyone - found if measured.passes else everyone & found


def fetch(db: duckdb.DuckDBPyConnection, query: str | exp.Query) -> BitMap:
    text = query if isinstance(query, str) else query.sql("duckdb")
    column = db.execute(text).fetchnumpy()["person"]
    return bitmaps.of_numbers(np.asarray(np.ma.compressed(column)))


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
    everyone = members(definition, as_of)
    return np.sort(np.random.default_rng(seed).permutation(everyone)[:n]).tolist()


def explain(definition: Any, as_of: datetime | None = None, *, language: str | None = None) -> dict[str, Any]:
    """How many each node keeps, and what it says, as plain data."""
    found, speaker = answer(definition, as_of), Speaker(language)
    return {
        "people": len(found.people),
        "of": len(found.everyone),
        "exact": True,
        "as_of": found.as_of.isoformat(),
        "ms": round(found.ms, 1),
        "tree": bar(found.definition.node, found, speaker),
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
    with facts(definition, as_of) as (db, frame):
        query = compiling.compiled(definition, frame).sql("duckdb")
        [(people,)] = db.execute(f"SELECT count(*) FROM ({query})").fetchall()
    return people
