"""The log's part of a step."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast

from siyu.core.eventlog import lake

RAW = pa.schema(
    [
        ("name", pa.string()),
        ("happened_at", lake.MOMENT),
        ("recorded_at", lake.MOMENT),
        ("identity", pa.int64()),
        ("source", pa.string()),
        ("message", pa.int64()),
        ("imported", pa.bool_()),
        ("body", pa.string()),
    ]
)


def from_log(entries: Any) -> pa.Table:
    at, recorded_at = as_stored("at"), as_stored("recorded_at")
    rows = list(entries.values_list("name", at, recorded_at, "identity", "source", "message", "imported", "body"))
    return raw_table([(*row[:5], row[5] and hashed(row[4], row[5]), *row[6:]) for row in rows])


def as_stored(moment: str) -> Any:
    """On SQLite a moment is text in UTC, and Arrow reads a column of them at once; Django one after another."""
    return Cast(moment, TextField()) if connection.vendor == "sqlite" else F(moment)


def raw_table(rows: list[tuple]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in RAW)
    return pa.table([array(column, field.type) for column, field in zip(columns, RAW, strict=True)], schema=RAW)


def array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == lake.MOMENT and column and isinstance(column[0], str):
        return pa.array(column, pa.string()).cast(pa.timestamp("us")).cast(kind)
    return pa.array(column, kind)


def hashed(source: str, message: str) -> int:
    """What the lake calls a message: the same for a landed one is a macro of `messages`."""
    digest = hashlib.md5(f"{source}\0{message}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 1
