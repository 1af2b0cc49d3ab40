"""JSON that strangers wrote: read whatever numbers stand in it."""

import json
import math
import re
from typing import Any

import msgspec

NO_NUMBER = re.compile(r"(?i)(?<=[:\[,])\s*-?(nan|inf(inity)?)\b")


def read_json(text: str) -> Any:
    """As usual; a number that is larger than machines have them stays the text that it is, one that is none is null."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError):
        return json.loads(NO_NUMBER.sub("null", text), parse_int=whole, parse_float=broken)


def whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits


def broken(digits: str) -> float | str:
    return float(digits) if math.isfinite(float(digits)) else digits
