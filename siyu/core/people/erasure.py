"""A person's wish to be forgotten, from the wish to the receipt.

The wish, the tombstones and the tables of people are one transaction: from then on nobody has that number. Whatever
else holds something answers one after another, each once; a process that dies leaves a list of who has answered, and
the worker goes on with it. The values that have to be looked for are kept until then and not a moment longer.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.forgetting import naming
from siyu.core.eventlog.held.landing import empty
from siyu.core.eventlog.locks import only_one
from siyu.core.eventlog.models import Entry
from siyu.core.people import tombstones
from siyu.core.people.codes import NoSuchPerson, code
from siyu.core.people.holdings import Answer, Holding, Somebody, all_holdings
from siyu.core.people.models import Erasure, Identity, Person, Tombstone, Trait
from siyu.core.people.traits import PRIVATE, REACHED, called
from siyu.events.people import PersonErased
from siyu.kit import codes
from siyu.kit.refusals import Refused

FIRST, LAST = "people", "database"
"""Holdings with a place of their own: the first is asked with the wish, the last when the values are forgotten."""
NOT_TELLING = {"birthday"}
BACKUPS = "siyu makes no backups. Copies that were made outside hold the person until they are deleted."


class NoSuchErasure(Refused):
    code = "no_such_erasure"
    status = 404


def somebody(person: int) -> Somebody:
    """Everything that the person behind this number is known by."""
    numbers = tuple(Identity.objects.filter(person__identities=person).order_by("pk").values_list("pk", flat=True))
    if not numbers:
        raise NoSuchPerson("nobody has that code")
    return behind(numbers)


def behind(numbers: tuple[int, ...]) -> Somebody:
    """The same for identities that somebody else has chosen."""
    return Somebody(numbers, naming(values(numbers)))


def values(numbers: tuple[int, ...]) -> Iterator[Any]:
    """What names them: now, and what named them before."""
    yield from Identity.objects.filter(pk__in=numbers).values_list("value", flat=True)
    yield from Person.objects.filter(identities__in=numbers).values_list("name", flat=True)
    for name, value in Trait.objects.filter(identity__in=numbers, private=True).values_list("name", "value"):
        yield from texts(name, value)
    for (body,) in Entry.objects.filter(identity__in=numbers).values_list("body"):
        personal = msgspec.json.decode(body).get("personal") or {}
        yield from texts("", personal)


def texts(name: str, value: Any) -> Iterator[str]:
    """The values, at any depth, of names that say who somebody is."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(name if called(name).partition(".")[0] in PRIVATE else key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(name, inner)
    elif value is not None and called(name).partition(".")[0] in (PRIVATE | REACHED).keys() - NOT_TELLING:
        yield str(value)


def preview(person: int) -> dict[str, dict[str, int]]:
    """What every holding has of them."""
    who = somebody(person)
    return {holding.name: holding.count(who) for holding in all_holdings()}


@transaction.atomic
def request(*, person: int, reason: str = "", by: str, at: datetime, only: tuple[int, ...] | None = None) -> Erasure:
    """They wish to be forgotten, and nobody has that number from now on; `carry_out` does the rest.

    `only`: these identities of the person, and no others.
    """
    locked = Person.objects.select_for_update(no_key=True).filter(identities=person).first()
    if locked is None:
        raise NoSuchPerson("nobody has that code")
    who = somebody(person) if only is None else behind(only)
    wish = " ".join("…" if who.named_in(word) else word for word in reason.split())[:200]
    kept = {"identities": who.identities, "values": who.values}
    erasure = Erasure.objects.create(person=locked.pk, requested_at=at, by=by, reason=wish, subject=kept)
    tombstones.bury(Identity.objects.filter(pk__in=who.identities).values_list("namespace", "value"), at)
    answer(erasure, first())
    announce(*(PersonErased(at=at, identity=number, erasure=erasure.pk) for number in who.identities))
    return erasure


def carry_out(erasure: Erasure, *, at: datetime) -> Erasure:
    """Ask everybody who has not answered, and close. Killed in the middle, it goes on where it was; outside any
    transaction, because files cannot be rolled back."""
    with only_one("erasure", wait=True):
        erasure.refresh_from_db()
        if erasure.finished_at:
            return erasure
        drain_all()  # what landed before the wish still knew the number; the lake forgets it below
        again(erasure)
        for holding in all_holdings():
            if holding.name == LAST:
                forget(erasure)
            if holding.name not in erasure.receipt:
                answer(erasure, holding)
        erasure.finished_at = max(at, erasure.requested_at)
        erasure.save(update_fields=["finished_at"])
    return erasure


def again(erasure: Erasure) -> None:
    """What a step of the drain that began before the wish may have hung on the numbers since."""
    if erasure.subject:
        first().erase(subject(erasure))


def first() -> Holding:
    return next(holding for holding in all_holdings() if holding.name == FIRST)


def answer(erasure: Erasure, holding: Holding) -> None:
    erasure.receipt = {**erasure.receipt, holding.name: said(holding.erase(subject(erasure)))}
    erasure.save(update_fields=["receipt"])


def subject(erasure: Erasure) -> Somebody:
    kept = erasure.subject
    return Somebody(tuple(kept.get("identities", ())), tuple(kept.get("values", ())), erasure.requested_at)


def said(one: Answer) -> dict[str, Any]:
    kept = {"kept": one.kept, "law": one.law} if one.kept else {}
    return {"erased": one.erased, **kept}


def forget(erasure: Erasure) -> None:
    erasure.subject = {}
    erasure.save(update_fields=["subject"])


def carry_on(at: datetime) -> int:
    """The worker's chore: finish what was begun, and empty what landed of erased people since."""
    waiting = list(Erasure.objects.filter(finished_at=None).order_by("pk"))
    for erasure in waiting:
        carry_out(erasure, at=at)
    if Tombstone.objects.exists():  # what came of erased people since has been read: no copy of it stays
        empty()
    return len(waiting)


def code_of(erasure: Erasure) -> str:
    return codes.encode("era", erasure.pk, settings.SECRET_KEY)


def found(text: str) -> Erasure:
    number = codes.decode("era", text, settings.SECRET_KEY)
    erasure = Erasure.objects.filter(pk=number).first() if number is not None else None
    if erasure is None:
        raise NoSuchErasure(f"{text[:40]!r} is no code of an erasure: those begin with era_")
    return erasure


def receipt(erasure: Erasure) -> dict[str, Any]:
    """What was done, by whom asked and when; it names nobody."""
    return {
        "code": code_of(erasure),
        "person": code(erasure.person),
        "requested_at": erasure.requested_at,
        "requested_by": erasure.by,
        "reason": erasure.reason,
        "finished_at": erasure.finished_at,
        "holdings": erasure.receipt,
        "backups": BACKUPS,
    }
