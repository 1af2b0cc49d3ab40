"""Identity numbers: what a (namespace, value) is called inside."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Claim
from siyu.core.people import tombstones
from siyu.core.people.models import Identity
from siyu.events.people import PersonAppeared
from siyu.kit.rows import insert

CHUNK = 5_000
COLUMNS = ("namespace", "value", "source", "seen_at")
ERASED = "erased"
"""The namespace of an identity whose value is gone: its number still holds amounts together, and names nobody."""


def number(claims: dict[Claim, datetime], *, source: str, imported: bool = False) -> dict[Claim, int]:
    """The number of every claim, made where it is new; {claim: first seen} in, {claim: number} out.

    A new identity is a person of its own and is announced. Idempotent; several processes may number at once. Who was
    erased is not in the answer, until it is seen alive after that: then it is somebody new.
    """
    known: dict[Claim, int] = {}
    todo = list(claims)
    for start in range(0, len(todo), CHUNK):
        known |= number_some({claim: claims[claim] for claim in todo[start : start + CHUNK]}, source, imported)
    return known


def number_some(claims: dict[Claim, datetime], source: str, imported: bool) -> dict[Claim, int]:
    known = look_up(claims)
    new = {claim: at for claim, at in claims.items() if claim not in known}
    if buried := tombstones.erased(new):
        new = {claim: at for claim, at in new.items() if claim not in buried or (not imported and at > buried[claim])}
    if new:
        with transaction.atomic():
            known |= appear(new, source, imported)
        known |= look_up(new.keys() - known.keys())
    return known


def look_up(claims: Iterable[Claim]) -> dict[Claim, int]:
    values: dict[str, list[str]] = {}
    for namespace, value in claims:
        values.setdefault(namespace, []).append(value)
    found: dict[Claim, int] = {}
    for namespace, wanted in values.items():
        marks = ", ".join(["%s"] * len(wanted))
        rows = ask(f"SELECT value, id FROM people_identity WHERE namespace = %s AND value IN ({marks})",
            [namespace, *wanted])  # fmt: skip
        found |= {(namespace, value): pk for value, pk in rows}
    return found


def ask(query: str, values: Iterable[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return cursor.fetchall()


def forgotten(numbers: Iterable[int]) -> set[int]:
    """Of these those that name nobody any more: a step of the drain may have begun before they were erased."""
    wanted, found = sorted(set(numbers)), set()
    for start in range(0, len(wanted), CHUNK):
        some = Identity.objects.filter(pk__in=wanted[start : start + CHUNK], namespace=ERASED)
        found |= set(some.values_list("pk", flat=True))
    return found


def appear(new: dict[Claim, datetime], source: str, imported: bool) -> dict[Claim, int]:
    """Make them persons of their own and say so; the numbers of those that no other process made meanwhile."""
    rows = ((namespace, value, source, at) for (namespace, value), at in sorted(new.items()))
    made = insert(Identity, COLUMNS, rows, ignore=True, returning=("id", "namespace", "value"))
    with connection.cursor() as cursor:
        nobody = "person_id IS NULL AND namespace <> %s"
        cursor.execute(
            f"""INSERT INTO people_person (id, since, name) SELECT id, seen_at, '' FROM people_identity WHERE {nobody}
            ON CONFLICT DO NOTHING""",
            [ERASED],
        )
        cursor.execute(f"UPDATE people_identity SET person_id = id WHERE {nobody}", [ERASED])
    said = [(pk, new[namespace, value], namespace) for pk, namespace, value in sorted(made)]
    announce(
        *(PersonAppeared(at=at, identity=pk, namespace=namespace, source=source) for pk, at, namespace in said),
        source=source,
        imported=imported,
    )
    return {(namespace, value): pk for pk, namespace, value in made}
