"""What is left of an erased identity: a keyed hash and a time, enough to know the value again and for nothing else."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from itertools import batched

from django.conf import settings
from django.db.models import Max

from siyu.core.eventlog.directory import Claim
from siyu.core.people.models import Tombstone

CHUNK = 5_000


def digest(claim: Claim) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), "\0".join(claim).encode(), sha256)


def bury(claims: Iterable[Claim], at: datetime) -> None:
    """From now on what happened until `at` is nobody's; an erasure after a new registration moves the time."""
    Tombstone.objects.bulk_create(
        [Tombstone(digest=digest(claim), erased_at=at) for claim in claims],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["erased_at"],
    )


def erased(claims: Iterable[Claim]) -> dict[Claim, datetime]:
    """Of these claims those that were erased, and when."""
    if not Tombstone.objects.exists():  # most houses have none: no hash is worth making
        return {}
    found: dict[Claim, datetime] = {}
    for some in batched(dict.fromkeys(claims), CHUNK):
        digests = {digest(claim): claim for claim in some}
        rows = Tombstone.objects.filter(digest__in=digests).values_list("digest", "erased_at")
        found |= {digests[bytes(known)]: at for known, at in rows}
    return found


def edition() -> tuple[int | None, datetime | None]:
    """Changes with every burial."""
    newest = Tombstone.objects.aggregate(last=Max("pk"), at=Max("erased_at"))
    return newest["last"], newest["at"]
