"""Identity numbers: what a (namespace, value) is called inside."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Claim
from siyu.core.people import tombstones
from siyu.core.people.models import Identity, Person
from siyu.events.people import PersonAppeared
from siyu.kit.rows import insert

CHUNK = 5_000
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
            appear(new, source, imported)
        known |= look_up(new)
    return known


def look_up(claims: Iterable[Claim]) -> dict[Claim, int]:
    values: dict[str, list[str]] = {}
    for namespace, value in claims:
        values.setdefault(namespace, []).append(value)
    return {
        (namespace, value): pk
        for namespace, wanted in values.items()
        for pk, value in Identity.objects.filter(namespace=namespace, value__in=wanted).values_list("pk", "value")
    }


def forgotten(numbers: Iterable[int]) -> set[int]:
    """Of these those that name nobody any more: a step of the drain may have begun before they were erased."""
    wanted, found = sorted(set(numbers)), set()
    for start in range(0, len(wanted), CHUNK):
        some = Identity.objects.filter(pk__in=wanted[start : start + CHUNK], namespace=ERASED)
        found |= set(some.values_list("pk", flat=True))
    return found


def appear(new: dict[Claim, datetime], source: str, imported: bool) -> None:
    rows = [(namespace, value, source, at) for (namespace, value), at in sorted(new.items())]
    insert(Identity, ("namespace", "value", "source", "seen_at"), rows, ignore=True)
    nobody = Identity.objects.filter(person=None).exclude(namespace=ERASED)
    fresh = list(nobody.values_list("pk", "seen_at", "namespace"))
    insert(Person, ("id", "since", "name"), [(pk, at, "") for pk, at, _ in fresh], ignore=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_identity SET person_id = id WHERE person_id IS NULL AND namespace <> %s", [ERASED]
        )
    announce(
        *(PersonAppeared(at=at, identity=pk, namespace=namespace, source=source) for pk, at, namespace in fresh),
        source=source,
        imported=imported,
    )
