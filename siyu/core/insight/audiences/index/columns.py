"""Portrait columns as flat arrays, mapped into memory: a comparison over five million people takes milliseconds.

A column is made from the kept portraits when it is first asked for, under a name that says which portraits those were.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyroaring import BitMap

from siyu.core.insight import portraits
from siyu.core.insight.audiences import bitmaps
from siyu.core.insight.audiences.comparing import HOLDS, Frame, moment
from siyu.core.insight.audiences.index.shelf import folder
from siyu.core.insight.audiences.language import Comparison, Trait
from siyu.core.insight.audiences.vocabulary import PORTRAIT

NOTHING = np.iinfo(np.int64).min
"""A moment that is not known."""


def people(leaf: Trait, frame: Frame) -> BitMap | None:
    """Whom the kept portraits say, of those with a portrait; None for lists, which DuckDB reads."""
    kind = PORTRAIT[leaf.name]
    if kind == "list":
        return None
    stamp = os.stat(portraits.path()).st_mtime_ns
    keep = JUDGE[kind](leaf.test, stamp, leaf.name, frame)
    person = column(stamp, "person")
    mask = np.zeros(int(person[-1]) + 1 if len(person) else 0, dtype=bool)
    mask[person] = keep
    return bitmaps.of_mask(mask)


def by_number(test: Comparison, stamp: int, name: str, frame: Frame) -> np.ndarray:
    values = column(stamp, name)
    return compared(values, np.isnan(values) if values.dtype.kind == "f" else None, test.op, test.value)


def by_moment(test: Comparison, stamp: int, name: str, frame: Frame) -> np.ndarray:
    values = column(stamp, name)
    written = test.value if isinstance(test.value, list) else [test.value] if test.value else []
    at = [microseconds(moment(str(value), frame.zone)) for value in written]
    if test.op == "between":  # of moments the second end is not in
        return (values != NOTHING) & (values >= at[0]) & (values < at[1])
    return compared(values, values == NOTHING, test.op, at[0] if at else None)


def microseconds(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


def by_text(test: Comparison, stamp: int, name: str, frame: Frame) -> np.ndarray:
    """The test is asked of every different text once. The last code is that of nobody's text."""
    texts = words(stamp, name)
    said = [TEXTS[test.op](text, test.value) for text in texts] + [test.op == "unknown"]
    return np.array(said, dtype=bool)[column(stamp, name)]


def compared(values: np.ndarray, missing: np.ndarray | None, op: str, value: Any) -> np.ndarray:
    if op in ("known", "unknown"):
        known = np.ones(len(values), dtype=bool) if missing is None else ~missing
        return known if op == "known" else ~known
    found = VECTORS[op](values, value)
    return found if missing is None else found & ~missing


VECTORS: dict[str, Callable[[Any, Any], Any]] = {
    **HOLDS,
    "between": lambda values, ends: (values >= ends[0]) & (values <= ends[1]),
    "in": np.isin,
    "not_in": lambda values, wanted: np.isin(values, wanted, invert=True),
}
TEXTS: dict[str, Callable[[str, Any], bool]] = {
    "=": lambda text, value: text == value,
    "!=": lambda text, value: text != value,
    "in": lambda text, value: text in value,
    "not_in": lambda text, value: text not in value,
    "contains": lambda text, value: value in text,
    "starts_with": str.startswith,
    "known": lambda text, value: True,
    "unknown": lambda text, value: False,
}
JUDGE: dict[str, Callable[[Comparison, int, str, Frame], np.ndarray]] = {
    "number": by_number,
    "money": by_number,
    "time": by_moment,
    "text": by_text,
}


@lru_cache(64)
def column(stamp: int, name: str) -> np.ndarray:
    file = place(stamp, name, "npy")
    if not file.exists():
        make(stamp, name)
    return np.load(file, mmap_mode="r")


@lru_cache(16)
def words(stamp: int, name: str) -> list[str]:
    column(stamp, name)
    return msgspec.json.decode(place(stamp, name, "json").read_bytes())


def place(stamp: int, name: str, ending: str) -> Path:
    return folder() / "columns" / f"{stamp}-{name}.{ending}"


def make(stamp: int, name: str) -> None:
    """Write the column as it is needed; others that do so at the same time write the same."""
    whole = pq.read_table(portraits.path(), columns=[name]).column(0).combine_chunks()
    kind = PORTRAIT.get(name, "number")
    place(stamp, name, "npy").parent.mkdir(parents=True, exist_ok=True)
    if kind == "text":
        coded = pc.dictionary_encode(whole)
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        put(place(stamp, name, "json"), msgspec.json.encode(coded.dictionary.to_pylist()))
        values = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False).astype(np.int32)
    elif kind == "time":
        naive = whole.cast(pa.timestamp("us")).cast(pa.int64())
        values = naive.fill_null(NOTHING).to_numpy(zero_copy_only=False)
    else:
        values = whole.to_numpy(zero_copy_only=False)  # with NaN where something is unknown
    fresh = place(stamp, name, f"{os.getpid()}.npy")
    np.save(fresh, values)
    fresh.replace(place(stamp, name, "npy"))


def put(file: Path, body: bytes) -> None:
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(body)
    fresh.replace(file)


def tidy() -> None:
    """Delete the columns of portraits that are no longer kept."""
    stamp = str(os.stat(portraits.path()).st_mtime_ns) if portraits.path().exists() else ""
    for file in (folder() / "columns").glob("*"):
        if not file.name.startswith(f"{stamp}-"):
            file.unlink(missing_ok=True)
