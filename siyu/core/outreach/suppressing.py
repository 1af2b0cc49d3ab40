"""Addresses that nothing is sent to, whatever it is: it bounced for good, somebody complained, an operator said so.

What is kept of an address is a keyed hash, so that the list outlives whoever is erased and names nobody.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach.models import Suppression
from siyu.core.people import namespaces
from siyu.core.people.models import Identity
from siyu.core.people.tombstones import digest
from siyu.events.outreach import AddressFreed, AddressSuppressed
from siyu.kit.refusals import Refused

BY = ("phone", "email")
CHUNK = 5_000


class NoSuchAddress(Refused):
    code = "no_such_address"
    status = 422


class NotSuppressed(Refused):
    code = "not_suppressed"
    status = 404


@transaction.atomic
def suppress(*, namespace: str, value: str, reason: str, by: str, at: datetime) -> Suppression:
    """From now on nothing is sent there. Twice is once; the first reason stands."""
    claim = claimed(namespace, value)
    suppress_many({claim: at}, reason=reason, by=by)
    return Suppression.objects.get(namespace=namespace, digest=digest(claim))


@transaction.atomic
def suppress_many(claims: Mapping[tuple[str, str], datetime], *, reason: str, by: str) -> None:
    """Of addresses as they are kept, each from its moment on."""
    if not claims:
        return
    one_at_a_time("suppressions")
    there = suppressed(list(claims))
    known = Identity.objects.filter(namespace__in=BY, value__in={value for _, value in claims}, person__isnull=False)
    owners = {(namespace, value): pk for pk, namespace, value in known.values_list("pk", "namespace", "value")}
    last = last_identity()
    new = [
        Suppression(
            namespace=claim[0], digest=digest(claim), identity=owners.get(claim), matched=last, reason=reason[:20],
            at=at, by=by[:150],
        )
        for claim, at in sorted(claims.items())
        if claim not in there
    ]  # fmt: skip
    Suppression.objects.bulk_create(new)
    announce(
        *(
            AddressSuppressed(at=one.at, identity=one.identity, namespace=one.namespace, reason=one.reason, by=by)
            for one in new
        )
    )


@transaction.atomic
def free(*, number: int, by: str, at: datetime) -> None:
    """Messages may go there again."""
    found = Suppression.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise NotSuppressed("that address is not suppressed")
    found.delete()
    announce(AddressFreed(at=at, identity=found.identity, namespace=found.namespace, by=by))


def is_suppressed(namespace: str, value: str) -> bool:
    said = namespaces.normal(namespace, value)
    return (
        said is not None and Suppression.objects.filter(namespace=namespace, digest=digest((namespace, said))).exists()
    )


def suppressed(claims: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these addresses, as they are kept."""
    hashed = {digest(claim): claim for claim in claims}
    rows = Suppression.objects.filter(digest__in=list(hashed)).values_list("namespace", "digest")
    return {hashed[bytes(one)] for namespace, one in rows if hashed[bytes(one)][0] == namespace}


def bind(spaces: tuple[str, ...]) -> int:
    """Suppressions of addresses that nobody had: whoever came with one since has it. How many were found."""
    waiting = Suppression.objects.filter(namespace__in=spaces, identity=None)
    since = waiting.aggregate(Min("matched"))["matched__min"]
    if since is None or (last := last_identity()) <= since:
        return 0
    wanted = {(one.namespace, bytes(one.digest)): one.pk for one in waiting}
    came = Identity.objects.filter(namespace__in=spaces, pk__gt=since, pk__lte=last, person__isnull=False)
    found = {
        wanted[key]: number
        for number, namespace, value in came.values_list("pk", "namespace", "value").iterator(CHUNK)
        if (key := (namespace, digest((namespace, value)))) in wanted
    }
    with transaction.atomic():
        for pk, number in sorted(found.items()):
            Suppression.objects.filter(pk=pk).update(identity=number)
        waiting.filter(matched__lt=last).update(matched=last)
    return len(found)


def last_identity() -> int:
    return Identity.objects.aggregate(Max("pk"))["pk__max"] or 0


def claimed(namespace: str, value: str) -> tuple[str, str]:
    if namespace not in BY:
        raise NoSuchAddress(f"an address is one of {', '.join(BY)}")
    return namespaces.claimed(namespace, value)
