"""People in bitmaps, a block of 65,536 numbers each."""

from array import array
from collections.abc import Iterator

import numpy as np
from pyroaring import BitMap

from siyu.core.outreach.gate.sets import distinct
from siyu.core.outreach.models import BLOCK


def by_block(numbers: np.ndarray) -> Iterator[tuple[int, BitMap]]:
    """Sorted numbers, block by block."""
    blocks = numbers >> BLOCK
    starts = np.flatnonzero(np.diff(blocks, prepend=-1))
    for start, some in zip(starts, np.split(numbers, starts[1:]), strict=len(numbers) > 0):
        yield int(blocks[start]), packed(some)


def packed(numbers: np.ndarray) -> BitMap:
    """Offsets within the block, so that numbers may be of any size."""
    return BitMap(array("I", (numbers & ((1 << BLOCK) - 1)).astype(np.uint32).tobytes()))


def read(block: int, kept: bytes | memoryview) -> np.ndarray:
    return opened(block, BitMap.deserialize(bytes(kept)))


def opened(block: int, some: BitMap) -> np.ndarray:
    """The numbers again, sorted."""
    return np.frombuffer(some.to_array(), dtype=np.uint32).astype(np.int64) + (block << BLOCK)


def blocks_of(numbers: np.ndarray) -> list[int]:
    return distinct(numbers >> BLOCK).tolist()
