"""A message's sign: what an address in it carries, so that whoever comes by it is known to have had that message.

It names a message and a person by number and is one enciphered block, of which the other half is nothing: 64 bits that
nobody guesses. 22 letters, which nobody can make and from which nobody reads how many messages there are, let alone a
phone.
"""

import base64
import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from django.conf import settings

BLOCK, PADDED = 16, 18
"""Bytes; those that are padded become 24 letters, of which the last two are the same for all."""
LENGTH = 22
MOST = 2**32


class Sign(NamedTuple):
    message: int
    person: int


def token(message: int, person: int) -> str:
    return tokens([message], [person])[0]


def tokens(messages: Sequence[int], people: Sequence[int]) -> list[str]:
    """One for each, in their order."""
    numbers = np.zeros((len(messages), 4), dtype=">u4")
    for column, values in enumerate((messages, people)):
        told = np.asarray(values, dtype=np.int64)
        if len(told) and not 0 <= told.min() <= told.max() < MOST:
            raise OverflowError("a sign has no room for that number")
        numbers[:, column] = told
    hidden = cipher(settings.SECRET_KEY).encryptor().update(numbers.tobytes())
    padded = np.zeros((len(messages), PADDED), dtype=np.uint8)
    padded[:, :BLOCK] = np.frombuffer(hidden, dtype=np.uint8).reshape(-1, BLOCK)
    letters = base64.urlsafe_b64encode(padded.tobytes()).decode()
    return [letters[at : at + LENGTH] for at in range(0, len(letters), 24)]


def read(text: str) -> Sign | None:
    """Nothing for what this house did not sign."""
    if len(text) != LENGTH or not text.isascii():
        return None
    try:
        raw = base64.b64decode(f"{text}AA", altchars=b"-_", validate=True)
    except ValueError:
        return None
    plain = cipher(settings.SECRET_KEY).decryptor().update(raw[:BLOCK])
    if raw[BLOCK:] != b"\0\0" or not hmac.compare_digest(plain[8:], bytes(8)):
        return None
    return Sign(int.from_bytes(plain[:4]), int.from_bytes(plain[4:8]))


@lru_cache(4)
def cipher(secret: str) -> Cipher[ECB]:
    """One block at a time is all that a sign is: each is another number's."""
    return Cipher(AES(hmac.digest(secret.encode(), b"outreach sign", "sha256")), ECB())  # noqa: S305
