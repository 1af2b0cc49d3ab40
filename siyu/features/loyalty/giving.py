"""What is given for something that happened, as an operator wrote it: [{"kind": "badge", "terms": {"badge": 3}}]."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from siyu.features.loyalty import benefits
from siyu.features.loyalty.benefits import KINDS
from siyu.kit.refusals import Refused

Gives = Sequence[dict[str, Any]]
MOST = 10


class BadGift(Refused):
    code = "bad_gift"
    status = 422


def checked(raw: Any) -> list[dict[str, Any]]:
    """The same, where it could be given."""
    if not isinstance(raw, list) or len(raw) > MOST:
        raise BadGift(f"what is given is a list of at most {MOST} things")
    for one in raw:
        if not isinstance(one, dict) or set(one) != {"kind", "terms"} or not isinstance(one["terms"], dict):
            raise BadGift('each thing given is {"kind": …, "terms": {…}}')
        if one["kind"] not in KINDS:
            raise BadGift(f"nothing of the kind {str(one['kind'])[:50]!r} can be given")
        KINDS[one["kind"]].check(one["terms"])
    return raw


def in_words(gives: Gives) -> list[str]:
    """What a member reads; a kind that is no longer there says its name."""
    return [KINDS[one["kind"]].words(one["terms"]) if one["kind"] in KINDS else one["kind"] for one in gives]


def give(gives: Gives, *, identity: int, key: str, because: str, at: datetime) -> None:
    """All of it, once for a key."""
    for n, one in enumerate(gives):
        benefits.give(**one, identity=identity, key=f"{key}:{n}", because=because, at=at)


def take_back(gives: Gives, *, key: str, at: datetime) -> None:
    """What was given under that key and is still there."""
    for n, _ in enumerate(gives):
        benefits.revoke(key=f"{key}:{n}", at=at)
