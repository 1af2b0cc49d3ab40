"""A scan of a live code: the visitor is given a place, or led to the fallback. The same one gets the same place again.

The place is taken before the scan is landed: a scan that cannot be kept leads nobody on, and whoever comes again has
its place waiting.
"""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.links import pools, visitors
from siyu.core.links.clicking import DIRECT, Knock, NoSuchAddress, Way, form_for
from siyu.core.links.known import Memory
from siyu.core.links.models import Code, Scan
from siyu.core.links.pools import Spot
from siyu.core.links.routing import agents
from siyu.core.links.targets import with_state
from siyu.core.links.visitors import Visitor
from siyu.events.links import CodeFull
from siyu.kit.prepared import asks


class KnownCode(NamedTuple):
    number: int
    code: str
    pool: str
    order: str
    fallback: str
    channel: str
    campaign: str
    creator: str
    full_at: datetime | None
    retired_at: datetime | None


COLUMNS = ("pk", "code", "pool", "order", "fallback", "channel", "campaign", "creator", "full_at", "retired_at")


@asks
def with_code(code: str) -> QuerySet[Code, tuple[Any, ...]]:
    return Code.objects.filter(code=code).values_list(*COLUMNS)


def look_up(code: str) -> KnownCode | None:
    return next((KnownCode(*row) for row in with_code(code)), None)


codes = Memory(look_up)


def standing(code: str) -> KnownCode | None:
    code = code.lower()
    return look_up(code) if connection.in_atomic_block else codes.get(code)


def decide(knock: Knock, *, at: datetime, comes: bool = True) -> Way:
    """Where this visitor is led; that takes a place for who has none. Nobody `comes`: a HEAD only looks."""
    code = standing(knock.code)
    if code is None:
        raise NoSuchAddress("there is no such code")
    visitor = visitors.who(cookie=knock.cookie, word=knock.word, address=knock.address, agent=knock.agent, at=at)
    spot = None if code.retired_at or not comes else given(code, visitor, at)
    state = f"{code.code[:12]}.{spot.number if spot else 0}.{secrets.token_hex(4)}"
    told = {
        "link": code.code, "channel": code.channel, "campaign": code.campaign, "creator": code.creator,
        "pool": code.pool, "place": spot.label if spot else "", "state": state,
    }  # fmt: skip
    place = agents.place(knock.agent)
    if spot is None:
        return Way(DIRECT, with_state(code.fallback, state), "fallback", place, visitor, told)
    form = form_for(spot.url, place) if spot.url else "picture"
    return Way(form, with_state(spot.url, state), spot.label, place, visitor, told, spot)


def given(code: KnownCode, visitor: Visitor, at: datetime) -> Spot | None:
    """The place that they have, else one that is free."""
    name = ":".join(visitor.claim)[:200]
    pool = pools.POOLS.get(code.pool)
    if pool is None:  # whoever filled it is gone from the house; what is printed is not
        return None
    theirs = Scan.objects.filter(code=code.number, visitor=name)
    if visitor.known != "new" and (spot := kept(pool, code, theirs.first(), at)):
        return spot
    with transaction.atomic():
        one_at_a_time(f"scan {code.number} {name}")
        before = theirs.first()
        if spot := kept(pool, code, before, at):
            return spot
        spot = pool.take(code.number, order=code.order, at=at)
        if spot is None:
            full(code, at)
            return None
        Scan.objects.update_or_create(
            code_id=code.number, visitor=name, defaults={"spot": spot.number, "at": before.at if before else at}
        )
        if code.full_at:
            Code.objects.filter(pk=code.number).update(full_at=None)
        return spot


def kept(pool: pools.Pool, code: KnownCode, before: Scan | None, at: datetime) -> Spot | None:
    return pool.again(code.number, before.spot, at=at) if before else None


def full(code: KnownCode, at: datetime) -> None:
    """Said once, until a scan finds a place again."""
    if Code.objects.filter(pk=code.number, full_at=None).update(full_at=at):
        announce(CodeFull(at=at, live_code=code.number, code=code.code))
