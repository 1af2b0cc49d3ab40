"""A definition as one SQL query over the facts: a relation for every leaf, sets of people for every node."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from sqlglot import exp

from siyu.core.insight.audiences.comparing import Frame
from siyu.core.insight.audiences.language import All, AnyOf, Definition, InAudience, Leaf, Node, Not
from siyu.core.insight.audiences.relations import Measure, measure


def compiled(definition: Definition, frame: Frame) -> exp.Select:
    """SELECT person of everyone in it. It reads persons, events, orders, sales, products, traits, tags, portraits."""
    parts = list(relations(definition.node, frame, names(definition.node)))
    query = exp.select("person").from_(parts[-1][0])
    for name, relation in parts:
        query = query.with_(name, as_=relation, copy=False)
    return query


def sql(definition: Definition, as_of: datetime, dialect: str = "duckdb") -> str:
    """The same for people to read, or for Spark over the same files."""
    frame = Frame(as_of, settings.SIYU.zone, dialect)
    return compiled(definition, frame).sql(dialect=dialect, pretty=True)


def names(node: Node) -> dict[int, str]:
    """leaf_1, leaf_2 … and node_1 … for what joins them, by the identity of the node object."""
    found: dict[int, str] = {}
    counts = {"leaf": 0, "node": 0}

    def visit(node: Node) -> None:
        kind = "leaf" if isinstance(node, Leaf) else "node"
        counts[kind] += 1
        found[id(node)] = f"{kind}_{counts[kind]}"
        for child in node.children:
            visit(child)

    visit(node)
    return found


def relations(node: Node, frame: Frame, called: dict[int, str]) -> Iterator[tuple[str, exp.Query]]:
    """(name, relation) of the node and of all below it, those first that others read."""
    for child in node.children:
        yield from relations(child, frame, called)
    below = [people(called[id(child)]) for child in node.children]
    match node:
        case Leaf():
            relation = leaf_relation(measure(node, frame))
        case All():
            relation = combined(exp.intersect, below) if below else people("persons")
        case AnyOf():
            relation = combined(exp.union, below) if below else people("persons").where(exp.false())
        case Not():
            relation = exp.except_(people("persons"), *below)
        case InAudience():
            [relation] = below
        case _:
            raise TypeError(node)
    yield called[id(node)], relation


def combined(how, below: list[exp.Select]) -> exp.Query:
    return how(*below) if len(below) > 1 else below[0]


def people(relation: str) -> exp.Select:
    return exp.select("person").distinct().from_(relation)


def leaf_relation(measured: Measure) -> exp.Query:
    """Everyone in the universe who passes; who has no row is there when the default passes."""
    if measured.passes:
        return exp.except_(people("persons"), rows(measured, failed=True))
    return exp.intersect(people("persons"), rows(measured))


def rows(measured: Measure, *, failed: bool = False) -> exp.Select:
    """People with a row who pass the test, or who fail it."""
    test = exp.not_(exp.paren(measured.test)) if failed else measured.test
    return exp.select("person").from_(measured.query.subquery("measured")).where(test.copy())
