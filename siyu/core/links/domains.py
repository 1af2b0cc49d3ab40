"""Where the world finds links: hosts of this house, one of them preferred and others spare."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http.request import split_domain_port, validate_host

from siyu.core.links.models import Domain
from siyu.kit.refusals import Refused


class BadDomain(Refused):
    code = "bad_domain"
    status = 422


class NoSuchDomain(Refused):
    code = "no_such_domain"
    status = 404


@transaction.atomic
def add(*, host: str, by: str, at: datetime, note: str = "") -> Domain:
    """A spare domain, until it is preferred. One that was retired comes back."""
    host = host.strip().lower().rstrip(".")
    if not answers_to(host):
        raise BadDomain(f"this house does not answer to {host[:60]!r}: name it in SIYU_HOSTS and start anew")
    if Domain.objects.filter(host=host, retired_at=None).exists():
        raise BadDomain(f"{host} is a domain of links already")
    first = not Domain.objects.filter(retired_at=None).exists()
    fields = {"note": note.strip()[:200], "by": by, "added_at": at, "retired_at": None, "quiet_at": None}
    fields |= {"preferred_at": at if first else None}
    return Domain.objects.update_or_create(host=host, defaults=fields)[0]


def prefer(*, domain: int, at: datetime) -> None:
    """Links are shown with it from now on. Those that are out in the world work as before, on whatever domain."""
    if not Domain.objects.filter(pk=domain, retired_at=None).update(preferred_at=at):
        raise NoSuchDomain("there is no such domain, or it is retired")


def retire(*, domain: int, at: datetime) -> None:
    """It is shown and watched no more. As long as it leads here, links on it work."""
    if not Domain.objects.filter(pk=domain, retired_at=None).update(retired_at=at):
        raise NoSuchDomain("there is no such domain, or it is retired")


def heed(*, domain: int, until: datetime) -> None:
    """An operator knows; the alarm is silent until then."""
    if not Domain.objects.filter(pk=domain).update(heeded_at=until, quiet_at=None):
        raise NoSuchDomain("there is no such domain")


def standing() -> Sequence[Domain]:
    """The preferred one first."""
    return list(Domain.objects.filter(retired_at=None).order_by(F("preferred_at").desc(nulls_last=True), "pk"))


def house() -> str:
    """How links begin: `https://host`, of the preferred domain, else of the house's address."""
    first = standing()
    own = settings.SIYU.address.rstrip("/")
    return f"{urlsplit(own).scheme}://{first[0].host}" if first else own


def hosts() -> frozenset[str]:
    """All hosts of links: no link leads to one of them."""
    own = urlsplit(settings.SIYU.address).hostname or ""
    return frozenset({own, *Domain.objects.values_list("host", flat=True)})


@lru_cache(1024)
def answers_to(host: str) -> bool:
    """Whether the house goes by that name. What a stranger writes into `Host` is nobody's."""
    name, _ = split_domain_port(host)
    return bool(name) and validate_host(name, settings.ALLOWED_HOSTS)
