"""What is learnt of people: traits. What operators and rules stick on them stands in `tags.py`."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Claim
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Identity, Trait
from siyu.core.people.numbers import number
from siyu.core.people.tags import make_tag, rename_tag, retire_tag, tag, untag
from siyu.events.people import PersonDescribed
from siyu.kit.refusals import Refused

__all__ = [
    "Description",
    "describe",
    "describe_many",
    "introduce",
    "make_tag",
    "rename_tag",
    "retire_tag",
    "tag",
    "untag",
]

CHUNK = 3_000
LONGEST = 4_000
SCALARS = (str, int, float, bool, type(None))


class BadTrait(Refused):
    code = "bad_trait"
    status = 422


@dataclass(frozen=True)
class Description:
    """What was learnt of an identity at a moment. `private` says who somebody is: name, phone, address."""

    identity: int
    at: datetime
    traits: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> Iterator[tuple[str, Any, bool]]:
        yield from ((name, value, False) for name, value in self.traits.items() if name not in self.private)
        yield from ((name, value, True) for name, value in self.private.items())


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
    traits: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
) -> tuple[int, list[str]]:
    """Somebody is there, known as `claim`; the number, and the traits that changed. Who is known stays who it is."""
    identity = number({claim: at}, source=source, imported=False)[claim]
    return identity, describe(identity=identity, traits=traits or {}, private=private, source=source, at=at)


@transaction.atomic
def describe_many(rows: Iterable[Description], *, source: str, imported: bool = False) -> set[tuple[int, str]]:
    """Learn traits of many; the (identity, name) that changed, which alone are announced.

    The newest `at` wins whatever the order of arrival; what is not newer changes nothing. The same value at a newer
    time is a change too: what is known is fresher.
    """
    learnt = newest(rows)
    changed: set[tuple[int, str]] = set()
    for chunk in batched(sorted(learnt), CHUNK):
        changed |= keep({key: learnt[key] for key in chunk}, source)
    announce(*described({key: learnt[key] for key in sorted(changed)}, source), source=source, imported=imported)
    call_by_name({identity for identity, name in changed if name == "name"})
    return changed


Learnt = dict[tuple[int, str], tuple[datetime, Any, bool]]
"""{(identity, trait): (at, value, private)}"""


def newest(rows: Iterable[Description]) -> Learnt:
    """One value a trait, so that one statement can take them all."""
    learnt: Learnt = {}
    for row in rows:
        for name, value, private in row.facts():
            check(name, value)
            known = learnt.get((row.identity, name))
            if known is None or row.at > known[0]:
                learnt[row.identity, name] = (row.at, value, private)
    return learnt


def check(name: str, value: Any) -> None:
    """A trait's value is a scalar or a list of them: what every engine that reads the lake can compare."""
    if not 0 < len(name) <= 100 or any(letter in '"\\' or letter < " " for letter in name):
        raise BadTrait(f"{name[:100]!r} is no name for a trait: 1 to 100 characters without quotes or backslashes")
    values = value if isinstance(value, list | tuple) else [value]
    if len(values) > 100 or not all(isinstance(one, SCALARS) and fits(one) for one in values):
        raise BadTrait(f"the value of {name} is not text, a number, true, false, null, or a short list of them")


def fits(value: Any) -> bool:
    match value:
        case str():
            return len(value) <= LONGEST and "\0" not in value
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return math.isfinite(value)
    return True


def keep(learnt: Learnt, source: str) -> set[tuple[int, str]]:
    """Write what is newer than what is known, in one statement; what was written.

    The condition stands in the statement, so that two writers at once agree on the newest.
    """
    moment, json = connection.ops.adapt_datetimefield_value, connection.ops.adapt_json_value
    values = [
        part
        for (identity, name), (at, value, private) in learnt.items()
        for part in (identity, name, json(value, None), source, moment(at), private)
    ]
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(learnt))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO people_trait (identity_id, name, value, source, at, private) VALUES {marks}
            ON CONFLICT (identity_id, name) DO UPDATE SET value = excluded.value, source = excluded.source,
                at = excluded.at, private = excluded.private
            WHERE excluded.at > people_trait.at RETURNING identity_id, name""",
            values,
        )
        return {(identity, name) for identity, name in cursor.fetchall()}


def described(learnt: Learnt, source: str) -> Iterator[PersonDescribed]:
    """One event an identity and moment."""
    parts: dict[tuple[int, datetime], tuple[dict[str, Any], dict[str, Any]]] = {}
    for (identity, name), (at, value, private) in learnt.items():
        parts.setdefault((identity, at), ({}, {}))[private][name] = value
    for (identity, at), (traits, private_traits) in parts.items():
        yield PersonDescribed(at=at, identity=identity, traits=traits, private=private_traits, source=source)


def call_by_name(identities: set[int]) -> None:
    """A person is called by the newest trait `name` of any of its identities."""
    for some in batched(sorted(identities), CHUNK):
        people = Identity.objects.filter(pk__in=some).values("person")
        known = Trait.objects.filter(name="name", identity__person__in=people).order_by("at", "pk")
        names: dict[int, Any] = dict(known.values_list("identity__person", "value"))
        with connection.cursor() as cursor:
            rows = [(str(value or "")[:200], person) for person, value in sorted(names.items())]
            cursor.executemany("UPDATE people_person SET name = %s WHERE id = %s", rows)
