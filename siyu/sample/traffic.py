"""A small tree of channels for the sample brand, half a year of spend, and visits before first orders.

The households and what they bought are real. Through which channel they came, and what that cost, is made up and says
so: the channels differ on purpose, so that a platform at 125 dollars a buyer and one at 26 are told apart.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.land import land
from siyu.features.traffic import ruling, tree
from siyu.features.traffic.models import Platform
from siyu.features.traffic.spending import Cost, write
from siyu.sample.behaviour import SOURCE, device_of

BY = "sample (synthetic)"
BATCH = 500
FIRSTS = f"""
    SELECT household_id, min(transaction_timestamp) FROM '{Path(__file__).parent}/orders.parquet'
    GROUP BY household_id ORDER BY household_id"""


class Way(NamedTuple):
    """Of a hundred households so many came by it, at so much each."""

    code: str
    name: str
    domain: str
    share: int
    dollars: int
    utm: tuple[str, str]
    campaigns: tuple[str, ...]
    creators: tuple[str, ...] = ()


WAYS = (
    Way("meta-ads", "Meta Ads", "commercial", 10, 125, ("facebook", "paid"), ("new-year", "spring")),
    Way("google-ads", "Google Ads", "commercial", 8, 64, ("google", "cpc"), ("brand", "generic")),
    Way("xiaohongshu", "Xiaohongshu", "public", 12, 26, ("xiaohongshu", "note"), ("new-year",), ("kol-lin", "koc-may")),
    Way("wecom", "WeCom groups", "private", 9, 0, ("wecom", "group"), ()),
    Way("newsletter", "Newsletter", "private", 6, 3, ("newsletter", "email"), ("weekly-offers",)),
)


@transaction.atomic
def lead_people_here(at: datetime) -> None:
    """Plant the tree, land the visits and enter the spend; a house with a tree of its own is left alone."""
    if Platform.objects.exists():
        return
    numbers = plant(at)
    came = list(arrivals())
    costs = [cost for way in WAYS if way.dollars for cost in spent(way, came, numbers)]
    write(costs, by=BY, at=at, imported=True)
    lines = [msgspec.json.encode(visit(*one)) for one in came]
    for start in range(0, len(lines), BATCH):
        some = lines[start : start + BATCH]
        land(b"\n".join(some), count=len(some), source=SOURCE, dialect="segment", received_at=at, imported=True)


def plant(at: datetime) -> dict[str, int]:
    """{channel or campaign: number}"""
    numbers: dict[str, int] = {}
    for code in sorted({code for way in WAYS for code in way.campaigns}):
        name = code.replace("-", " ").capitalize()
        numbers[f"campaign {code}"] = tree.open_campaign(code=code, name=name, by=BY, at=at).pk
    for way in WAYS:
        tree.open_platform(code=way.code, name=way.name, domain=way.domain, at=at)
        made = tree.open_channel(code=way.code, name=f"{way.name} (made up)", platform=way.code, by=BY, at=at)
        numbers[way.code] = made.pk
        ruling.write(channel=way.code, utm_source=way.utm[0], utm_medium=way.utm[1], by=BY, at=at)
    for code, channel in run_alone().items():
        tree.run_through(campaign=code, channel=channel)
    ruling.set_terms(window_days=90, margin=2500, by=BY, at=at)
    return numbers


def run_alone() -> dict[str, str]:
    """{campaign: the one channel that it runs through}"""
    runs = Counter(code for way in WAYS for code in way.campaigns)
    return {code: way.code for way in WAYS for code in way.campaigns if runs[code] == 1}


Arrival = tuple[Way, int, datetime, str, str]
"""By which way, which household, when, for which campaign and by which creator."""


def arrivals() -> Iterator[Arrival]:
    """A visit some days before the first basket, of nearly every second household."""
    for household, bought_at in duckdb.execute(FIRSTS).fetchall():
        luck = drawn(f"way {household}") % 100
        for way in WAYS:
            if 0 <= luck < way.share:
                seen_at = bought_at.replace(tzinfo=UTC) - timedelta(minutes=60 + drawn(f"when {household}") % 10_000)
                yield way, household, seen_at, one_of(way.campaigns, household), one_of(way.creators, household)
            luck -= way.share


def one_of(some: tuple[str, ...], household: int) -> str:
    return some[drawn(f"one {household}") % len(some)] if some else ""


def drawn(what: str) -> int:
    return int.from_bytes(hashlib.sha256(f"traffic {what}".encode()).digest()[:6])


def spent(way: Way, came: list[Arrival], numbers: dict[str, int]) -> Iterator[Cost]:
    """What each day cost, a fifth more or less than its arrivals were worth."""
    days = Counter((at.date(), campaign, creator) for one, _, at, campaign, creator in came if one == way)
    for (day, campaign, creator), people in sorted(days.items()):
        cents = people * way.dollars * (80 + drawn(f"cost {way.code} {day} {campaign} {creator}") % 41)
        number = numbers.get(f"campaign {campaign}")
        yield Cost(day, numbers[way.code], number, creator, settings.SIYU.currency, cents, Decimal(1))


def visit(way: Way, household: int, at: datetime, campaign: str, creator: str) -> dict[str, Any]:
    key = hashlib.sha256(f"visit {household}".encode()).hexdigest()[:24]
    source, medium = way.utm
    return {
        "type": "page", "messageId": key, "timestamp": at.isoformat(), "userId": str(household),
        "anonymousId": device_of(household), "properties": {"creator": creator} if creator else {},
        "context": {
            "library": {"name": "synthetic"}, "campaign": {"source": source, "medium": medium, "name": campaign},
            "page": {"path": "/welcome"},
        },
    }  # fmt: skip
