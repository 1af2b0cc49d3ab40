"""Sets of numbers as roaring bitmaps, made from columns of numbers without touching each number in Python."""

import array
import struct

import numpy as np
from pyroaring import BitMap

LARGEST = 2**32
BLOCK = 1 << 16
SPARSE = 4096
"""A block with more members than this stands as bits, one with fewer as a list: the format's own rule."""
COOKIE = 12346


def of_numbers(numbers: np.ndarray) -> BitMap:
    """The set of these numbers, in any order, repeated or not."""
    if not len(numbers):
        return BitMap()
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or high >= LARGEST:
        raise OverflowError(f"identity numbers reach from 0 to {LARGEST:,}; found {low} to {high}")
    if len(numbers) < BLOCK or high > 64 * len(numbers):
        return BitMap(array.array("I", numbers.astype(np.uint32).tobytes()))
    mask = np.zeros(high + 1, dtype=bool)
    mask[numbers] = True
    return of_mask(mask)


def of_mask(mask: np.ndarray) -> BitMap:
    """The set of the places that are true. Written in the portable format, which is read at the speed of a copy."""
    padded = np.zeros(-(-len(mask) // BLOCK) * BLOCK, dtype=bool)
    padded[: len(mask)] = mask
    bits = np.packbits(padded, bitorder="little").reshape(-1, BLOCK // 8)
    counts = padded.reshape(-1, BLOCK).sum(axis=1)
    blocks = [
        (key, count, container(bits[key], padded[key * BLOCK : (key + 1) * BLOCK], count))
        for key, count in enumerate(counts.tolist())
        if count
    ]
    head = struct.pack("<II", COOKIE, len(blocks)) + b"".join(struct.pack("<HH", k, n - 1) for k, n, _ in blocks)
    offsets = np.cumsum([len(head) + 4 * len(blocks), *(len(body) for *_, body in blocks)])[:-1].astype("<u4").tobytes()
    return BitMap.deserialize(head + offsets + b"".join(body for *_, body in blocks)) if blocks else BitMap()


def container(bits: np.ndarray, mask: np.ndarray, count: int) -> bytes:
    return bits.tobytes() if count > SPARSE else np.flatnonzero(mask).astype("<u2").tobytes()


def to_numbers(bitmap: BitMap) -> np.ndarray:
    """The members in order."""
    return np.asarray(bitmap.to_array(), dtype=np.int64) if bitmap else np.empty(0, dtype=np.int64)
