"""Numbers inside, opaque prefixed codes outside: 17 becomes `ord_7k3m9x2v4qtb` and back.

A keyed Feistel network over 60 bits: no column, no index, no guessing of neighbours or of how many orders there are.
"""

import functools
import hashlib

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF = 30
_MASK = (1 << _HALF) - 1
_ROUNDS = 4


def encode(prefix: str, number: int, key: str) -> str:
    left, right = number >> _HALF, number & _MASK
    for i in range(_ROUNDS):
        left, right = right, left ^ _mix(prefix, i, right, key)
    mixed = left << _HALF | right
    return prefix + "_" + "".join(_ALPHABET[mixed >> shift & 31] for shift in range(55, -1, -5))


def decode(prefix: str, code: str, key: str) -> int | None:
    """The number, or None for what is no code of this prefix."""
    head, _, tail = code.partition("_")
    if head != prefix or len(tail) != 12 or set(tail) - set(_ALPHABET):
        return None
    mixed = functools.reduce(lambda n, letter: n << 5 | _ALPHABET.index(letter), tail, 0)
    left, right = mixed >> _HALF, mixed & _MASK
    for i in reversed(range(_ROUNDS)):
        left, right = right ^ _mix(prefix, i, left, key), left
    return left << _HALF | right


@functools.lru_cache(65536)
def _mix(prefix: str, turn: int, half: int, key: str) -> int:
    digest = hashlib.blake2b(f"{prefix}:{turn}:{half}".encode(), key=key.encode()[:64], digest_size=4).digest()
    return int.from_bytes(digest) & _MASK
