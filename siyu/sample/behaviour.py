"""Made-up behaviour around the sample's real baskets: something for sources, identities and the tracking plan to show.

It is labelled as synthetic, is the same every time, and adds no person: everybody in it signs in as a household.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from siyu.core.eventlog import sources
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Sighting, Source

SOURCE = "sample-app (synthetic)"
BATCH = 500
SHARED = 40
"""Of so many households one is signed in on a neighbour's device too: what the review queue is for."""

LINES = f"""
    SELECT household_id, product_id, transaction_timestamp, hash(household_id) AS who
    FROM '{Path(__file__).parent}/orders.parquet'
    WHERE household_id % 5 = 0 AND hash(basket_id, product_id) % 4 = 0
        AND transaction_timestamp >= TIMESTAMP '2017-06-01'
    ORDER BY ALL"""


def land_behaviour(namespace: str, at: datetime) -> int:
    """Land a month of visits as imported history, under a source of its own; how many messages, none the second time.

    `namespace` is what a household's number is called, so that a visitor who signs in is a buyer.
    """
    if Sighting.objects.filter(source=SOURCE).exists():
        return 0
    if not Source.objects.filter(name=SOURCE).exists():
        sources.create(name=SOURCE, protocol="segment", namespace=namespace, at=at)
    lines = [msgspec.json.encode(message) for message in messages()] + [b'{"type":"track","messageId":"nameless"}']
    for some in batched(lines, BATCH):
        land(b"\n".join(some), count=len(some), source=SOURCE, dialect="segment", received_at=at, imported=True)
    return len(lines)


def messages() -> Iterator[dict[str, Any]]:
    """A visit before a basket: sign in, look at some of what was then bought, put it into the cart."""
    signed_in: set[str] = set()
    for household, product, bought_at, who in duckdb.execute(LINES).fetchall():
        device = device_of(household if who % SHARED else household - 5)
        visit = {"userId": str(household), "anonymousId": device, "context": context(who)}
        seen_at = bought_at.replace(tzinfo=UTC) - timedelta(minutes=30 + who % 600)
        if device not in signed_in:
            signed_in.add(device)
            yield visit | said("identify", household, product, seen_at) | {"traits": {"app_language": "en"}}
        yield visit | said("track", household, product, seen_at, "Product Viewed")
        if product % 3 == 0:
            yield visit | said("track", household, product, seen_at + timedelta(minutes=1), "Product Added")


def device_of(household: int) -> str:
    return "web-" + hashlib.sha256(f"sample {household}".encode()).hexdigest()[:16]


def context(who: int) -> dict[str, Any]:
    campaign = ("weekly-offers", "recipes", "app-push")[who % 3]
    return {"library": {"name": "synthetic"}, "campaign": {"name": campaign}, "page": {"path": "/shelf"}}


def said(kind: str, household: int, product: int, at: datetime, event: str = "") -> dict[str, Any]:
    key = f"{kind} {event} {household} {product} {at.isoformat()}"
    message = {"type": kind, "messageId": hashlib.sha256(key.encode()).hexdigest()[:24], "timestamp": at.isoformat()}
    return message | ({"event": event, "properties": {"product_id": str(product), "quantity": 1}} if event else {})
