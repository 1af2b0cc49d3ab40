"""The audience language: whom a question means, how many they are, and why somebody is in or out.

A definition is closed, versioned JSON (docs/audience-language.md). `parse` reads it or refuses it; `count`, `members`,
`sample` and `explain` answer it; `why` answers it for one person; `sql` shows it as one query.
"""

from datetime import datetime
from typing import Any

from siyu.core.insight.audiences.answering import answer, count, explain, members, sample
from siyu.core.insight.audiences.catalogue import events, traits
from siyu.core.insight.audiences.exporting import export
from siyu.core.insight.audiences.language import Definition
from siyu.core.insight.audiences.reading import parse, validate
from siyu.core.insight.audiences.refusals import NotUnderstood
from siyu.core.insight.audiences.why import why
from siyu.kit import clock

__all__ = [
    "Definition",
    "NotUnderstood",
    "answer",
    "count",
    "events",
    "explain",
    "export",
    "members",
    "parse",
    "sample",
    "sql",
    "traits",
    "validate",
    "why",
]


def sql(definition: Any, *, dialect: str = "duckdb", as_of: datetime | None = None) -> str:
    """The definition as one query over the facts, for DuckDB or for Spark."""
    from siyu.core.insight.audiences import compiling

    return compiling.sql(parse(definition), as_of or clock.now(), dialect)
