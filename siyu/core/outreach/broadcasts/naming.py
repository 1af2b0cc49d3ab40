"""A list that somebody pasted: phones and e-mails, a line each, and what is wrong with the others."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import NamedTuple

from siyu.core.people import namespaces
from siyu.core.people.models import Identity
from siyu.kit.refusals import Refused

LONGEST = 100_000
LOOKED_UP = 2_000


class TooLong(Refused):
    code = "list_too_long"
    status = 422


class Bad(NamedTuple):
    """`reason`: not_understood, unknown (nobody here has it), twice."""

    line: int
    said: str
    reason: str


class Named(NamedTuple):
    people: Sequence[int]
    bad: Sequence[Bad]


def named(lines: Iterable[str]) -> Named:
    """Persons, however a number is spaced; each of them once."""
    asked = [(n, text) for n, line in enumerate(lines, 1) if (text := line.replace("\0", "").strip(" \t\r\n,;，；"))]
    if len(asked) > LONGEST:
        raise TooLong(f"a list has at most {LONGEST:,} lines")
    claims = {n: claim(text) for n, text in asked}
    known = looked_up({one for one in claims.values() if one})
    people: dict[int, int] = {}
    bad: list[Bad] = []
    for n, text in asked:
        one = claims[n]
        person = known.get(one) if one else None
        if one is None or person is None:
            bad.append(Bad(n, text[:60], "unknown" if one else "not_understood"))
        elif people.setdefault(person, n) != n:
            bad.append(Bad(n, text[:60], "twice"))
    return Named(sorted(people), bad)


def claim(text: str) -> tuple[str, str] | None:
    namespace = "email" if "@" in text else "phone"
    value = namespaces.normal(namespace, text[:200])
    return (namespace, value) if value else None


def looked_up(claims: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for namespace in ("phone", "email"):
        values = sorted(value for space, value in claims if space == namespace)
        for some in batched(values, LOOKED_UP):
            rows = Identity.objects.filter(namespace=namespace, value__in=some, person__isnull=False)
            found |= {(namespace, value): person for value, person in rows.values_list("value", "person")}
    return found
