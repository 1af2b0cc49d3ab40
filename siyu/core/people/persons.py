"""A person's row says what follows from its identities: since when it is known, and its name."""

from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import Min

from siyu.core.people.models import Identity, Person, Trait
from siyu.kit.rows import insert

CHUNK = 3_000


def persons_of(identities: Iterable[int]) -> set[int]:
    return set(Identity.objects.filter(pk__in=identities).exclude(person=None).values_list("person_id", flat=True))


def refresh(persons: Iterable[int]) -> None:
    """Known since its first identity; called by the newest trait `name` of any of them."""
    for some in batched(sorted(persons), CHUNK):
        known = Trait.objects.filter(name="name", identity__person__in=some).order_by("at", "pk")
        names: dict[int, Any] = dict(known.values_list("identity__person", "value"))
        first = Identity.objects.filter(person__in=some).values_list("person").annotate(Min("seen_at"))
        moment = connection.ops.adapt_datetimefield_value
        rows = [(moment(since), str(names.get(pk) or "")[:200], pk) for pk, since in sorted(first)]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE people_person SET since = %s, name = %s WHERE id = %s", rows)


def move(identities: dict[int, int], at: datetime) -> None:
    """{identity: person}: they are these persons from now on; a person that nobody is any more is no row."""
    left = {person for some in batched(sorted(identities), CHUNK) for person in persons_of(some)}
    insert(Person, ("id", "since", "name"), [(pk, at, "") for pk in sorted(set(identities.values()))], ignore=True)
    with connection.cursor() as cursor:
        rows = sorted((person, pk) for pk, person in identities.items())
        cursor.executemany("UPDATE people_identity SET person_id = %s WHERE id = %s", rows)
    gone = left - {p for some in batched(sorted(left), CHUNK) for p in held(some)}
    for some in batched(sorted(gone), CHUNK):
        Person.objects.filter(pk__in=some)._raw_delete("default")
    refresh((left - gone) | set(identities.values()))


def held(some: Iterable[int]) -> Iterable[int]:
    return Identity.objects.filter(person__in=some).values_list("person_id", flat=True).distinct()
