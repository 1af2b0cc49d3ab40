"""Landed batches as lines, without a look at any of them from Python: text goes from the row into the engine."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import zstandard

from siyu.core.eventlog.dialects import DIALECTS
from siyu.core.eventlog.models import Batch, Source

LARGEST = 64 * 1024 * 1024
"""Bytes that one batch may unpack to: far above what a door lets in, and a bomb's end."""
PIECE = 20_000
"""Lines that one thread of the engine takes at a time."""
NEWLINE = ord("\n")


class Piece(NamedTuple):
    """The lines of one batch; `first` is the place of the first in the step."""

    batch: Batch
    first: int
    body: bytes
    lines: int


@dataclass
class Unpacked:
    """A step's batches by dialect, and those that cannot be unpacked."""

    pieces: dict[str, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    broken: list[Batch] = field(default_factory=list)
    heads: list[tuple] = field(default_factory=list)
    lines: int = 0


def unpacked(batches: Iterable[Batch], first: int) -> Unpacked:
    """All batches, their lines counted from `first`, which stays free, in the order of landing."""
    found, spaces = Unpacked(), dict(Source.objects.values_list("name", "namespace"))
    for batch in batches:
        body = opened(batch)
        if body is None:
            found.broken.append(batch)
            continue
        lines = body.count(b"\n")
        found.pieces[batch.dialect].append(Piece(batch, first + found.lines, body, lines))
        found.heads.append(head_of(batch, spaces.get(batch.source, batch.source)))
        found.lines += lines
    return found


def size(start: bytes) -> int:
    """What a batch will unpack to, by its first bytes."""
    try:
        return max(0, zstandard.frame_content_size(start))
    except zstandard.ZstdError:
        return 0


def opened(batch: Batch) -> bytes | None:
    """The lines, each with its end; None where there is no telling what they are."""
    body = bytes(batch.body)
    try:
        if batch.dialect not in DIALECTS or zstandard.frame_content_size(body) > LARGEST:
            return None
        text = zstandard.decompress(body, max_output_size=LARGEST)
    except zstandard.ZstdError:
        return None
    return text if text.endswith(b"\n") or not text else text + b"\n"


def head_of(batch: Batch, namespace: str) -> tuple:
    head = batch.head if isinstance(batch.head, dict) else {}
    context = head.get("context")
    return (
        batch.pk,
        batch.source,
        batch.dialect,
        namespace,
        batch.received_at,
        batch.imported,
        as_text(head.get("sentAt") or head.get("timestamp")),
        json.dumps(context) if isinstance(context, dict) and context else None,
        as_text(head.get("project")),
    )


def as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


HEADS = pa.schema(
    [
        ("batch", pa.int64()),
        ("source", pa.string()),
        ("dialect", pa.string()),
        ("namespace", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("imported", pa.bool_()),
        ("sent_at", pa.string()),
        ("context", pa.string()),
        ("project", pa.string()),
    ]
)


def heads(found: Unpacked) -> pa.Table:
    columns = zip(*found.heads, strict=True) if found.heads else ([] for _ in HEADS)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, HEADS, strict=True)], schema=HEADS)


LINES = pa.schema(
    [
        ("n", pa.int64()),
        ("batch", pa.int64()),
        ("ordinal", pa.int64()),
        ("line", pa.large_string()),
        ("broken", pa.bool_()),
    ]
)


def table(pieces: list[Piece]) -> pa.Table:
    """Every line of one dialect, and whether it is broken, in heaps: all of them in one stretch of memory, which the
    process would have to ask for anew in each step, cost twice as much."""
    return pa.Table.from_batches([part for some in heaps(pieces) for part in cut(heap(some))], schema=LINES)


def heaps(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """About as many lines in each as `PIECE` says."""
    first = pieces[0].first
    for _, some in groupby(pieces, key=lambda piece: (piece.first - first) // PIECE):
        yield list(some)


def heap(pieces: list[Piece]) -> pa.Table:
    counts = np.array([piece.lines for piece in pieces], dtype=np.int64)
    ordinals = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    firsts = np.repeat(np.array([piece.first for piece in pieces], dtype=np.int64), counts)
    batches = np.repeat(np.array([piece.batch.pk for piece in pieces], dtype=np.int64), counts)
    text, broken = texts(b"".join(piece.body for piece in pieces), len(ordinals))
    columns = (firsts + ordinals + 1, batches, ordinals, text, broken)
    return pa.table([pa.array(column) for column in columns], schema=LINES)


def cut(whole: pa.Table) -> Iterator[pa.RecordBatch]:
    return iter(whole.to_batches(max_chunksize=PIECE))


def texts(buffer: bytes, lines: int) -> tuple[pa.Array, np.ndarray]:
    """The lines as they lie in the buffer; only where some of it is not UTF-8 they are looked at one by one."""
    ends = np.flatnonzero(np.frombuffer(buffer, np.uint8) == NEWLINE)
    offsets = np.empty(lines + 1, np.int64)
    offsets[0], offsets[1:] = 0, ends + 1
    array = pa.Array.from_buffers(
        pa.large_string(), lines, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(buffer)]
    )
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return mended(buffer)
    return array, np.zeros(lines, dtype=bool)


def mended(buffer: bytes) -> tuple[pa.Array, np.ndarray]:
    """What is not UTF-8 is written as escapes, so that the line can be kept and seen, and is marked."""
    lines = buffer.split(b"\n")[:-1]
    text = [line.decode(errors="backslashreplace") for line in lines]
    broken = [len(t.encode()) != len(line) for t, line in zip(text, lines, strict=True)]
    return pa.array(text, pa.large_string()), np.array(broken, dtype=bool)
