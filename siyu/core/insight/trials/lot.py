"""The lot: who falls where, the same for ever, out of a salt and a number alone.

A number is mixed with a 64-bit word of the salt by splitmix64 (Steele, Lea, Flood 2014) and falls on one of 10,000
places of a circle; arms are stretches of it.
"""

import hashlib

import numpy as np

CIRCLE = 10_000
STRIDE = 1 << 17
"""Numbers are mixed in pieces that stay in the processor's cache."""


def places(salt: str, numbers: np.ndarray) -> np.ndarray:
    """The place on the circle of each number."""
    key = np.uint64(int.from_bytes(hashlib.blake2b(salt.encode(), digest_size=8).digest(), "little"))
    asked = np.ascontiguousarray(numbers, dtype=np.int64).view(np.uint64)
    found = np.empty(len(asked), dtype=np.int16)
    for start in range(0, len(asked), STRIDE):
        mixed = mix(mix(asked[start : start + STRIDE] + np.uint64(1)) ^ key)
        found[start : start + STRIDE] = ((mixed >> np.uint64(32)) * np.uint64(CIRCLE)) >> np.uint64(32)
    return found


def mix(z: np.ndarray) -> np.ndarray:
    """splitmix64's finaliser, with its step."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
