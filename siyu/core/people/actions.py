"""What is learnt of one person. Many at once stand in `learning.py`, what is stuck on people in `tags.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from siyu.core.eventlog.directory import Claim, Match
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.graph.observing import observe
from siyu.core.people.learning import Description, describe_many, learn
from siyu.core.people.models import Identity
from siyu.core.people.numbers import number
from siyu.core.people.tags import make_tag, rename_tag, retire_tag, tag, untag
from siyu.core.people.traits import BadTrait
from siyu.kit.refusals import Refused


class WasErased(Refused):
    code = "erased"
    status = 410


__all__ = [
    "BadTrait",
    "Description",
    "describe",
    "describe_many",
    "introduce",
    "learn",
    "make_tag",
    "rename_tag",
    "retire_tag",
    "tag",
    "untag",
]


def describe(
    *,
    identity: int,
    traits: Mapping[str, Any],
    source: str,
    at: datetime,
    private: Mapping[str, Any] | None = None,
    imported: bool = False,
) -> list[str]:
    """Learn traits of one identity; the names of those that changed."""
    if not Identity.objects.filter(pk=identity).exists():
        raise NoSuchPerson("nobody has that code")
    one = Description(identity=identity, at=at, traits=traits, private=private or {})
    return sorted(name for _, name in describe_many([one], source=source, imported=imported))


@transaction.atomic
def introduce(
    *,
    claim: Claim,
    source: str,
    at: datetime,
    also: Sequence[Claim] = (),
    traits: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
) -> tuple[int, list[str]]:
    """Somebody is there, known as `claim`; the number, and the traits that changed. Who is known stays who it is.

    `also`: what else they are known as; evidence that all of it is one person.
    """
    known = number(dict.fromkeys([claim, *also], at), source=source, imported=False)
    if len(known) < len({claim, *also}):
        raise WasErased("who that was is forgotten; what was known then does not come back")
    identity = known[claim]
    observe([Match(identity, known[other], "api", at, source) for other in also])
    return identity, describe(identity=identity, traits=traits or {}, private=private, source=source, at=at)
