"""Sources: the apps, sites and mini-programs that behaviour comes from, and the keys that stand in their SDKs."""

import secrets
import time
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.db import IntegrityError, transaction

from siyu.core.eventlog.models import Source
from siyu.kit.refusals import Refused

PROTOCOLS = ("segment", "sensors")
FRESH = 3.0
"""Seconds that a process believes what it knows of a key: a closed source is shut everywhere after these."""
MOST_KNOWN = 10_000


class BadSource(Refused):
    code = "bad_source"
    status = 422


class SourceExists(Refused):
    code = "source_exists"
    status = 409


class UnknownSource(Refused):
    code = "unknown_source"
    status = 404


def create(*, name: str, protocol: str, at: datetime, namespace: str = "") -> Source:
    """Open a source; `namespace` is what kind of number its user ids are, its own kind where nothing is said."""
    name, namespace = name.strip(), namespace.strip()
    if not 0 < len(name) <= 50 or not name.isprintable():
        raise BadSource("a source has a name of 1 to 50 printable characters")
    if protocol not in PROTOCOLS:
        raise BadSource(f"a source speaks {' or '.join(PROTOCOLS)}, not {protocol[:30]!r}")
    if len(namespace) > 50 or not namespace.isprintable():
        raise BadSource("a namespace has at most 50 printable characters")
    try:
        with transaction.atomic():
            return Source.objects.create(
                name=name, protocol=protocol, namespace=namespace or name, key=secrets.token_hex(16), made_at=at
            )
    except IntegrityError:
        raise SourceExists(f"there is a source {name} already") from None


def close(*, source: Source, at: datetime) -> Source:
    """Its key opens nothing from now on; what it has sent stays."""
    source.closed_at = source.closed_at or at
    source.save(update_fields=["closed_at"])
    return source


def named(name: str) -> Source:
    found = Source.objects.filter(name=name).first()
    if found is None:
        raise UnknownSource(f"there is no source {name[:50]!r}; `siyu source list` shows them")
    return found


class Known(NamedTuple):
    """What the door needs to know of a source."""

    name: str
    protocol: str


_known: dict[str, tuple[float, Known | None]] = {}


def open_by_key(key: str) -> Known | None:
    """The open source with this key, as of a few seconds ago: asked for each batch, so a process remembers it."""
    now = time.monotonic()
    until, known = _known.get(key, (0.0, None))
    if until < now:
        if known:  # while one asks again, the others go on with what was known
            _known[key] = (now + FRESH, known)
        known = _looked_up(key)
        if len(_known) >= MOST_KNOWN:  # strangers have guessed
            _known.clear()
        _known[key] = (now + FRESH, known)
    return known


def _looked_up(key: str) -> Known | None:
    if not 0 < len(key) <= 64 or not key.isascii() or not key.isprintable():
        return None
    row = Source.objects.filter(key=key, closed_at=None).values_list("name", "protocol").first()
    return row and Known(*row)


def forget_keys() -> None:
    _known.clear()


def address(source: Source, house: str) -> str:
    """Where a Sensors SDK delivers: the whole address is its secret."""
    return f"{house}/sa?{urlencode({'project': source.name, 'token': source.key})}"
