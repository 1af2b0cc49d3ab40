"""`Siyu-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 of "SECONDS.BODY": nobody else wrote it, and not yesterday."""

import hashlib
import hmac
from datetime import datetime

from siyu.kit.refusals import Refused

HEADER = "Siyu-Signature"
FRESH = 300
"""Seconds for which a signature holds."""


class Forged(Refused):
    code = "forged"
    status = 401


def signature(secret: str, body: bytes, at: datetime) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={digest(secret, moment, body)}"


def digest(secret: str, moment: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def genuine(secret: str, said: str, body: bytes, at: datetime) -> None:
    parts = dict(part.partition("=")[::2] for part in said.split(","))
    moment, seal = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        raise Forged("the signature says no time")
    if not hmac.compare_digest(seal.encode(), digest(secret, int(moment), body).encode()):
        raise Forged("the signature is not ours")
    if abs(at.timestamp() - int(moment)) > FRESH:
        raise Forged("the signature is of another time")
