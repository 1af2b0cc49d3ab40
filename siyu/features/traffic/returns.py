"""Who was acquired through which channel, and what they brought since: worked out beside the lake, kept as Parquet.

`acquired` has a row for each buyer, `bought` one for each order; `cells` what buyers of one day and way did in each 30
days since their first order. Pages read these and no history. The worker draws them anew when the lake, the rules, the
tree or the terms have changed, or a day began.

The channel that acquired somebody is that of the first touchpoint whose channel is known, before or at their first
order and at most the terms' days before it; else `unknown`.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from django.conf import settings

from siyu.core.eventlog import lakeside
from siyu.core.insight import asof
from siyu.core.insight.sold import sold
from siyu.features.traffic import lately, ruling
from siyu.features.traffic.models import Campaign, Channel, Placement, Rule
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.features.traffic.tree import UNKNOWN
from siyu.kit import clock
from siyu.kit.refusals import Refused

MONTH = 30
"""Days of a month since the first order."""
PAUSE = 5.0
NAMES = ("cells", "bought", "loop", "changed", "acquired")
"""What is kept; the one that says of what it is, last."""
WAYS = ("channel", "campaign", "creator", "platform", "domain")


class NotYet(Refused):
    code = "returns_not_yet"
    status = 409


@dataclass(frozen=True)
class Kept:
    """What the kept figures are about, and by which window they were drawn."""

    lake: int
    as_of: datetime
    signature: str
    window: int


@dataclass
class Memory:
    """What this process saw last, so that nothing is read when nothing changed."""

    seen: tuple | None = None
    rests_until: float = 0.0


memory = Memory()


def keep_fresh(at: datetime) -> int:
    """Draw them where something is new; how many people they show, 0 where there was nothing to do. The worker's."""
    now = lakeside.now().version, clock.day_of(at, settings.SIYU.zone), signature()
    if memory.seen == now or time.monotonic() < memory.rests_until:
        return 0
    began = time.monotonic()
    people = 0 if fresh(at) else refresh(at)
    memory.seen = now
    memory.rests_until = time.monotonic() + max(PAUSE, 10 * (time.monotonic() - began))
    return people


def fresh(at: datetime) -> bool:
    """Whether the kept ones show the lake, the rules and the day of now."""
    found = kept()
    if found is None or (found.lake, found.signature) != (lakeside.now().version, signature()):
        return False
    return asof.last_day(found.as_of) == asof.last_day(asof.resolve(None, at))


def refresh(at: datetime) -> int:
    """Draw and keep; readers see the old files or the new ones. How many people were acquired."""
    as_of = asof.resolve(None, at)
    about = Kept(lakeside.now().version, as_of, signature(), ruling.terms().window_days)
    with open_touchpoints(as_of) as db:
        draw(db, about.window)
        lately.draw(db, as_of)
        for name in NAMES:
            write(db, name, about)
        return int(db.execute("SELECT count(*) FROM acquired").fetchall()[0][0])


def draw(db: duckdb.DuckDBPyConnection, window: int) -> None:
    """Make the tables `acquired`, `cells` and `bought` on a cursor of `open_touchpoints`."""
    db.execute(f"CREATE TEMP TABLE sold AS {sold()}")
    db.execute(f"CREATE TEMP TABLE acquired AS {acquired(window)}")
    db.execute(f"CREATE TEMP TABLE cells AS {CELLS}")
    db.execute(f"CREATE TEMP VIEW bought AS {BOUGHT}")


def acquired(window: int) -> str:
    """Buyers: by which way they came, and all that they brought. Grain: person. Leaves out who never bought."""
    ways = ", ".join(f"'{way}': t.{way}" for way in WAYS)
    columns = ", ".join(
        f"coalesce(f.t.{way}, '{'' if way in ('campaign', 'creator') else UNKNOWN}') AS {way}" for way in WAYS
    )
    return f"""
        WITH firsts AS (
            SELECT person, min(happened_at) AS first_at, min(day) AS first_day FROM sold WHERE orders > 0 GROUP BY person),
        found AS (
            SELECT t.person, arg_min({{{ways}, 'at': t.happened_at}}, (t.happened_at, t.position)) AS t
            FROM touchpoints t JOIN firsts USING (person)
            WHERE t.channel <> '{UNKNOWN}' AND t.happened_at <= first_at
                AND t.happened_at >= first_at - INTERVAL {window} DAY
            GROUP BY t.person)
        SELECT s.person, any_value(first_day) AS first_day, sum(orders)::BIGINT AS orders, sum(gmv)::BIGINT AS gmv,
            sum(refunded)::BIGINT AS refunded, sum(costed)::BIGINT AS costed, sum(cost)::BIGINT AS cost,
            bool_or(orders > 0 AND day - first_day BETWEEN {MONTH} AND {2 * MONTH - 1}) AS came_back,
            any_value(f.t.at) AS touched_at, {columns}
        FROM sold s JOIN firsts USING (person) LEFT JOIN found f USING (person) GROUP BY s.person, f.t"""  # noqa: E501


CELLS = f"""
    -- what buyers of one day and way brought in each {MONTH} days since. Grain: first day, way, month since
    SELECT first_day, {", ".join(WAYS)}, greatest(0, (s.day - first_day) // {MONTH})::INT AS k,
        count(DISTINCT s.person) FILTER (s.orders > 0) AS active, sum(s.orders)::BIGINT AS orders,
        sum(s.gmv)::BIGINT AS gmv, sum(s.refunded)::BIGINT AS refunded, sum(s.costed)::BIGINT AS costed,
        sum(s.cost)::BIGINT AS cost
    FROM sold s JOIN acquired USING (person) GROUP BY ALL"""


BOUGHT = 'SELECT "order", person, happened_at, gmv AS amount FROM sold WHERE orders > 0'
ORDER = {"acquired": "first_day, person", "cells": "first_day, k", "bought": 'happened_at, "order"'}


def write(db: duckdb.DuckDBPyConnection, name: str, about: Kept) -> None:
    said = f"""{{lake: '{about.lake}', as_of: '{about.as_of.isoformat()}', signature: '{about.signature}',
        window_days: '{about.window}'}}"""
    lakeside.keep(db, f"FROM {name} ORDER BY {ORDER.get(name, 'ALL')}", path(name), f", KV_METADATA {said}")


def signature() -> str:
    """Of all that says which channel a touch is of."""
    ruled = Rule.objects.filter(closed_at=None).order_by("pk").values_list("pk", "place")
    codes = (model.objects.order_by("pk").values_list("pk", "code") for model in (Channel, Campaign))
    stands = Placement.objects.order_by("pk").values_list("pk", "platform", "since")
    said = [list(ruled), *map(list, codes), [tuple(map(str, row)) for row in stands], ruling.terms().window_days]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def kept() -> Kept | None:
    """What the kept figures are about; none: they have not been drawn, or not all of what is kept now."""
    if not all(path(name).exists() for name in NAMES):
        return None
    said = {key.decode(): value.decode() for key, value in pq.read_metadata(path("acquired")).metadata.items()}
    as_of = datetime.fromisoformat(said["as_of"]).astimezone(UTC)
    return Kept(int(said["lake"]), as_of, said["signature"], int(said["window_days"]))


def scan(name: str) -> str:
    """SQL for the kept rows, for a FROM clause."""
    if not path(name).exists():
        raise NotYet("No figures of cost and return yet: import orders, and the worker draws them.")
    return lakeside.rows(path(name))


def path(name: str) -> Path:
    return Path(settings.SIYU.home) / "derived" / f"traffic_{name}.parquet"
