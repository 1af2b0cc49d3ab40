"""A registry: relations over people that packages above draw from the lake and keep as Parquet, so that questions about
people can ask them. Each has a column `person`, a row a person; its other columns are texts."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from siyu.kit.tables import literal


class Relation(NamedTuple):
    columns: tuple[str, ...]
    path: Callable[[], Path]


_relations: dict[str, Relation] = {}


def offer(name: str, *, columns: tuple[str, ...], path: Callable[[], Path]) -> None:
    """There is this relation from now on, once its file has been drawn."""
    _relations[name] = Relation(columns, path)


def show(db: duckdb.DuckDBPyConnection) -> None:
    """A view for each; what has not been drawn yet holds nobody."""
    for name, one in sorted(_relations.items()):
        nobody = ", ".join(f"NULL::VARCHAR AS {column}" for column in one.columns)
        there = f"FROM read_parquet({literal(str(one.path()))})"
        drawn = there if one.path().exists() else f"SELECT NULL::BIGINT AS person, {nobody} WHERE false"
        db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {drawn}")
