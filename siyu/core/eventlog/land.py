"""The cheap road in: a batch of behaviour is compressed and committed as one row before anyone is answered."""

from datetime import datetime

import zstandard
from django.conf import settings

from siyu.core.eventlog.models import Batch


def land(body: bytes, *, count: int, source: str, dialect: str, received_at: datetime, imported: bool = False) -> Batch:
    """Keep the batch; when this returns it is durable. What it says is read by the drain, not here."""
    return Batch.objects.using(settings.LANDING).create(
        source=source,
        dialect=dialect,
        received_at=received_at,
        imported=imported,
        count=count,
        body=zstandard.compress(body, 1),
    )


def unpack(batch: Batch) -> bytes:
    return zstandard.decompress(bytes(batch.body))
