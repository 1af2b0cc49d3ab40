"""Why is this person in or out: every node true or false, with the number behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from sqlglot import exp

from siyu.core.insight.audiences.comparing import Frame
from siyu.core.insight.audiences.ground import Ground
from siyu.core.insight.audiences.language import All, AnyOf, Definition, Leaf, Node, Not
from siyu.core.insight.audiences.reading import parse
from siyu.core.insight.audiences.relations import VALUE, measure
from siyu.core.insight.audiences.words import Speaker


def why(definition: Any, person: int, as_of: datetime | None = None, *, language: str | None = None) -> dict[str, Any]:
    """The tree of the definition for one person; `value` is what was measured, none where nothing is known."""
    definition = definition if isinstance(definition, Definition) else parse(definition)
    with Ground.under(as_of, index=False) as ground:
        ground.draw(definition.node)
        db, frame = ground.log, ground.frame
        known = db.execute("SELECT 1 FROM persons WHERE person = ?", [person]).fetchone() is not None
        tree = Asked(person, known, db, frame, Speaker(language)).judged(definition.node)
    return {"in": tree["in"], "known": known, "as_of": frame.as_of.isoformat(), "tree": tree}


@dataclass(frozen=True)
class Asked:
    """One person before the facts."""

    person: int
    known: bool
    db: duckdb.DuckDBPyConnection
    frame: Frame
    speaker: Speaker

    def judged(self, node: Node) -> dict[str, Any]:
        said = {"op": node.op, "text": self.speaker.node(node)}
        if isinstance(node, Leaf):
            value, passes = self.measured(node)
            measured = {"value": value, "measured": self.speaker.measured(node, value)}
            return said | {"in": self.known and passes, **measured, "children": []}
        below = [self.judged(child) for child in node.children]
        return said | {"in": self.known and joined(node, below), "value": None, "children": below}

    def measured(self, leaf: Leaf) -> tuple[Any, bool]:
        """What the leaf measures of the person, and whether that passes."""
        asked = measure(leaf, self.frame)
        row = (
            exp.select(VALUE.copy(), asked.test.as_("passes"))
            .from_(asked.query.subquery("measured"))
            .where(exp.column("person").eq(self.person))
        )
        found = self.db.execute(row.sql("duckdb")).fetchone()
        value, passes = found or (asked.default, asked.passes)
        return value.isoformat() if isinstance(value, datetime) else value, bool(passes)


def joined(node: Node, below: list[dict[str, Any]]) -> bool:
    holds = [child["in"] for child in below]
    match node:
        case All():
            return all(holds)
        case AnyOf():
            return any(holds)
        case Not():
            return not holds[0]
    return holds[0]
