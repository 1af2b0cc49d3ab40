"""A small tree, and people who touch it: Alice comes by Xiaohongshu, Bob by paid search, Carol by nobody knows what."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Claim
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Source
from siyu.core.people.models import Identity
from siyu.core.people.numbers import number
from siyu.events import Item
from siyu.events.commerce import OrderPlaced
from siyu.features.traffic import tree as growing
from siyu.features.traffic.touchpoints import open_touchpoints

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def later(days: float) -> datetime:
    return NOON + timedelta(days=days)


@pytest.fixture
def source() -> None:
    Source.objects.create(name="site", protocol="segment", key="k", namespace="member", made_at=NOON)


@pytest.fixture
def tree() -> None:
    """Two platforms with a channel each: one in the public, one in the commercial domain."""
    for code, name, domain in (("red", "Xiaohongshu", "public"), ("search", "Search ads", "commercial")):
        growing.open_platform(code=code, name=name, domain=domain, at=NOON)
        growing.open_channel(code=code, name=name, platform=code, by="alice", at=NOON)


def sees(who: str, at: datetime, name: str = "Page Viewed", **said) -> None:
    """A message of the site's, in the words of Segment."""
    message = {"type": "track", "event": name, "messageId": f"{who} {name} {at}", "userId": who,
        "timestamp": at.isoformat()} | said  # fmt: skip
    land(json.dumps(message).encode(), count=1, source="site", dialect="segment", received_at=at)


def campaign(source: str, medium: str = "", name: str = "") -> dict:
    return {"context": {"campaign": {"source": source, "medium": medium, "name": name}}}


def buys(who: str, order: int, at: datetime, amount: int = 1000) -> None:
    with transaction.atomic():
        claim: Claim = ("member", who)
        identity = number({claim: at}, source="site")[claim]
        item = Item(product=1, quantity=1, amount=amount)
        announce(OrderPlaced(at=at, identity=identity, order=order, currency="CNY", amount=amount, discount=0,
            items=[item], source="shop"))  # fmt: skip


def number_of(who: str, namespace: str = "member") -> int:
    return Identity.objects.get(namespace=namespace, value=who).pk


def touches(columns: str = "kind, channel", *, where: str = "true", drained: bool = True, as_of=None) -> list[tuple]:
    if drained:
        drain_all()
    with open_touchpoints(as_of) as db:
        return db.execute(f"SELECT {columns} FROM touchpoints WHERE {where} ORDER BY happened_at, kind").fetchall()
